"""Events in, notes out: short, with the numbers that matter and the window they are of."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from notifier.core.findings import Firing
from notifier.core.notes import Note
from notifier.core.numbers import DASH, day, lakhs, number, percent, rupees, signed, strike
from notifier.core.observed import Leg, as_float
from notifier.core.pictures import Kind, Picture
from notifier.core.record import Record
from notifier.core.rules import RULES, Rule
from notifier.core.text import Text, bold, italic, lines, text
from oi_common.events import AlertRaised, DecisionMade, OiChanged, TradeFilled
from oi_common.market.buckets import from_wall_time, wall_time

Row = Mapping[str, Any]

_ARROWS: Final = {"up": "🟢▲", "down": "🔴▼", "move": "🟡◆"}
_LIGHTS: Final = {"info": "🔵", "warning": "🟠", "critical": "🔴", "report": "⚪"}
_DECISIONS_APART: Final = timedelta(minutes=30)
_ALERTS_APART: Final = timedelta(minutes=15)


def of_firing(firing: Firing, index_name: str, expiry: date, record: Record) -> Note:
    """Return what a market rule says, why it fired, and how good it has been."""
    finding, rule = firing.finding, firing.rule
    said = lines(
        [
            text(_ARROWS[finding.leaning], " ", bold(f"{index_name} {finding.title}")),
            f"{firing.time:%H:%M}  spot {number(firing.spot)}  expiry {day(expiry)}",
            *(text(italic(f"{what}: "), said) for what, said in finding.why.items()),
            italic(f"{rule.name}: {record}"),
        ]
    )
    return Note(
        event_id=f"{rule.name}:{index_name}:{expiry}:{firing.time:%Y-%m-%dT%H:%M}",
        rule=rule.name,
        topic=f"{rule.name}:{index_name}",
        severity=rule.severity,
        at=from_wall_time(firing.time),
        title=f"{index_name} {finding.title}",
        text=said,
        index_name=index_name,
        cooldown=rule.cooldown,
    )


def of_jump(event: OiChanged, record: Record, rule: Rule = RULES["oi_jump"]) -> tuple[Note, Leg] | None:
    """Return the note of the largest jump of one poll, and its leg; None when none is large enough."""
    jumps = [
        change
        for change in event.changes
        if abs(change.change or 0) >= rule.numbers["units"]
        and abs(change.percent or 0) >= rule.numbers["percent"]
    ]
    if not jumps:
        return None
    jump = max(jumps, key=lambda each: abs(each.change or 0))
    leg = Leg(jump.strike, jump.side, jump.oi, jump.change, jump.percent)
    title = f"{event.index_name} {jump.strike} {jump.side} OI {percent(jump.percent, 0)} in one poll"
    said = lines(
        [
            text(_ARROWS[leg.leaning or "move"], " ", bold(title)),
            f"{wall_time(event.feed_time):%H:%M:%S}  expiry {day(event.expiry)}",
            text(
                italic("OI: "), f"{lakhs(jump.prev_oi)} → {lakhs(jump.oi)} ({lakhs(jump.change, sign=True)})"
            ),
            text(
                italic("fires at: "),
                f"{rule.numbers['percent']:g} % and {lakhs(rule.numbers['units'])} in one poll",
            ),
            italic(f"{rule.name}: {record}"),
        ]
    )
    topic = f"{rule.name}:{event.index_name}"
    note = Note(
        f"{rule.name}:{event.event_id}", rule.name, topic, rule.severity, event.feed_time, title, said,
        index_name=event.index_name, cooldown=rule.cooldown,
    )  # fmt: skip
    return note, leg


def of_decision(event: DecisionMade) -> Note | None:
    """Return what a loop wants done; None for waiting and holding, which /decision shows."""
    if event.decision not in {"ENTER", "EXIT"}:
        return None
    leg = f" {strike(event.strike)} {event.side}" if event.strike is not None and event.side else ""
    title = f"{event.index_name} {event.decision}{leg}"
    by = f"{event.loop} loop, {event.model or event.engine}"
    said = lines(
        [
            text("🤖 ", bold(title)),
            (
                f"{wall_time(event.event_time):%H:%M:%S}  entry {number(event.entry)}  SL {number(event.stop_loss)}"
                f"  target {number(event.target)}"
            ),
            f"confidence {number(event.confidence, 0)}  by {by}",
            italic(event.reason),
        ]
    )
    # Whichever loop says it: what is to be done is the same.
    topic = f"decision:{event.index_name}:{event.decision}:{event.side}"
    return Note(
        event.event_id, "decision", topic, "info", event.event_time, title, said,
        index_name=event.index_name, cooldown=_DECISIONS_APART,
    )  # fmt: skip


def of_trade(event: TradeFilled, at: datetime) -> Note:
    contract = f"{event.index_name} {event.strike} {event.side}"
    title = f"Paper {event.action} {contract} at {number(event.price)}"
    mark = "🧾" if event.pnl_net is None else "✅" if event.pnl_net > 0 else "❌"
    said: list[Text | str] = [
        text(mark, " ", bold(title)),
        f"{wall_time(at):%H:%M:%S}  {event.quantity:,} units  expiry {day(event.expiry)}",
        f"charges {number(event.charges)}",
        italic(event.reason),
    ]
    if event.action == "EXIT":
        said.insert(
            2,
            text(
                "net ",
                bold(rupees(event.pnl_net, sign=True)),
                f"  gross {rupees(event.pnl_gross, sign=True)}",
            ),
        )
    return Note(
        event.event_id, "trade", "trade:" + event.trade_id, "warning", at, title, lines(said),
        index_name=event.index_name,
    )  # fmt: skip


def of_alert(event: AlertRaised) -> Note:
    """Return what another service wants a person to know."""
    facts = [text(italic(f"{name}: "), str(value)) for name, value in event.facts.items()]
    head = text(_LIGHTS[event.severity], " ", bold(event.title))
    when = f"{wall_time(event.raised_at):%H:%M:%S}  {event.rule}"
    return Note(
        event.event_id, event.rule[:40], f"{event.rule}:{event.index_name}"[:100], event.severity, event.raised_at,
        event.title[:200], lines([head, when, event.text, *facts]), index_name=event.index_name, cooldown=_ALERTS_APART,
    )  # fmt: skip


def brief(header: Row, slot: str, kind: Kind) -> Note:
    """Return the chain at a moment of the day, with a picture."""
    index_name, expiry, time = header["index_name"], header["expiry"], header["time"]
    title = f"{index_name} at {time:%H:%M}"
    return Note(
        event_id=f"brief:{index_name}:{time:%Y-%m-%d}:{slot}",
        rule="brief",
        topic=f"brief:{index_name}",
        severity="report",
        at=from_wall_time(time),
        title=title,
        text=lines([bold(f"{title}  spot {number(as_float(header.get('spot')))}"), *measures(header)]),
        index_name=index_name,
        picture=Picture(kind, index_name, expiry, time).name,
    )


def measures(header: Row) -> list[Text]:
    """Return the measures of a bucket, two lines of them; the unknown are dashes."""
    direction = str(header.get("direction") or DASH).replace("_", " ").lower()
    return [
        text(
            f"PCR {number(as_float(header.get('pcr_oi')))}  max pain {strike(header.get('max_pain'))}  "
            f"straddle {number(as_float(header.get('straddle')), 1)}  ATM IV {number(as_float(header.get('atm_iv')), 1)}"
        ),
        text(
            f"CE OI {lakhs(header.get('ce_oi_change'), sign=True)}  "
            f"PE OI {lakhs(header.get('pe_oi_change'), sign=True)} since the last snapshot  {direction}"
        ),
    ]


def moved_words(now: float | None, before: float | None) -> str:
    """Write a measure and its change."""
    change = None if now is None or before is None else now - before
    return f"{number(now)} ({signed(change)})"
