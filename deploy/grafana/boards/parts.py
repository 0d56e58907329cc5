"""What all panels have in common, and how they become the JSON that Grafana reads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

LEDGER: Final[Json] = {"type": "mysql", "uid": "oi-ledger"}
METRICS: Final[Json] = {"type": "prometheus", "uid": "oi-metrics"}
SCHEMA_VERSION: Final = 41  # of Grafana 12
COLUMNS: Final = 24
RUPEES: Final = "prefix:₹"  # Grafana's own currencyINR writes a spot of 24,550.25 as 24.6K


@dataclass(frozen=True)
class Sql:
    """A query of the ledger; `over_time` when its first column is `time` and it is drawn along it."""

    text: str
    over_time: bool = False

    def as_json(self, ref: str) -> Json:
        return {
            "refId": ref,
            "datasource": LEDGER,
            "editorMode": "code",
            "rawQuery": True,
            "format": "time_series" if self.over_time else "table",
            "rawSql": self.text,
        }


@dataclass(frozen=True)
class Prom:
    """A query of the metrics, and how its series are called."""

    text: str
    legend: str

    def as_json(self, ref: str) -> Json:
        return {
            "refId": ref,
            "datasource": METRICS,
            "editorMode": "code",
            "range": True,
            "expr": self.text,
            "legendFormat": self.legend,
        }


@dataclass(frozen=True)
class Panel:
    """One picture. `empty` is what stands where there is nothing to show."""

    kind: str
    title: str
    description: str
    unit: str
    queries: tuple[Sql | Prom, ...]
    empty: str = "Nothing stored for this choice"
    width: int = 12
    height: int = 8
    options: Json = field(default_factory=dict)
    defaults: Json = field(default_factory=dict)
    overrides: tuple[Json, ...] = ()

    def as_json(self, number: int, place: Json) -> Json:
        targets = [query.as_json(ref) for query, ref in zip(self.queries, "ABCDEF", strict=False)]
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": targets[0]["datasource"],
            "gridPos": place,
            "targets": targets,
            "fieldConfig": {
                "defaults": {"unit": self.unit, "noValue": self.empty, **self.defaults},
                "overrides": [*self._unknown(), *self.overrides],
            },
            "options": self.options,
        }

    def _unknown(self) -> tuple[Json, ...]:
        """Return what makes an unknown value a dash: Grafana would write what it writes into an empty panel."""
        return (matching(".*", noValue="-"),) if self.kind in ("table", "stat") else ()


def override(name: str, **properties: Any) -> Json:
    """Return other settings for the field of this name; `__` in a property's name stands for a dot."""
    given = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": given}


def matching(pattern: str, **properties: Any) -> Json:
    """Return other settings for the fields whose name matches."""
    return {**override(pattern, **properties), "matcher": {"id": "byRegexp", "options": f"/{pattern}/"}}


def on_the_right(name: str, unit: str) -> Json:
    return override(name, unit=unit, custom__axisPlacement="right")


def coloured(name: str, colour: str) -> Json:
    return override(name, color={"mode": "fixed", "fixedColor": colour})


CALLS_AND_PUTS: Final = (
    matching("^CE", color={"mode": "fixed", "fixedColor": "red"}),
    matching("^PE", color={"mode": "fixed", "fixedColor": "green"}),
)


def asked(name: str, label: str, sql: str) -> Json:
    """Return a variable whose choices the ledger knows; the first is taken until another is."""
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": LEDGER,
        "query": sql,
        "refresh": 2,  # whenever the time range changes
        "sort": 0,
        "multi": False,
        "includeAll": False,
    }


def chosen(name: str, label: str, choices: Sequence[str], default: str) -> Json:
    """Return a variable with fixed choices."""
    options = [{"text": each, "value": each, "selected": each == default} for each in choices]
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(choices),
        "options": options,
        "current": {"text": default, "value": default},
        "multi": False,
        "includeAll": False,
    }


# Today from 9 to 16. Grafana rounds a range's end up, so that one is counted back from midnight.
MARKET_HOURS: Final = ("now/d+9h", "now/d-8h")


def dashboard(
    name: str,
    title: str,
    panels: Iterable[Panel],
    variables: Iterable[Json],
    shown: tuple[str, str] = MARKET_HOURS,
) -> Json:
    """Return a dashboard: panels in reading order, each in a line as long as there is room."""
    return {
        "uid": f"oi-{name}",
        "title": f"OI {title}",
        "tags": ["oi-monitor"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "timezone": "Asia/Kolkata",
        "time": {"from": shown[0], "to": shown[1]},
        "refresh": "30s",
        "graphTooltip": 1,  # the cross hair is shared
        "links": [_to_the_others()],
        "templating": {"list": list(variables)},
        "annotations": {"list": []},
        "panels": list(_placed(panels)),
    }


def _to_the_others() -> Json:
    return {
        "type": "dashboards",
        "title": "OI",
        "tags": ["oi-monitor"],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
    }


def _placed(panels: Iterable[Panel]) -> Iterator[Json]:
    x = y = height = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > COLUMNS:
            x, y, height = 0, y + height, 0
        yield panel.as_json(number, {"x": x, "y": y, "w": panel.width, "h": panel.height})
        x, height = x + panel.width, max(height, panel.height)
