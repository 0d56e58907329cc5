"""Holding a dashboard to Grafana's published schema, by the models of grafana-foundation-sdk.

The models are lenient: they forget a key that they do not know and take any value. So what they make of a dashboard is
written out again and compared, and each value is held against the type that its model declares. They have none for a
MySQL query, and pass on what overrides set: the first is held against what Grafana's editor writes, the second against the
model of the fields.
"""

import json
import sys
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import panelcfg_config
from grafana_foundation_sdk.models.dashboard import Dashboard, FieldConfig

register_default_plugins()
Json = dict[str, Any]
SQL_QUERY = {"refId", "datasource", "editorMode", "rawQuery", "format", "rawSql"}


def faults(board: Json) -> Iterator[str]:
    """Tell, place by place, what the schema does not know or has another type for."""
    decoded = Dashboard.from_json(board)
    yield from _lost(board, _plain(decoded), "dashboard")
    yield from _mistyped(decoded, Dashboard, "dashboard")
    for panel in board["panels"]:
        yield from _unknown_to_sql(panel)
        yield from _overrides(panel)


def _unknown_to_sql(panel: Json) -> Iterator[str]:
    for target in panel["targets"]:
        if target["datasource"]["type"] == "mysql":
            yield from (f"{panel['title']}: no MySQL query has {name}" for name in target.keys() - SQL_QUERY)


def _overrides(panel: Json) -> Iterator[str]:
    config = panelcfg_config(panel["type"])
    if config is None:
        yield f"{panel['title']}: there is no panel {panel['type']}"
        return
    for override in panel["fieldConfig"]["overrides"]:
        for each in override["properties"]:
            name, where = each["id"], f"{panel['title']}: override {each['id']}"
            is_own = name.startswith("custom.") and config.field_config_from_json_hook is not None
            decode: Any = config.field_config_from_json_hook if is_own else FieldConfig.from_json
            given = {name.removeprefix("custom.") if is_own else name: each["value"]}
            decoded = decode(given)
            yield from _lost(given, _plain(decoded), where)
            yield from _mistyped(decoded, type(decoded), where)


def _plain(decoded: object) -> Any:
    return json.loads(json.dumps(decoded, cls=JSONEncoder))


def _lost(given: Any, kept: Any, where: str) -> Iterator[str]:
    """Tell what was given and is not there any more; what was added by default is no matter."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key in kept:
                yield from _lost(value, kept[key], f"{where}.{key}")
            else:
                yield f"{where}.{key}: not in the schema"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from _lost(one, other, f"{where}[{number}]")
    elif given != kept:
        yield f"{where}: {given!r} became {kept!r}"


def _mistyped(value: Any, hint: Any, where: str) -> Iterator[str]:
    """Tell each value that is not of the type its model declares, down to the leaves."""
    if not _fits(value, hint):
        yield f"{where}: {value!r} is no {hint}"
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _mistyped(each, Any, f"{where}.{key}")
    elif isinstance(value, list):
        inner = get_args(hint)[0] if get_args(hint) and get_origin(hint) is list else Any
        for number, each in enumerate(value):
            yield from _mistyped(each, inner, f"{where}[{number}]")
    elif _is_model(value):
        for name, declared in _hints(type(value)).items():
            yield from _mistyped(getattr(value, name), declared, f"{where}.{name}")


def _is_model(value: Any) -> bool:
    return hasattr(value, "to_json") and not isinstance(value, Enum)


def _hints(model: type) -> Json:
    return get_type_hints(model, vars(sys.modules[model.__module__]))


def _fits(value: Any, hint: Any) -> bool:
    if hint is Any or hint is object:
        return True
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is list:
        return isinstance(value, list) and all(_fits(each, get_args(hint)[0]) for each in value)
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    return _is_of(value, get_origin(hint) or hint)


def _is_of(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if issubclass(kind, Enum):
        return any(value == each.value for each in kind)
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)
