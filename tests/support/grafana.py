"""What Grafana makes of a panel's query before the database sees it.

Variables are replaced by its front end (`${name:sqlstring}`, `${name}`, `$name`), macros by its MySQL data source. A macro
that is not known there is an error there, so it is one here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::(\w+))?\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")


@dataclass(frozen=True)
class View:
    """What a person looks at: a time range, the values of the variables, the width of a point."""

    begins: datetime  # with a zone
    ends: datetime
    variables: Mapping[str, str]
    interval_seconds: int = 60

    @property
    def seconds(self) -> tuple[int, int]:
        return int(self.begins.timestamp()), int(self.ends.timestamp())


def expanded(sql: str, view: View) -> str:
    """Return the statement as the database gets it. Raises KeyError for a macro or variable that does not exist."""
    return _MACRO.sub(lambda found: _macro(found, view), _with_variables(sql, view))


def names_in(text: str) -> set[str]:
    """Return the variables that a text reads, Grafana's own left out."""
    found = (first or second for first, second, _ in _VARIABLE.findall(text))
    return {name for name in found if not name.startswith("__")}


def _with_variables(sql: str, view: View) -> str:
    begins, ends = view.seconds
    known = {
        "__interval_ms": str(view.interval_seconds * 1000),
        "__interval": f"{view.interval_seconds}s",
        "__from": str(begins * 1000),
        "__to": str(ends * 1000),
        **view.variables,
    }

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in known and name.startswith("__"):
            return found[0]  # a macro: the data source's turn
        text = known[name]
        return "'" + text.replace("'", "''") + "'" if found[3] == "sqlstring" else text

    return _VARIABLE.sub(value, sql)


def _macro(found: re.Match[str], view: View) -> str:
    begins, ends = view.seconds
    column, *rest = [argument.strip() for argument in found[2].split(",")]
    made: dict[str, Any] = {
        "__time": lambda: f"UNIX_TIMESTAMP({column}) as time_sec",
        "__timeEpoch": lambda: f"UNIX_TIMESTAMP({column}) as time_sec",
        "__timeFilter": lambda: f"{column} BETWEEN FROM_UNIXTIME({begins}) AND FROM_UNIXTIME({ends})",
        "__timeFrom": lambda: f"FROM_UNIXTIME({begins})",
        "__timeTo": lambda: f"FROM_UNIXTIME({ends})",
        "__timeGroup": lambda: f"UNIX_TIMESTAMP({column}) DIV {_width(rest)} * {_width(rest)}",
        "__timeGroupAlias": lambda: f'UNIX_TIMESTAMP({column}) DIV {_width(rest)} * {_width(rest)} AS "time"',
        "__unixEpochFilter": lambda: f"{column} >= {begins} AND {column} <= {ends}",
        "__unixEpochFrom": lambda: str(begins),
        "__unixEpochTo": lambda: str(ends),
    }
    return str(made[found[1]]())


def _width(rest: list[str]) -> int:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    said = rest[0].strip("'\"")
    return int(said[:-1]) * units[said[-1]]
