"""The summary of a demo, read back from its database and its streams, and shown."""

from collections.abc import Mapping
from datetime import date

from rich.console import Console
from sqlalchemy import Engine

from oi_cli.demo.advised import read_advised
from oi_cli.demo.picture import Counts
from oi_cli.demo.plan import Plan
from oi_cli.demo.verdict import Outcome, reasons_against
from oi_cli.exits import Exit
from oi_cli.quality.reading import read_ledger
from oi_cli.quality.report import show_summaries
from oi_cli.quality.summary import summarised
from oi_cli.reading import reading
from oi_cli.streams import ALL, Streams
from oi_common.market.sessions import TradingSession

_SHOWN_REASONS = 20


def read_outcome(
    engine: Engine,
    streams: Streams,
    day: date,
    plan: Plan,
    counts: Counts,
    restarts: Mapping[str, int],
    *,
    was_drained: bool,
    was_whole: bool,
) -> Outcome:
    """Read what the demo left behind. Raises Unavailable when that cannot be read."""
    with reading(engine) as connection:
        ledger, advised = read_ledger(connection, day), read_advised(connection, day)
    return Outcome(
        ledger=ledger,
        counts=counts,
        indices=plan.indices,
        segment=plan.segment,
        polls_outside=sum(streams.polls_outside_session(name)[0] for name in plan.indices),
        dead_reasons=[
            reason for event in ALL for name in plan.indices for reason in streams.dead(event, name)
        ],
        restarts=restarts,
        is_recording=plan.recording is not None,
        was_drained=was_drained,
        was_whole=was_whole,
        advised=advised,
    )


def show_outcome(console: Console, outcome: Outcome) -> Exit:
    """Print the summary and return the exit code it deserves."""

    def say(line: str, style: str | None = None) -> None:
        console.print(line, style=style, markup=False, soft_wrap=True)

    counts, reasons = outcome.counts, reasons_against(outcome)
    say("")
    say(f"Summary of {outcome.ledger.day:%a %d %b %Y}, read back from the database")
    if not outcome.has_chains:
        say(f"  {outcome.segment} is watched for its ticks alone, so no chain was polled")
    elif outcome.session is not None:
        say(f"  the day has {buckets_said(outcome.session)}")
    show_summaries(console, summarised(outcome.ledger))
    say(
        f"  handled: {counts.ticks} ticks, {counts.polls} polls, {counts.changes} changes, "
        f"{counts.snapshots} snapshot events, {counts.dead} dead letters"
    )
    for each in outcome.advised:
        say(f"  {each.said}")
    say(f"  restarts: {restarts_said(outcome)}")
    if outcome.closed_because is not None:
        say(f"  nothing was saved: {outcome.closed_because}")
    for reason in reasons[:_SHOWN_REASONS]:
        say(f"  not as it must be: {reason}", "red")
    if len(reasons) > _SHOWN_REASONS:
        say(f"  and {len(reasons) - _SHOWN_REASONS} more", "red")
    if not reasons and outcome.closed_because is None and outcome.has_chains:
        say(
            "  every bucket whose OI changed has exactly one snapshot, the others none; no key stands there "
            "twice; no merged candle is missing",
            "green",
        )
    return Exit.BROKEN if reasons else Exit.FINE


def buckets_said(session: TradingSession) -> str:
    """Say how many buckets each chain of the day should have, and why so many."""
    buckets = list(session.buckets())
    stub = ", the last one cut short" if session.is_stub(buckets[-1]) else ""
    moments = [session.opens, *(moment for pause in session.pauses for moment in pause), session.closes]
    hours = " and ".join(
        f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in zip(moments[::2], moments[1::2], strict=True)
    )
    return f"{len(buckets)} buckets for each chain{stub} ({hours})"


def restarts_said(outcome: Outcome) -> str:
    told = [f"{name} {count}" for name, count in outcome.restarts.items() if count]
    return ", ".join(told) or "none"
