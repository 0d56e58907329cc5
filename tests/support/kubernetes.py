"""What deploy/kubernetes builds, overlay by overlay, for the tests that ask about it."""

import importlib
from pathlib import Path
from typing import Any

from oi_common.settings import ServiceSettings
from support.kustomize import Json, build

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
README = (FOLDER / "README.md").read_text()
OVERLAYS = {name: build(FOLDER / name) for name in ("base", "overlays/production", "overlays/demo")}
WORKLOADS = ("Deployment", "Job")


def of_kind(overlay: str, *kinds: str) -> list[Json]:
    return [each for each in OVERLAYS[overlay] if each["kind"] in kinds]


def named(overlay: str, kind: str) -> dict[str, Json]:
    return {each["metadata"]["name"]: each for each in of_kind(overlay, kind)}


def pod_of(workload: Json) -> Json:
    pod: Json = workload["spec"]["template"]["spec"]
    return pod


def container_of(workload: Json) -> Json:
    (container,) = pod_of(workload)["containers"]
    return dict(container)


def labels_of(workload: Json) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def environment(overlay: str, workload: Json) -> dict[str, str]:
    """Return the variables that a service finds."""
    container = container_of(workload)
    told: dict[str, str] = {}
    for source in container["envFrom"]:
        told |= named(overlay, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    return told | {each["name"]: each["value"] for each in container.get("env", ())}


def member_of(workload: Json) -> str:
    """Return the member that the image is made of."""
    image: str = container_of(workload)["image"]
    return image.split("oi-monitor/")[1].split(":", maxsplit=1)[0]


def settings_of(workload: Json) -> Any:
    """Return the settings class of a workload's program."""
    member = member_of(workload)
    if member == "cli":
        return ServiceSettings
    return importlib.import_module(f"{member.replace('-', '_')}.settings").Settings
