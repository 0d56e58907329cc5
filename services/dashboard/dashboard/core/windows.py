"""What OI did over each timeframe: 3 to 60 minutes, since the open, since yesterday."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dashboard.core import words
from dashboard.core.facts import Bucket
from dashboard.core.markup import Markup, el, empty

_NAMES: Final = {
    "3m": "3 min",
    "6m": "6 min",
    "15m": "15 min",
    "30m": "30 min",
    "60m": "60 min",
    "since_open": "Open",
    "since_yesterday": "Yesterday",
}
_WHY: Final = {
    "start_missing": "its first bucket is missing",
    "now_missing": "this bucket is missing",
    "before_open": "longer than the day so far",
    "in_pause": "began while the market rested",
    "no_yesterday": "yesterday is not stored",
}
_HEADS: Final = ("Since", "Call OI", "Put OI", "", "PCR", "Spot", "Reading")


def windows_table(bucket: Bucket | None) -> Markup:
    """Return one row for each window; one without numbers says why."""
    if bucket is None or not bucket.windows:
        return empty("No change over time yet: it takes two buckets.")
    most = max(
        (abs(window.get(name) or 0) for window in bucket.windows.values() for name in _CHANGES), default=0
    )
    rows = [_row(name, bucket.windows[key], most) for key, name in _NAMES.items() if key in bucket.windows]
    head = el("thead", el("tr", *(el("th", name) for name in _HEADS)))
    return el("table", head, el("tbody", *rows), cls="windows")


_CHANGES: Final = ("ce_oi_change", "pe_oi_change")


def _row(name: str, window: Mapping[str, Any], most: float) -> Markup:
    if (why := _WHY.get(window.get("status", ""))) is not None:
        return el("tr", el("th", name), el("td", why, colspan=6, cls="why"))
    ce, pe = (window.get(key) for key in _CHANGES)
    then, now = window.get("pcr_then"), window.get("pcr_now")
    direction = window.get("direction")
    return el(
        "tr",
        el("th", name, title=_from(window)),
        _change(ce, "ce"),
        _change(pe, "pe"),
        el("td", _bar(ce, most, "ce"), _bar(pe, most, "pe"), cls="bars"),
        el("td", words.number(now), title=f"{words.number(then)} then" if then is not None else None),
        el("td", words.number(window.get("spot_change"), 1, signed=True), cls=words.sign(window.get("spot_change"))),
        el("td", words.direction(direction), cls=words.leaning(direction), title=words.plain(direction)),
        cls="gaps" if window.get("status") == "gaps" else "",
    )  # fmt: skip


def _change(value: float | None, side: str) -> Markup:
    title = None if value is None else f"{words.exact(value, signed=True)} units"
    return el("td", words.units(value, signed=True), cls=f"{side} {words.sign(value)}", title=title)


def _bar(value: float | None, most: float, side: str) -> Markup:
    if not value or not most:
        return Markup()
    kind = "less" if value < 0 else "more"
    return el("span", cls=f"bar {side} {kind}", style=f"width:{100 * abs(value) / most:.1f}%")


def _from(window: Mapping[str, Any]) -> str | None:
    start, missing = window.get("from_time"), window.get("missing") or 0
    if not start:
        return None
    gaps = f", {missing} buckets missing between" if missing else ""
    return f"from {datetime.fromisoformat(start):%d %b %H:%M}{gaps}"
