"""OI by strike as ECharts options, and what all charts have in common.

Colours are chosen to be read on a dark and on a light ground alike: a canvas knows no CSS variables.
"""

from collections.abc import Sequence
from typing import Any, Final

from dashboard.core.chain_table import NEAR, around
from dashboard.core.facts import Chain, Strike
from oi_common.market.chain import at_the_money

Option = dict[str, Any]

CALLS: Final = "#d0453e"
CALLS_MORE: Final = "#ff8a80"
PUTS: Final = "#2b9a4b"
PUTS_MORE: Final = "#7ee29b"
SPOT: Final = "#e3a008"
INK: Final = "#8593a3"
RULE: Final = "rgba(133,147,163,0.18)"
SMALL: Final = {"color": INK, "fontSize": 11}
TOOLTIP: Final = {
    "trigger": "axis",
    "confine": True,
    "backgroundColor": "#161b22",
    "borderColor": "#30363d",
    "textStyle": {"color": "#f0f6fc", "fontSize": 12},
    "axisPointer": {"type": "line"},
}
_LAKH: Final = 100_000


def profile(chain: Chain | None, *, is_wide: bool = False) -> Option:
    """Return OI by strike: calls to the left, puts to the right, what was added today in the lighter colour."""
    rows = () if chain is None else chain.rows
    spot = chain.bucket.spot if chain and chain.bucket else None
    atm = at_the_money((row.strike for row in rows), spot)
    shown = rows if is_wide else around(rows, atm, NEAR)
    legs = {
        "Calls": ([(-_of(row.ce.oi)) if row.ce.oi is not None else None for row in shown], CALLS),
        "Puts": ([_of(row.pe.oi) if row.pe.oi is not None else None for row in shown], PUTS),
        "Calls since open": ([_change(row.ce.oi_since_open, -1) for row in shown], CALLS_MORE),
        "Puts since open": ([_change(row.pe.oi_since_open, 1) for row in shown], PUTS_MORE),
    }
    return {
        "animation": False,
        "grid": {"left": 8, "right": 12, "top": 28, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "textStyle": SMALL, "itemWidth": 10, "itemHeight": 10, "itemGap": 8},
        "tooltip": {**TOOLTIP, "axisPointer": {"type": "shadow"}, ":valueFormatter": _IN_LAKH},
        "xAxis": {
            "type": "value",
            "axisLabel": {**SMALL, ":formatter": _LAKH_AXIS, "hideOverlap": True},
            "splitLine": {"lineStyle": {"color": RULE}},
        },
        "yAxis": {
            "type": "category",
            "data": [_strike(row, atm) for row in shown],
            "axisLabel": {**SMALL, "interval": 0 if len(shown) <= 2 * NEAR + 1 else "auto"},
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": RULE}},
        },
        "series": [_bars(name, values, colour) for name, (values, colour) in legs.items()],
    }


_IN_LAKH: Final = "v => v == null ? '–' : (Math.abs(v)).toFixed(2) + ' L'"  # noqa: RUF001 - as in `words`
_LAKH_AXIS: Final = "v => Math.abs(v) >= 100 ? (Math.abs(v)/100) + ' Cr' : Math.abs(v) + ' L'"


def _bars(name: str, values: Sequence[float | None], colour: str) -> Option:
    is_change = name.endswith("since open")
    return {
        "name": name,
        "type": "bar",
        "data": list(values),
        "barGap": "-100%",
        "barWidth": "28%" if is_change else "70%",
        "z": 3 if is_change else 2,
        "itemStyle": {"color": colour, "opacity": 1 if is_change else 0.75},
    }


def _of(units: int | None) -> float:
    return round((units or 0) / _LAKH, 2)


def _change(units: int | None, side: int) -> float | None:
    """A change grows with its side's bars; what was taken away points the other way."""
    return None if units is None else round(side * units / _LAKH, 2)


def _strike(row: Strike, atm: int | None) -> Any:
    if row.strike != atm:
        return str(row.strike)
    return {"value": str(row.strike), "textStyle": {"color": SPOT, "fontWeight": "bold"}}
