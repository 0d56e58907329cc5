"""The kinds of panel that are used, each with its settings in one place."""

from typing import Any, Final

from boards.parts import Json, Panel, Prom, Sql, override

Query = Sql | Prom
_LEGEND: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True}
# What was not measured is a hole in the line, never a bridge over it.
_LINE: Final[Json] = {
    "drawStyle": "line",
    "lineWidth": 1,
    "fillOpacity": 0,
    "spanNulls": False,
    "showPoints": "auto",
}


def lines(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    """Return a panel that draws values along time."""
    custom = {**_LINE, **rest.pop("custom", {})}
    options = {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "none"}}
    defaults = {"custom": custom}
    return Panel("timeseries", title, description, unit, queries, options=options, defaults=defaults, **rest)


def bars(title: str, description: str, unit: str, query: Query, **rest: Any) -> Panel:
    """Return a panel that draws values by strike, or by another first column."""
    options = {
        "legend": _LEGEND,
        "orientation": "vertical",
        "xTickLabelRotation": -60,
        "showValue": "never",
        "stacking": "none",
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
    """Return a panel that shows single values, words among them."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "colorMode": "none",
        "graphMode": "none",
        "textMode": "value_and_name",
    }
    rest.setdefault("height", 4)
    return Panel("stat", title, description, unit, queries, options=options, **rest)


def heat_map(title: str, description: str, unit: str, query: Query, **rest: Any) -> Panel:
    """Return a panel with time to the right, the series upwards, and their values as colours around zero."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {"mode": "scheme", "scheme": "RdYlGn", "steps": 64, "reverse": False, "exponent": 0.5},
        "cellValues": {"unit": unit},
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
