"""What Grafana makes of a panel's query before the database sees it.

Variables are replaced by its front end (`${name:sqlstring}`, `${name}`, `$name`), macros by its MySQL data source. What is an
error there is one here; so is a variable that does not exist, which Grafana would leave in the text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::(\w+))?\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
# Grafana sends no query that asks who it is.
_REFUSED = re.compile(
    r"(\s*show\s+grants|[\s,](?:session_user|system_user|user)\([^)]*\)|[\s,]current_user(?:\([^)]*\))?)(?:[\s,;]|$)",
    re.IGNORECASE,
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NANO = "0" * 9


class InvalidQuery(ValueError):
    """Grafana answers with an error instead of asking the database."""


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
    """Return the statement as the database gets it. Raises InvalidQuery where Grafana would."""
    replaced = _with_variables(sql, view)
    if _REFUSED.search(replaced):
        raise InvalidQuery("asks for the user's rights")
    return _MACRO.sub(lambda found: _macro(found[1], found[2], view), replaced)


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
        return _formatted(known[name], found[3])

    return _VARIABLE.sub(value, sql)


def _formatted(value: str, said: str | None) -> str:
    """Write a value: quoted if so said; a bare one has its quotes doubled by the data source, and only that."""
    doubled = value.replace("'", "''")
    if said is None:
        return doubled
    if said == "sqlstring":
        return "'" + doubled.replace('"', r"\"") + "'"
    if said == "raw":
        return value
    raise InvalidQuery(f"format {said} is not in use here")


def _macro(name: str, given: str, view: View) -> str:
    begins, ends = view.seconds
    arguments = [each.strip(" ") for each in given.split(",")]
    of_range: dict[str, Callable[[str], str]] = {
        "__time": lambda column: f"UNIX_TIMESTAMP({column}) as time_sec",
        "__timeEpoch": lambda column: f"UNIX_TIMESTAMP({column}) as time_sec",
        "__timeFilter": lambda column: f"{column} BETWEEN FROM_UNIXTIME({begins}) AND FROM_UNIXTIME({ends})",
        "__timeFrom": lambda _: f"FROM_UNIXTIME({begins})",
        "__timeTo": lambda _: f"FROM_UNIXTIME({ends})",
        "__unixEpochFilter": lambda column: f"{column} >= {begins} AND {column} <= {ends}",
        "__unixEpochFrom": lambda _: str(begins),
        "__unixEpochTo": lambda _: str(ends),
        "__unixEpochNanoFilter": lambda column: f"{column} >= {begins}{_NANO} AND {column} <= {ends}{_NANO}",
        "__unixEpochNanoFrom": lambda _: f"{begins}{_NANO}",
        "__unixEpochNanoTo": lambda _: f"{ends}{_NANO}",
    }
    if name in of_range:
        return of_range[name](arguments[0])
    return _grouped(name, arguments)


def _grouped(name: str, arguments: Sequence[str]) -> str:
    bare = name.removesuffix("Alias")
    if bare not in {"__timeGroup", "__unixEpochGroup"}:
        raise InvalidQuery(f"unknown macro {name}")
    if len(arguments) < 2:
        raise InvalidQuery(f"macro {name} needs time column and interval")
    width = _width(arguments[1])
    column = f"UNIX_TIMESTAMP({arguments[0]})" if bare == "__timeGroup" else arguments[0]
    return f"{column} DIV {width} * {width}" + (' AS "time"' if name.endswith("Alias") else "")


def _width(said: str) -> int:
    found = re.fullmatch(r"(\d+)([smhdw])", said.strip("'\""))
    if not found:
        raise InvalidQuery(f"error parsing interval {said}")
    return int(found[1]) * _SECONDS[found[2]]
