"""The numbers of a ledger: one line per chain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oi_cli.quality.ledger import Chain, Header, Ledger, Saved
from oi_common.market.buckets import BUCKET_WIDTH

_MINUTES = BUCKET_WIDTH.total_seconds() / 60


@dataclass(frozen=True, slots=True)
class ChainSummary:
    """What one chain's day came to. `strikes` is the least and the most of its snapshots.

    `polls_seen` and `polls_expected` are those of the finished buckets, `polls` are all.
    """

    chain: Chain
    buckets: int
    sealed: int
    longest_run: int
    snapshots: int
    with_change: int
    without_change: int
    gaps: int
    duplicates: int
    candles_missing: int
    strikes: tuple[int, int] | None
    polls: int
    finished: int
    polls_seen: int
    polls_expected: int

    @property
    def polls_per_minute(self) -> tuple[float, float] | None:
        """Return (seen, expected) over the finished buckets, None without one."""
        minutes = self.finished * _MINUTES
        return (self.polls_seen / minutes, self.polls_expected / minutes) if minutes else None


def summarised(ledger: Ledger) -> tuple[ChainSummary, ...]:
    headers = ledger.by_chain()
    return tuple(_summary(ledger, chain, headers.get(chain, ())) for chain in ledger.chains())


def longest_run(sealed: Iterable[Header]) -> int:
    """Return the most buckets that follow one another without a hole."""
    longest = run = 0
    before = None
    for header in sorted(sealed, key=lambda header: header.time):
        run = run + 1 if before is not None and header.time - before == BUCKET_WIDTH else 1
        longest, before = max(longest, run), header.time
    return longest


def _summary(ledger: Ledger, chain: Chain, headers: Sequence[Header]) -> ChainSummary:
    sealed = [header for header in headers if header.is_sealed]
    finished = [header for header in headers if header.is_finished]
    saved = [found for place, found in ledger.saved.items() if place.chain == chain]
    changed = sum(1 for header in headers if header.changed)
    return ChainSummary(
        chain=chain,
        buckets=len(headers),
        sealed=len(sealed),
        longest_run=longest_run(sealed),
        snapshots=len(saved),
        with_change=changed,
        without_change=len(headers) - changed,
        gaps=len(ledger.gaps.get(chain, ())),
        duplicates=ledger.duplicates.get(chain, 0),
        candles_missing=sum(1 for header in sealed if lacks_candle(ledger, header)),
        strikes=_strikes(saved),
        polls=sum(header.polls for header in headers),
        finished=len(finished),
        polls_seen=sum(header.polls for header in finished),
        polls_expected=sum(header.polls_expected for header in finished),
    )


def lacks_candle(ledger: Ledger, header: Header) -> bool:
    saved = ledger.saved_in(header)
    if header.candle_status != "merged":
        return True
    if saved is not None:
        return saved.rows_without_candle > 0
    return (header.chain.index_name, header.time) not in ledger.candles


def _strikes(saved: Sequence[Saved]) -> tuple[int, int] | None:
    counts = [found.rows for found in saved]
    return (min(counts), max(counts)) if counts else None
