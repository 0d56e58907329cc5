"""Answers to commands: rows of the tables in, text out. What is not known is a dash, what is empty says so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from notifier.core.commands import COMMANDS
from notifier.core.messages import measures, moved_words
from notifier.core.numbers import DASH, day, lakhs, length, number, percent, signed, strike
from notifier.core.observed import Observed, as_float
from notifier.core.text import Text, bold, code, lines, pre, text
from oi_common.market.buckets import from_utc_naive

Row = Mapping[str, Any]


def help_text() -> Text:
    return lines([bold("OI Monitor"), *(f"/{name}  {what}" for name, what in COMMANDS.items())])


def head(header: Row, now: datetime) -> Text:
    """Return the first line of whatever is said of a chain: what, when, and how old it is."""
    fed = header.get("feed_time")
    age = "" if fed is None else f", {length(max(now - from_utc_naive(fed), now - now))} old"
    return bold(f"{header['index_name']} {day(header['expiry'])}") + (
        f"  {header['time']:%H:%M}{age}  spot {number(as_float(header.get('spot')))}"
    )


def chain(header: Row, now: datetime) -> Text:
    return lines([head(header, now), *measures(header)])


def max_pain(header: Row, now: datetime) -> Text:
    spot, pain = as_float(header.get("spot")), as_float(header.get("max_pain"))
    away = None if spot is None or pain is None else pain - spot
    share = None if away is None or not spot else 100 * away / spot
    said = f"{signed(away, 0)} points from spot, {percent(share)}"
    return lines([head(header, now), text("max pain ", bold(strike(pain))), said])


def straddle(header: Row, now: datetime, day_rows: Sequence[Row]) -> Text:
    known = [value for row in day_rows if (value := as_float(row.get("straddle"))) is not None]
    value, move = as_float(header.get("straddle")), as_float(header.get("implied_move"))
    said = f"today {number(min(known, default=None), 1)} to {number(max(known, default=None), 1)}, {len(known)} buckets"
    return lines(
        [
            head(header, now),
            text("straddle ", bold(number(value, 1)), f" at {strike(header.get('atm_strike'))}"),
            f"implied move ±{number(move, 2)} %  ATM IV {number(as_float(header.get('atm_iv')), 1)}",
            said,
        ]
    )


def levels(header: Row, now: datetime, seen: Observed) -> Text:
    said = [head(header, now)]
    for side, what, column in (("CE", "resistance", "resistance"), ("PE", "support", "support")):
        walls = _walls(header.get(column)) or _largest(seen, side)
        said.append(bold(what))
        said += [text("  ", code(strike(at)), f"  {lakhs(oi)} {side} OI") for at, oi in walls] or [
            text(f"  {DASH}")
        ]
    return lines(said)


def pcr(header: Row, now: datetime, day_rows: Sequence[Row]) -> Text:
    known = [value for row in day_rows if (value := as_float(row.get("pcr_oi"))) is not None]
    value = as_float(header.get("pcr_oi"))
    said = f"today {number(min(known, default=None))} to {number(max(known, default=None))}"
    return lines(
        [
            head(header, now),
            text(
                "PCR of OI ", bold(moved_words(value, known[0] if known else None)), " since the day's first"
            ),
            (
                f"of volume {number(as_float(header.get('pcr_volume')))}  of OI change "
                f"{number(as_float(header.get('pcr_oi_change')))} (this bucket)"
            ),
            said,
        ]
    )


def difference(first: Observed, last: Observed, name: str, most: int = 10) -> Text:
    """Return what changed between two snapshots: the largest OI moves, and the measures."""
    old = {(leg.strike, leg.side): leg.oi for leg in first.legs}
    moves = [
        (leg.oi - before, leg)
        for leg in last.legs
        if leg.oi is not None and (before := old.get((leg.strike, leg.side))) is not None and leg.oi != before
    ]
    moves.sort(key=lambda move: -abs(move[0]))
    rows = [
        f"{leg.strike:>7} {leg.side} {lakhs(by, sign=True):>9} {lakhs(leg.oi):>9}" for by, leg in moves[:most]
    ]
    said: list[Text | str] = [
        bold(f"{name}  {first.time:%H:%M} → {last.time:%H:%M}"),
        f"spot {moved_words(last.spot, first.spot)}",
        f"PCR {moved_words(last.pcr, first.pcr)}  straddle {moved_words(last.straddle, first.straddle)}",
    ]
    if not rows:
        return lines([*said, "no OI changed"])
    return lines([*said, pre("\n".join([f"{'strike':>7}      {'change':>8} {'OI':>9}", *rows]))])


def _walls(stored: Any) -> list[tuple[float | None, float | None]]:
    """Read the JSON of `support` or `resistance`, leniently: strikes, or objects with strike and oi."""
    items = stored if isinstance(stored, list) else [stored] if stored else []
    return [
        (item.get("strike"), item.get("oi")) if isinstance(item, Mapping) else (item, None)
        for item in items[:3]
        if isinstance(item, (Mapping, int, float))
    ]


def _largest(seen: Observed, side: str) -> list[tuple[float | None, float | None]]:
    known = [leg for leg in seen.legs if leg.side == side and leg.oi]
    return [(leg.strike, leg.oi) for leg in sorted(known, key=lambda leg: -(leg.oi or 0))[:3]]
