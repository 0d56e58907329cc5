"""The kinds of panel that are used, each with its settings in one place."""

from typing import Any, Final

from boards.parts import Json, Panel, Prom, Sql, override

Query = Sql | Prom
UNKNOWN_CELL: Final = -1000  # what a query of a heat map says for a cell that nobody knows
_LEGEND: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True}
# What was not measured is a hole in the line, never a bridge over it.
_LINE: Final[Json] = {
    "drawStyle": "line",
    "lineWidth": 1,
    "fillOpacity": 0,
    "spanNulls": False,
    "insertNulls": 3_600_000,  # ms without a value: a night is no line either
    "showPoints": "auto",
}


def lines(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    """Return a panel that draws values along time."""
    custom = {**_LINE, **rest.pop("custom", {})}
    options = {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "none"}}
    defaults = {"custom": custom, **rest.pop("defaults", {})}
    return Panel("timeseries", title, description, unit, queries, options=options, defaults=defaults, **rest)


def bars(title: str, description: str, unit: str, query: Query, **rest: Any) -> Panel:
    """Return a panel that draws values by strike, or by another first column."""
    options = {
        "legend": _LEGEND,
        "orientation": "vertical",
        "xTickLabelRotation": -60,
        "showValue": "never",
        "stacking": rest.pop("stacking", "none"),
        "groupWidth": 0.8,
        "barWidth": 0.9,
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    return Panel("barchart", title, description, unit, (query,), options=options, **rest)


def measured(title: str, description: str, unit: str, *queries: tuple[str, str], **rest: Any) -> Panel:
    """Return a panel of metrics: each query with how its series are called."""
    rest = {"empty": "No metrics: is the service up?", "width": 8, **rest}
    return lines(title, description, unit, *(Prom(text, legend) for text, legend in queries), **rest)


def table(title: str, description: str, unit: str, query: Query, **rest: Any) -> Panel:
    options = {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}
    defaults = {"custom": {"align": "auto", "filterable": True}}
    rest.setdefault("width", 24)
    return Panel("table", title, description, unit, (query,), options=options, defaults=defaults, **rest)


def numbers(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    """Return a panel that shows single values, words among them; `colours` for those whose words have one."""
    is_coloured = rest.pop("colours", False)
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "colorMode": "value" if is_coloured else "none",
        "graphMode": "none",
        "textMode": "value_and_name",
        "text": {"titleSize": 13, "valueSize": 26},
    }
    rest.setdefault("height", 4)
    if is_coloured:
        rest["defaults"] = {"color": {"mode": "fixed", "fixedColor": "text"}, **rest.get("defaults", {})}
    return Panel("stat", title, description, unit, queries, options=options, **rest)


def heat_map(title: str, description: str, unit: str, query: Query, *, ends: float, **rest: Any) -> Panel:
    """Return a panel with time to the right, the series upwards, and their values as colours from -ends to ends."""
    options = {
        "calculate": False,
        "cellGap": 0,
        # Grafana turns this scheme round: turned again, less is red and more is green, and 0 is in the middle.
        "color": {
            "mode": "scheme",
            "scheme": "RdYlGn",
            "steps": 65,
            "reverse": True,
            "exponent": 0.5,
            "min": -ends,
            "max": ends,
        },
        # It draws nothing up to this; without it all losses are hidden, and without a number an unknown cell is a 0.
        "filterValues": {"le": UNKNOWN_CELL},
        "cellValues": {"unit": unit, "decimals": 2},
        "yAxis": {"axisPlacement": "left", "unit": "string"},
        "rowsFrame": {"layout": "auto"},
        "tooltip": {"mode": "single", "yHistogram": False},
        "legend": {"show": True},
    }
    return Panel("heatmap", title, description, unit, (query,), options=options, **rest)


def points(name: str, symbol_size: int = 9) -> Json:
    """Return what makes one series of a line panel a row of points."""
    return {
        **override(name, custom__drawStyle="points", custom__pointSize=symbol_size),
        "matcher": {"id": "byRegexp", "options": f"/{name}/"},
    }
