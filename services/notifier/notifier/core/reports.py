"""Answers about what was decided, traded and watched: rows of the tables in, text out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from notifier.core.numbers import DASH, length, number, rupees, strike
from notifier.core.observed import as_float
from notifier.core.record import Record
from notifier.core.rules import JUDGED_DAYS, RULES
from notifier.core.text import Text, bold, code, italic, lines, shortened, text
from oi_common.market.buckets import from_utc_naive, wall_time

Row = Mapping[str, Any]
_REASON: Final = 300  # units of text


def decisions(rows: Sequence[Row]) -> Text:
    """Return what each loop last decided on each index; `rows` are the day's, the newest first."""
    newest: dict[tuple[str, str], Row] = {}
    for row in rows:
        newest.setdefault((row["index_name"], row["loop"]), row)
    if not newest:
        return text("No decision has been made today.")
    said = [bold("Last decisions")]
    for row in newest.values():
        leg = f" {strike(row['strike'])} {row['side']}" if row["strike"] is not None else ""
        said.append(
            text(
                f"{row['time']:%H:%M:%S} {row['index_name']} {row['loop']}  ", bold(f"{row['decision']}{leg}")
            )
            + f"  conf {number(as_float(row['confidence']), 0)}\n"
            + shortened(italic(str(row["reason"])), _REASON)
        )
    return lines(said)


def positions(rows: Sequence[Row]) -> Text:
    if not rows:
        return text("No paper position is open.")
    said = [bold("Open paper positions")]
    for row in rows:
        entry, bid = (
            as_float(row["entry_price"]),
            as_float(row.get("last_bid")) or as_float(row.get("last_ltp")),
        )
        gain = None if entry is None or bid is None else (bid - entry) * row["quantity"]
        said.append(
            text(bold(f"{row['index_name']} {row['strike']} {row['side']}"), f"  {row['quantity']:,} units\n")
            + f"{number(entry)} → {number(bid)}  {rupees(gain, sign=True)} before charges\n"
            + f"stop {number(as_float(row.get('stop')))}  target {number(as_float(row.get('target')))}"
        )
    return lines(said)


def result(rows: Sequence[Row]) -> Text:
    """Return the day's paper result: rows of positions that were closed today."""
    if not rows:
        return text("No paper trade has been closed today.")
    net = sum(float(row["pnl_net"] or 0) for row in rows)
    won = sum(1 for row in rows if (row["pnl_net"] or 0) > 0)
    costs = sum(float(row["charges"] or 0) for row in rows)
    return lines(
        [
            text(bold(f"Today net {rupees(net, sign=True)}"), f"  after {rupees(costs)} of charges"),
            f"{len(rows)} trades, {won} won",
            *(
                f"{row['index_name']} {row['strike']} {row['side']}  {rupees(as_float(row['pnl_net']), sign=True)}"
                f"  {row['exit_reason'] or DASH}"
                for row in rows[-12:]
            ),
        ]
    )


def score(outcomes: Sequence[Row], records: Mapping[str, Record]) -> Text:
    """Return how good the decisions (15 minutes on) and the alert rules have been."""
    said = [bold("Decisions, 15 min on, after charges")]
    said += [
        text(
            f"{row['loop']} {row['engine']}: {row['hits']} of {row['judged']} right, net {rupees(float(row['net'] or 0), sign=True)}"
        )
        for row in outcomes
    ] or [text("none scored yet")]
    return lines([*said, "", *_alert_lines(records)])


def _alert_lines(records: Mapping[str, Record]) -> list[Text]:
    said = [bold(f"Alert rules with their usual numbers, last {JUDGED_DAYS} days")]
    for rule in RULES.values():
        record = records.get(rule.name, Record())
        if rule.is_market:
            mark = bold("  silent by its record") if record.is_silent else ""
            said.append(text(code(rule.name), f"  {record}", mark))
    return said


def status(
    services: Sequence[Row], fed: Mapping[str, datetime | None], wall: datetime, now: datetime
) -> Text:
    """Return who lives and how old the data are. Heartbeats are of real time, the data of the market's."""
    said = [text(bold("Status"), f"  {wall_time(now):%d %b %H:%M:%S}")]
    for row in services:
        age = wall - from_utc_naive(row["beat_at"])
        mark = "🟢" if age.total_seconds() < 30 and row["status"] == "ready" else "🔴"
        said.append(text(f"{mark} {row['service']}  {row['status']}, {length(age)} ago"))
    for name, last in fed.items():
        said.append(
            text(f"{name}: ", "no poll today" if last is None else f"last poll {length(now - last)} ago")
        )
    return lines(said)
