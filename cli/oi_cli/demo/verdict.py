"""What a demo came to: judged from what its database and its streams hold at the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from oi_cli.demo.advised import Advised
from oi_cli.demo.picture import Counts
from oi_cli.demo.plan import SEGMENT
from oi_cli.quality.checks import faults, named
from oi_cli.quality.ledger import Ledger
from oi_cli.quality.summary import ChainSummary, summarised
from oi_common.market.sessions import TradingSession, session_on


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything the verdict rests on.

    `polls_outside` is how many polls were stamped outside the session, `was_whole` says that the day was played to
    its end.
    """

    ledger: Ledger
    counts: Counts
    indices: tuple[str, ...]
    polls_outside: int = 0
    dead_reasons: Sequence[str] = ()
    restarts: Mapping[str, int] = field(default_factory=dict)
    is_recording: bool = False
    was_drained: bool = True
    was_whole: bool = False
    segment: str = SEGMENT
    advised: Sequence[Advised] = ()

    @property
    def session(self) -> TradingSession | None:
        return session_on(self.segment, self.ledger.day)

    @property
    def buckets_expected(self) -> int:
        """Return how many buckets each chain of the whole day has."""
        return sum(1 for _ in self.session.buckets()) if self.session is not None else 0

    @property
    def has_chains(self) -> bool:
        """Say whether chains are polled at all: NSE may be the ticks alone."""
        return self.segment != "NSE" or self.counts.polls > 0

    @property
    def closed_because(self) -> str | None:
        """Return why nothing could be saved on a closed day, None when the market was open."""
        polls, day = self.counts.polls, self.ledger.day
        if polls and self.polls_outside == polls:
            return f"every one of the {polls} polls was stamped outside the session"
        if not polls and self.session is None:
            return f"the market was closed on {day:%a %d %b %Y}, so no chain was polled"
        return None


def reasons_against(outcome: Outcome) -> tuple[str, ...]:
    """Return why the demo did not do what it must; nothing when it did."""
    return tuple(_reasons(outcome))


def _reasons(outcome: Outcome) -> Iterator[str]:
    if not outcome.was_drained:
        yield "the bucketer had not handled every entry when the demo ended"
    for reason in sorted(set(outcome.dead_reasons)):
        yield f"an entry was buried: {reason}"
    for fault in faults(outcome.ledger):
        yield f"{fault.check}: {fault.said}"
    if outcome.closed_because is not None:
        return
    if not outcome.has_chains:
        if not outcome.counts.ticks:
            yield "no tick came"
        return
    for name in outcome.indices:
        yield from _lacking(outcome, name)


def _lacking(outcome: Outcome, name: str) -> Iterator[str]:
    chains = [summary for summary in summarised(outcome.ledger) if summary.chain.index_name == name]
    if not any(summary.snapshots for summary in chains):
        yield f"{name}: no snapshot was saved"
    elif not any(summary.sealed for summary in chains):
        yield f"{name}: no bucket was sealed"
    without_candle = sum(summary.candles_missing for summary in chains)
    if without_candle and not outcome.is_recording:  # a recorded chain has no candles to merge
        yield f"{name}: {without_candle} sealed buckets lack their candle"
    if outcome.was_whole and not outcome.is_recording:
        yield from _lacking_buckets(chains, outcome.buckets_expected)


def _lacking_buckets(chains: Sequence[ChainSummary], expected: int) -> Iterator[str]:
    for summary in chains:
        if summary.buckets != expected:
            yield f"{named(summary.chain)}: {summary.buckets} of the day's {expected} buckets are there"
