"""The analytics of an undisturbed day: the same polls through the bucketer's rules once, in memory, one after another.

That the measures are right is held to oracles of their own, function by function. Here they must only be what they
would have been had nothing been struck: whatever the bucketer remembers, loses and restores must not show in them.
"""

from datetime import date, datetime, timedelta
from typing import Any

from bucketer.core.rules import SnapshotRule, Step, advance, is_late, new_day
from bucketer.core.state import MEASURES, ChainState
from oi_common.events import ChainPolled
from oi_common.market.buckets import wall_time
from oi_common.market.sessions import session_at
from oi_common.wire import decode
from support.chaos.plan import EVERY_SECONDS, Plan
from support.oracle import Rows
from support.oracle_tables import Tables

OF_ROWS = frozenset(
    {"verdict", "verdict_score", "gex"}
    | {f"{side}_buildup{kind}" for side in ("ce", "pe") for kind in ("", "_adjusted", "_day")}
)


def undisturbed_analytics(client: Any, plan: Plan) -> Tables:
    """Return the analytics' columns of every bucket and row that was seen live."""
    tables = Tables()
    for index in plan.indices:
        chains: dict[date, ChainState] = {}
        for _, fields in client.xrange(f"oi:polls:{{{index}}}"):
            poll = decode(ChainPolled, fields)
            step = _step(chains.get(poll.expiry), poll, SnapshotRule(plan.snapshot_rule))
            if step is not None:
                chains[poll.expiry] = step.state
                _write(tables, step, (index, poll.expiry))
    return tables


def analytics_differ(expected: Tables, stored: Tables) -> list[str]:
    """Return a line for every live bucket and row whose analytics are others than those of an undisturbed day."""
    return [
        *_unlike("chain_buckets", expected.chain_buckets, stored.chain_buckets),
        *_unlike("option_snapshots", expected.option_snapshots, stored.option_snapshots),
    ]


def _unlike(table: str, expected: Rows, stored: Rows) -> list[str]:
    lines = []
    for key, columns in expected.items():
        row = stored.get(key, {})
        others = [name for name, value in columns.items() if not _is_same(value, row.get(name))]
        if others:
            said = ", ".join(
                f"{name}: expected {columns[name]!r}, stored {row.get(name)!r}" for name in others
            )
            lines.append(f"{table}: {key} {said}")
    return lines


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-6 * max(1.0, abs(one))
    return bool(one == other)


def _step(before: ChainState | None, poll: ChainPolled, rule: SnapshotRule) -> Step | None:
    session = session_at(poll.segment, poll.feed_time)
    if session is None or is_late(before, poll):
        return None
    state = before or new_day(poll, session.day, {})
    every = timedelta(seconds=EVERY_SECONDS)
    return advance(state, poll, session=session, rule=rule, every=every, at=poll.polled_at)


def _write(tables: Tables, step: Step, chain: tuple[str, date]) -> None:
    bucket = max(header.time for header in step.headers if header.polls)
    header = next(header for header in step.headers if header.time == bucket)
    time: datetime = wall_time(bucket)
    tables.chain_buckets[time, *chain] = {name: getattr(header.measures, name) for name in MEASURES}
    if step.snapshot is not None:
        for row in step.snapshot.rows:
            key = (time, *chain, row["strike"])
            tables.option_snapshots[key] = {name: row[name] for name in OF_ROWS}
