"""The day's lines as ECharts options: spot with max pain, PCR, the straddle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dashboard.core.charts import INK, RULE, SMALL, TOOLTIP, Option
from dashboard.core.facts import Chain, Point

SPOT: Final = "#e3a008"
PAIN: Final = "#a371f7"
PCR: Final = "#3b9eff"
STRADDLE: Final = "#f778ba"


def day_lines(chain: Chain | None, grid: Sequence[datetime]) -> Option:
    """Return spot with max pain, PCR and the straddle through the day, one above the other, on the session's buckets."""
    points = {point.time: point for point in chain.points} if chain is not None else {}
    times = sorted({*grid, *points})
    known = [points.get(time) for time in times]
    series = [
        _line("Spot", _values(known, "spot"), SPOT, 0, width=2),
        _line("Max pain", _values(known, "max_pain"), PAIN, 0, step="end"),
        _line("PCR", _values(known, "pcr"), PCR, 1, width=2, level=1.0),
        _line("Spot ", _values(known, "spot"), SPOT, 3, faint=True),
        _line("Straddle", _values(known, "straddle"), STRADDLE, 2, width=2),
        _line(" Spot", _values(known, "spot"), SPOT, 4, faint=True),
    ]
    return {
        "animation": False,
        "legend": {
            "top": 0, "textStyle": SMALL, "itemWidth": 14, "itemHeight": 3,
            "data": ["Spot", "Max pain", "PCR", "Straddle"], "selectedMode": False, "icon": "roundRect",
        },
        "tooltip": {**TOOLTIP, ":formatter": _TOLD},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "title": [
            _title(text, top) for text, top in (("Spot and max pain", 24), ("PCR by OI, spot faint", "52%"), ("Straddle, spot faint", "75%"))
        ],
        "grid": [
            {"left": 50, "right": 50, "top": 46, "height": "36%"},
            {"left": 50, "right": 50, "top": "57%", "height": "16%"},
            {"left": 50, "right": 50, "top": "80%", "height": "14%"},
        ],
        "xAxis": [_time_axis(times, number) for number in range(3)],
        "yAxis": [
            _axis(0, 0), _axis(1, 2), _axis(2, 0),
            _axis(1, 0, is_right=True), _axis(2, 0, is_right=True),
        ],
        "series": series,
    }  # fmt: skip


_TOLD: Final = (
    "ps => { const seen = {}; for (const p of ps) { const n = p.seriesName.trim(); "
    "if (!(n in seen)) seen[n] = p.marker + n + '  <b>' + (p.value == null ? '–' : p.value) + '</b>'; } "  # noqa: RUF001
    "return ps[0].axisValue + '<br>' + Object.values(seen).join('<br>'); }"
)
_GRID_OF: Final = (0, 1, 2, 1, 2)  # of each y axis


def _title(text: str, top: int | str) -> Option:
    return {"text": text, "left": 48, "top": top, "textStyle": {**SMALL, "fontWeight": "normal"}}


def _values(points: Sequence[Point | None], name: str) -> list[float | None]:
    return [None if point is None else getattr(point, name) for point in points]


def _line(
    name: str,
    values: list[float | None],
    colour: str,
    axis: int,
    *,
    width: float = 1.5,
    step: str | None = None,
    faint: bool = False,
    level: float | None = None,
) -> Option:
    """One line; what is unknown is a hole in it, and a value between two holes a dot."""
    line: Option = {
        "name": name, "type": "line", "data": values, "xAxisIndex": _GRID_OF[axis], "yAxisIndex": axis,
        "showSymbol": _has_lonely(values) and not faint, "symbolSize": 3, "connectNulls": False,
        "itemStyle": {"color": colour}, "step": step or False, "z": 1 if faint else 2,
        "lineStyle": {"color": colour, "width": 1 if faint else width, "opacity": 0.35 if faint else 1},
    }  # fmt: skip
    if level is not None:
        mark = {"silent": True, "symbol": "none", "label": {"show": False}, "data": [{"yAxis": level}]}
        line["markLine"] = {**mark, "lineStyle": {"color": INK, "type": "dashed", "opacity": 0.6}}
    return line


def _has_lonely(values: Sequence[float | None]) -> bool:
    padded = [None, *values, None]
    return any(
        padded[place] is not None and padded[place - 1] is None and padded[place + 1] is None
        for place in range(1, len(padded) - 1)
    )


def _time_axis(times: Sequence[datetime], number: int) -> Option:
    return {
        "type": "category",
        "gridIndex": number,
        "data": [f"{time:%H:%M}" for time in times],
        "boundaryGap": False,
        "axisLabel": {**SMALL, "show": number == 2, "hideOverlap": True},
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": RULE}, "onZero": False},
    }


def _axis(grid: int, digits: int, *, is_right: bool = False) -> Option:
    return {
        "type": "value",
        "gridIndex": grid,
        "scale": True,
        "position": "right" if is_right else "left",
        "splitNumber": 4 if grid == 0 else 2,
        "axisLabel": {**SMALL, ":formatter": f"v => v.toFixed({digits})", "hideOverlap": True},
        "splitLine": {"show": not is_right, "lineStyle": {"color": RULE}},
    }
