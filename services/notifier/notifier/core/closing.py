"""What is told after the close, and of a rule that falls silent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from notifier.core import quality
from notifier.core.notes import Note
from notifier.core.numbers import day, number, percent, rupees, signed, strike
from notifier.core.pictures import Picture
from notifier.core.quality import ChainDay
from notifier.core.record import Recount
from notifier.core.rules import JUDGED_DAYS
from notifier.core.text import bold, italic, lines, text
from oi_common.market.buckets import wall_time

Row = Mapping[str, Any]


def of_index(name: str, expiry: date, rows: Sequence[Row], at: datetime) -> Note:
    """Return an index's day: where it began and ended, and the measures' way."""
    last = rows[-1]
    first_spot, spot = _first(rows, "spot"), _last(rows, "spot")
    moved = None if first_spot is None or spot is None else 100 * (spot / first_spot - 1)
    pcr = f"{number(_first(rows, 'pcr_oi'))} → {number(_last(rows, 'pcr_oi'))}"
    decay = _difference(_last(rows, "straddle"), _first(rows, "straddle"))
    said = lines(
        [
            bold(f"{name} closed  {number(spot)}  {percent(moved, 2)}"),
            f"{rows[0]['time']:%H:%M} to {last['time']:%H:%M}, expiry {day(expiry)}",
            f"PCR {pcr}  max pain {strike(_last(rows, 'max_pain'))}  straddle {number(_last(rows, 'straddle'), 1)} ({signed(decay, 1)})",
        ]
    )
    picture = Picture("day", name, expiry, wall_time(at)).name
    on = wall_time(at).date()
    return Note(
        f"close:{name}:{on}", "close", f"close:{name}", "report", at, f"{name} closed", said, name, picture
    )


def of_day(
    on: date,
    chains: Sequence[ChainDay],
    trades: Sequence[Row],
    scores: Sequence[Row],
    held: Mapping[str, int],
    at: datetime,
    judged_at: datetime,
) -> Note:
    """Return the day's certificate, as things stood at `judged_at` (IST wall time), and scorecard."""
    net = sum(float(row["pnl_net"] or 0) for row in trades)
    won = sum(1 for row in trades if (row["pnl_net"] or 0) > 0)
    paper = f"{len(trades)} trades, {won} won, net {rupees(net, sign=True)}" if trades else "no trade"
    told = [f"{row['loop']} {row['engine']} {row['hits']} of {row['judged']} right" for row in scores] or [
        "none scored"
    ]
    said = lines(
        [
            quality.told(on, chains),
            text(italic("paper: "), paper),
            text(italic("decisions, 15 min on: "), "; ".join(told)),
            text(
                italic("kept back: "),
                ", ".join(f"{count} {rule}" for rule, count in held.items()) or "nothing",
            ),
        ]
    )
    picture = Picture("quality", chains[0].index_name, chains[0].expiry, judged_at).name
    return Note(
        f"close:quality:{on}", "close", "close:quality", "report", at, f"Data of {on}", said, None, picture
    )


def silenced(of: Recount, now: datetime, chats: frozenset[int] | None = None) -> Note:
    """Return the last word of a rule, or of a variant of it, that has been wrong too often."""
    rule, key = of.rule, of.key
    title = f"Rule {rule.name} falls silent" + ("" if key == rule.name else ", as it is set here")
    said = lines(
        [
            text("🔇 ", bold(title)),
            f"it was right less than {100 * rule.floor:.0f} % of the time in the last {JUDGED_DAYS} days",
            f"it is counted on, and comes back above {100 * rule.back:.0f} %; /alerts shows its record",
        ]
    )
    event_id = f"silenced:{key}:{wall_time(now).date()}"
    return Note(event_id, rule.name, event_id, "info", now, title, said, chats=chats)


def _known(rows: Sequence[Row], column: str) -> list[float]:
    return [float(row[column]) for row in rows if row.get(column) is not None]


def _first(rows: Sequence[Row], column: str) -> float | None:
    return next(iter(_known(rows, column)), None)


def _last(rows: Sequence[Row], column: str) -> float | None:
    return next(iter(reversed(_known(rows, column))), None)


def _difference(value: float | None, before: float | None) -> float | None:
    return None if value is None or before is None else value - before
