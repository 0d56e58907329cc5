"""As much of kustomize as deploy/kubernetes uses, for where there is none; what it does not know is an error."""

import copy
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

Json = dict[str, Any]

_KNOWN = {
    "apiVersion", "kind", "namespace", "labels", "resources", "components", "configMapGenerator", "patches", "images",
}  # fmt: skip
# By what the elements of a list are told apart; a list that is not here is replaced whole, as the API server's types say.
_MERGE_KEYS = {
    "containers": "name",
    "env": "name",
    "ports": "containerPort",
    "topologySpreadConstraints": "topologyKey",
    "volumeMounts": "mountPath",
    "volumes": "name",
}


def build(folder: Path) -> list[Json]:
    """Return the objects that `kustomize build` prints, names of generated ones without their hash."""
    return _add(folder, [])


def files_of(folder: Path) -> set[Path]:
    """Return every file that a build of this folder reads."""
    given = _kustomization(folder)
    named = [*given.get("resources", ()), *given.get("components", ())]
    named += [patch["path"] for patch in given.get("patches", ()) if "path" in patch]
    named += [env for each in given.get("configMapGenerator", ()) for env in each.get("envs", ())]
    paths = [(folder / name).resolve() for name in named]
    inner: set[Path] = set().union(*(files_of(path) for path in paths if path.is_dir()))
    return {folder / "kustomization.yaml", *(path for path in paths if not path.is_dir()), *inner}


def _add(folder: Path, objects: list[Json]) -> list[Json]:
    """Return the objects with what this folder adds to them and makes of them."""
    given = _kustomization(folder)
    for name in given.get("resources", ()):
        path = folder / name
        objects = objects + (build(path) if path.is_dir() else _read(path))
    for generator in given.get("configMapGenerator", ()):
        objects = _generated(folder, generator, objects)
    for name in given.get("components", ()):
        objects = _add(folder / name, objects)
    for patch in given.get("patches", ()):
        objects = _patched(objects, patch, folder)
    return [_told(each, given) for each in objects]


def _kustomization(folder: Path) -> Json:
    given: Json = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if unknown := set(given) - _KNOWN:
        raise ValueError(f"{folder}: {unknown} is not understood")
    return given


def _read(path: Path) -> list[Json]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each is not None]


def _generated(folder: Path, generator: Json, objects: list[Json]) -> list[Json]:
    lines = [line for name in generator.get("envs", ()) for line in (folder / name).read_text().splitlines()]
    lines += generator.get("literals", ())
    data = dict(line.split("=", 1) for line in lines if line.strip() and not line.startswith("#"))
    behavior, name = generator.get("behavior", "create"), generator["name"]
    there = [each for each in objects if _is(each, "ConfigMap", name)]
    if (behavior == "create") == bool(there):
        raise ValueError(f"{folder}: cannot {behavior} the ConfigMap {name}")
    if behavior == "create":
        return [*objects, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}]
    old = there[0]["data"] if behavior == "merge" else {}
    return [{**each, "data": {**old, **data}} if each is there[0] else each for each in objects]


def _patched(objects: list[Json], patch: Json, folder: Path) -> list[Json]:
    target = patch["target"]
    change = yaml.safe_load(patch["patch"] if "patch" in patch else (folder / patch["path"]).read_text())
    chosen = [each for each in objects if _is(each, target["kind"], target.get("name", ".*"))]
    if not chosen:
        raise ValueError(f"{folder}: nothing fits the patch of {target}")
    return [_changed(each, change) if each in chosen else each for each in objects]


def _changed(value: Json, change: Any) -> Json:
    if isinstance(change, list):
        return _operated(value, change)
    merged: Json = _merged(value, {key: part for key, part in change.items() if key != "metadata"}, "")
    return merged


def _merged(old: Any, new: Any, name: str) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: _merged(old[key], new[key], key) if key in old else new[key] for key in new}
        return {**old, **both}
    if isinstance(old, list) and name in _MERGE_KEYS:
        return _merged_list(old, new, _MERGE_KEYS[name])
    return new


def _merged_list(old: list[Json], new: list[Json], key: str) -> list[Json]:
    changes = {each[key]: each for each in new}
    gone = {name for name, each in changes.items() if each.get("$patch") == "delete"}
    if missing := gone - {each[key] for each in old}:
        raise ValueError(f"{missing} is not there to be deleted")
    kept = [_merged(each, changes.pop(each[key], {}), "") for each in old if each[key] not in gone]
    return kept + [each for name, each in changes.items() if name not in gone]


def _operated(value: Json, operations: Iterable[Json]) -> Json:
    """Apply a JSON patch of `replace` and `move`."""
    changed = copy.deepcopy(value)
    for operation in operations:
        parent, key = _place(changed, str(operation.get("from", operation["path"])))
        found = parent.pop(key) if operation["op"] == "move" else parent[key]
        parent, key = _place(changed, operation["path"])
        parent[key] = operation["value"] if operation["op"] == "replace" else found
    return changed


def _place(value: Any, path: str) -> tuple[Any, Any]:
    *steps, last = [int(step) if step.isdigit() else step for step in path.strip("/").split("/")]
    for step in steps:
        value = value[step]
    return value, last


def _told(each: Json, given: Json) -> Json:
    """Return the object with the labels, the namespace and the images that this folder says."""
    told = copy.deepcopy(each)
    if "namespace" in given and told["kind"] != "Namespace":
        told["metadata"]["namespace"] = given["namespace"]
    for label in given.get("labels", ()):
        places = [told, *([told["spec"]["template"]] if "template" in told.get("spec", {}) else [])]
        for place in places:
            place["metadata"].setdefault("labels", {}).update(label["pairs"])
    images = {image["name"]: f"{image['newName']}:{image['newTag']}" for image in given.get("images", ())}
    for container in _containers(told):
        container["image"] = images.get(container["image"], container["image"])
    return told


def _containers(each: Json) -> list[Json]:
    found: list[Json] = each.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    return found


def _is(each: Json, kind: str, name: str) -> bool:
    return each["kind"] == kind and re.fullmatch(name, each["metadata"]["name"]) is not None
