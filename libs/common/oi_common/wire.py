"""How an event lies in a stream: flat fields, scalars as text, lists and objects as JSON, None absent."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, get_origin

from pydantic import ValidationError

from oi_common.errors import Unprocessable
from oi_common.events import Event

E = TypeVar("E", bound=Event)

Fields = dict[str, str]

_SHOWN = 120  # characters of a wrong value that a reason quotes


def encode(event: Event) -> Fields:
    """Return the entry's fields, in the order the event's class declares them."""
    values = event.model_dump(mode="python", by_alias=True, exclude_none=True)
    return {name: _text(value) for name, value in values.items()}


def decode(kind: type[E], fields: Mapping[str, str]) -> E:
    """Return the event an entry stands for.

    Raises Unprocessable, naming the field and its value, for an entry that can never be read.
    """
    parsed = {name: _parsed(kind, name, text) for name, text in fields.items()}
    try:
        return kind.model_validate(parsed)
    except ValidationError as e:
        raise Unprocessable(_reason(e)) from e


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, default=_json_scalar, separators=(",", ":"), allow_nan=False)
    return str(value)


def _json_scalar(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in an event")


def _parsed(kind: type[Event], name: str, text: str) -> Any:
    if name not in _nested(kind):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as e:
        raise Unprocessable(f"{name}: is not JSON (was {_shown(text)})") from e


@cache
def _nested(kind: type[Event]) -> frozenset[str]:
    containers = (tuple, list, dict)
    return frozenset(n for n, f in kind.model_fields.items() if get_origin(f.annotation) in containers)


def _reason(error: ValidationError) -> str:
    said = []
    for fault in error.errors(include_url=False)[:3]:
        where = ".".join(str(part) for part in fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        message = message[:1].lower() + message[1:]
        if not where:
            said.append(message)
        elif fault["type"] == "missing":
            said.append(f"{where}: is missing")
        else:
            said.append(f"{where}: {message} (was {_shown(fault['input'])})")
    more = error.error_count() - len(said)
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
