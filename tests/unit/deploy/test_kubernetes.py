"""What deploy/kubernetes promises of its pods: confined, probed, told what they need, and no secret in sight."""

import re
from pathlib import Path

import kubernetes_validate
import pytest

from support import kubernetes
from support.kubernetes import (
    FOLDER,
    OVERLAYS,
    README,
    ROOT,
    container_of,
    environment,
    named,
    of_kind,
    pod_of,
)
from support.kustomize import files_of

# The oldest release that is still cared for, and the newest that there are schemas of.
VERSIONS = ("1.33", "1.37")
NOT_IN_SETTINGS = {"SIMULATOR_URL", "UNCONFIGURED"}  # read before the settings are
SECRETS = {
    "angel_api_key": "key",
    "angel_client_code": "S1",
    "angel_pin": "1234",
    "angel_totp_secret": "JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
    "dashboard_token": "sixteen characters and more",  # pragma: allowlist secret
}
WITHOUT_A_GAP = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
ONE_AFTER_THE_OTHER = {"type": "Recreate"}
ALONE = {"recorder", "simulator"}
WORKLOADS = [
    pytest.param(overlay, each, id=f"{overlay}: {each['metadata']['name']}")
    for overlay in OVERLAYS
    for each in of_kind(overlay, *kubernetes.WORKLOADS)
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_fits_the_schema_of_kubernetes(overlay, version):
    ours = [each for each in OVERLAYS[overlay] if not each["apiVersion"].startswith("keda.sh/")]

    assert len(ours) > 20
    for each in ours:
        kubernetes_validate.validate(each, version, strict=True)


def test_every_file_is_named_by_a_kustomization():
    named_files = set().union(*(files_of(FOLDER / name) for name in OVERLAYS))
    there = {path for path in FOLDER.rglob("*") if path.is_file() and path.name != "README.md"}

    assert there == named_files


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_two_objects_have_one_name(overlay):
    names = [(each["kind"], each["metadata"]["name"]) for each in OVERLAYS[overlay]]

    assert len(set(names)) == len(names)
    assert {each["metadata"].get("namespace") for each in of_kind(overlay, *kubernetes.WORKLOADS)} == {
        "oi-monitor"
    }


def test_every_service_and_the_recorder_has_a_deployment():
    services = {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")} | {"recorder"}

    assert set(named("overlays/demo", "Deployment")) == services
    assert set(named("base", "Deployment")) == services - {"simulator"}


@pytest.mark.parametrize(("overlay", "each"), WORKLOADS)
def test_a_pod_is_confined(overlay, each):
    pod = pod_of(each)
    container = container_of(each)

    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_service_is_probed_and_replaced_without_a_gap(overlay):
    for name, each in named(overlay, "Deployment").items():
        container = container_of(each)
        probed = {name: container[name]["httpGet"]["path"] for name in container if name.endswith("Probe")}

        assert probed == {
            "startupProbe": "/healthz",
            "livenessProbe": "/healthz",
            "readinessProbe": "/readyz",
        }
        assert {"containerPort": 8080, "name": "health"} in container["ports"]
        assert each["spec"]["strategy"] == (ONE_AFTER_THE_OTHER if name in ALONE else WITHOUT_A_GAP)
        assert pod_of(each)["terminationGracePeriodSeconds"] >= 20


@pytest.mark.parametrize(("overlay", "each"), WORKLOADS)
def test_a_selector_finds_the_pods(overlay, each):
    labels = kubernetes.labels_of(each)
    selector = each["spec"].get("selector", {"matchLabels": {}})["matchLabels"]

    assert labels["app.kubernetes.io/name"] == each["metadata"]["name"]
    assert labels["app.kubernetes.io/part-of"] == "oi-monitor"
    assert selector.items() <= labels.items()


@pytest.mark.parametrize(("overlay", "each"), WORKLOADS)
def test_an_image_is_ours(overlay, each):
    container = container_of(each)
    member = container["image"].split("oi-monitor/")[1].split(":")[0]

    assert (ROOT / "deploy/locks" / f"{member}.lock").is_file()
    if overlay == "overlays/production":
        assert re.fullmatch(r"\S+:\d+\.\d+\.\d+", container["image"])


@pytest.mark.parametrize(("overlay", "each"), WORKLOADS)
def test_a_service_is_told_what_it_asks_for_and_nothing_else(overlay, each):
    settings = kubernetes.settings_of(each)
    told = {name.removesuffix("_FILE") for name in environment(overlay, each)}
    known = {name.upper() for name in settings.model_fields}
    needed = {name.upper() for name, field in settings.model_fields.items() if field.is_required()}

    assert told - known <= NOT_IN_SETTINGS
    assert overlay == "overlays/demo" or needed <= told


@pytest.mark.parametrize(("overlay", "each"), WORKLOADS)
def test_what_a_service_is_told_is_understood(overlay, each):
    settings = kubernetes.settings_of(each)
    plain = {k.lower(): v for k, v in environment(overlay, each).items() if not k.endswith("_FILE")}

    understood = settings.model_validate({**SECRETS, **plain})

    assert understood.health_port == 8080


@pytest.mark.parametrize(("overlay", "each"), WORKLOADS)
def test_a_secret_is_a_file_that_a_person_makes(overlay, each):
    pod = pod_of(each)
    container = container_of(each)
    secrets = {
        volume["name"]: volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume
    }
    mounted = {mount["mountPath"]: secrets.get(mount["name"]) for mount in container["volumeMounts"]}
    files = [value for name, value in environment(overlay, each).items() if name.endswith("_FILE")]

    assert files
    for path in map(Path, files):
        made = re.search(rf"generic {mounted[str(path.parent)]} (.*?)(?=kubectl)", README, re.DOTALL)
        assert f"--from-file={path.name}" in made[1].split()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_lies_here(overlay):
    assert of_kind(overlay, "Secret") == []
    assert all("valueFrom" not in str(each) for each in OVERLAYS[overlay])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_mount_has_its_volume(overlay):
    for each in of_kind(overlay, *kubernetes.WORKLOADS):
        container = container_of(each)
        mounts = [mount["name"] for mount in container["volumeMounts"]]

        assert sorted(mounts) == sorted(volume["name"] for volume in pod_of(each)["volumes"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_recordings_outlive_their_pod_and_have_one_writer(overlay):
    recorder = named(overlay, "Deployment")["recorder"]
    claims = named(overlay, "PersistentVolumeClaim")
    mounts = {mount["name"]: mount["mountPath"] for mount in container_of(recorder)["volumeMounts"]}
    claimed = {
        volume["persistentVolumeClaim"]["claimName"]: mounts[volume["name"]]
        for volume in pod_of(recorder)["volumes"]
        if "persistentVolumeClaim" in volume
    }

    assert claimed == {"recordings": "/data/recordings"}
    assert claims["recordings"]["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert recorder["spec"]["replicas"] == 1
    assert container_of(recorder)["args"] == ["record", "--follow"]
