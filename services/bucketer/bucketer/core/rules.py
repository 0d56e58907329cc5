"""The bucket rule: what one poll does to the ledger. No I/O, no clock: the poll's own times decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from bucketer.core.analytics import analyse
from bucketer.core.coverage import cover, touch
from bucketer.core.greeks import Greeks
from bucketer.core.rows import SnapshotRow, snapshot_rows
from bucketer.core.state import Added, ChainState, Header, Leg, Measures, Quote, Reason, Saved, key_of
from bucketer.core.windows import compared
from oi_common.events import ChainPolled, OiChange
from oi_common.market.buckets import floor_to_3min
from oi_common.market.sessions import TradingSession


class SnapshotRule(StrEnum):
    """When a poll saves the chain. Both give one snapshot per bucket at most."""

    CHANGE_AND_NEW_BUCKET = "change_and_new_bucket"
    CHANGE_OR_NEW_BUCKET = "change_or_new_bucket"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole chain, to be saved as the bucket's rows."""

    time: datetime
    reason: Reason
    rows: tuple[SnapshotRow, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of buckets without any poll, both ends included."""

    first: datetime
    last: datetime
    buckets: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one poll leads to."""

    state: ChainState
    changes: tuple[OiChange, ...]
    snapshot: Snapshot | None
    headers: tuple[Header, ...]  # the bucket headers that the poll made or touched
    gap: Gap | None
    previous_bucket: datetime | None  # the last bucket that a poll fell in before this one, None at first

    @property
    def known(self) -> int:
        """How many contracts have a known OI."""
        return sum(1 for quote in self.state.quotes.values() if quote.oi is not None)

    @property
    def changed_ratio(self) -> float:
        """The share of the known contracts that the poll changed."""
        return ratio(len(self.changes), self.known)


def ratio(changed: int, known: int) -> float:
    """Return the share of the known contracts that changed."""
    return round(changed / known, 4) if changed else 0.0


def is_late(state: ChainState | None, poll: ChainPolled) -> bool:
    """Say whether the poll is one we have handled, or older than one we have handled."""
    return state is not None and (poll.feed_time, poll.polled_at) <= (state.feed_time, state.polled_at)


def advance(
    before: ChainState,
    poll: ChainPolled,
    *,
    session: TradingSession,
    rule: SnapshotRule,
    every: timedelta,
    at: datetime,
    greeks: Mapping[str, Greeks] | None = None,
) -> Step:
    """Return what a poll that is not late, inside `session`, does to its chain as it was `before` on that day.

    `every` is the poll schedule, `at` the present moment: it is only noted down as `saved_at`. `greeks` are those that
    the bucket's contracts are known to have; the model fills the rest.
    """
    changes = oi_changes(before.quotes, poll)
    bucket = floor_to_3min(poll.feed_time)
    coverage = cover(before, poll, session, every)
    after = replace(
        before,
        feed_time=poll.feed_time,
        polled_at=poll.polled_at,
        quotes=_merged(before.quotes, poll),
        last_slot=coverage.last_slot,
        added=_added(before.added, changes),
    )
    reason = _reason(after, bucket, rule, changed=bool(changes))
    header = _counted(coverage.current, poll, changed=bool(changes))
    snapshot = None
    # A saved bucket's measures are those of its rows; later polls do not touch them.
    if reason is not None or header.reason is None:
        base = _base(after, bucket)
        analysis = analyse(after, base, poll, bucket)
        after, measures = compared(after, bucket, analysis.measures, session)
        header = replace(header, measures=measures)
        if reason is not None:
            snapshot = Snapshot(bucket, reason, snapshot_rows(after, base, poll, analysis, greeks or {}))
            header = replace(header, reason=reason, saved_at=at)
            after = _remember(after, bucket, measures)
    headers = touch(coverage.headers, header)
    kept = tuple(h for h in headers if h.time >= bucket or h.time >= floor_to_3min(coverage.last_slot))
    gap = Gap(coverage.gap[0], coverage.gap[-1], len(coverage.gap)) if coverage.gap else None
    return Step(replace(after, headers=kept), changes, snapshot, headers, gap, coverage.previous_bucket)


def oi_changes(known: dict[str, Quote], poll: ChainPolled) -> tuple[OiChange, ...]:
    """Return the contracts whose OI moved, or is told for the first time today.

    A contract missing from the poll, or without OI in it, keeps its last OI and is not a change.
    """
    changes = []
    for quote in poll.quotes:
        before = known.get(key_of(quote.strike, quote.side), Quote()).oi
        if quote.oi is not None and quote.oi != before:
            changes.append(_change(quote.strike, quote.side, before, quote.oi))
    return tuple(sorted(changes, key=lambda change: (change.strike, change.side)))


def _change(strike: int, side: str, before: int | None, oi: int) -> OiChange:
    change = None if before is None else oi - before
    percent = round(100 * change / before, 4) if change is not None and before else None
    return OiChange.model_validate(
        {"strike": strike, "type": side, "prev_oi": before, "oi": oi, "change": change, "percent": percent}
    )


def new_day(poll: ChainPolled, day: date, yesterday: dict[str, int]) -> ChainState:
    """Return the chain before the day's first poll; `yesterday` is its last OI of the trading day before."""
    return ChainState(poll.index_name, poll.expiry, day, poll.feed_time, poll.polled_at, yesterday=yesterday)


def _merged(known: dict[str, Quote], poll: ChainPolled) -> dict[str, Quote]:
    """Lay the poll over what is known; an OI that the poll does not tell stays what it was."""
    merged = dict(known)
    for polled in poll.quotes:
        key = key_of(polled.strike, polled.side)
        quote = Quote.of(polled)
        if quote.oi is None:
            quote = replace(quote, oi=known.get(key, Quote()).oi)
        merged[key] = quote
    return merged


def _reason(state: ChainState, bucket: datetime, rule: SnapshotRule, *, changed: bool) -> Reason | None:
    """Return why the chain is to be saved, None when it is not."""
    is_new = state.saved is None or bucket > state.saved.time
    wanted = (changed and is_new) if rule is SnapshotRule.CHANGE_AND_NEW_BUCKET else (changed or is_new)
    if not wanted or not state.quotes:
        return None
    return "baseline" if _base(state, bucket) is None else "oi_changed" if changed else "new_bucket"


def _base(state: ChainState, bucket: datetime) -> Saved | None:
    """Return the snapshot that the bucket's changes are counted from: the last one of an earlier bucket."""
    return state.previous if state.saved is not None and state.saved.time == bucket else state.saved


def _remember(state: ChainState, bucket: datetime, measures: Measures) -> ChainState:
    legs = {key: Leg(quote.oi, quote.ltp) for key, quote in state.quotes.items()}
    saved = Saved(bucket, legs, state.feed_time, measures.forward, measures.atm_iv)
    return replace(state, previous=_base(state, bucket), saved=saved)


def _added(added: Added, changes: tuple[OiChange, ...]) -> Added:
    ce = sum(change.change or 0 for change in changes if change.side == "CE")
    pe = sum(change.change or 0 for change in changes if change.side == "PE")
    return Added(added.ce + ce, added.pe + pe)


def _counted(header: Header, poll: ChainPolled, *, changed: bool) -> Header:
    """Return the header with one more poll."""
    header = replace(
        header, polls=header.polls + 1, feed_time=poll.feed_time, source=poll.source, lot_size=poll.lot_size
    )
    if not changed:
        return header
    first = header.first_change_at or poll.feed_time
    return replace(header, changed=header.changed + 1, first_change_at=first, last_change_at=poll.feed_time)
