"""Showing summaries and faults to a person."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from oi_cli.quality.checks import CHECKS, Fault, named
from oi_cli.quality.summary import ChainSummary

_SHOWN_FAULTS = 20
_DASH = "-"
_TABLE_WIDTH = 150

COLUMNS = (
    "chain", "buckets", "sealed", "longest run", "snapshots", "with change", "without", "gaps",
    "duplicates", "no candle", "strikes", "polls", "polls/min",
)  # fmt: skip


def cells(summary: ChainSummary) -> tuple[str, ...]:
    """Return one chain's line, in the order of COLUMNS."""
    return (
        named(summary.chain),
        str(summary.buckets),
        str(summary.sealed),
        str(summary.longest_run),
        str(summary.snapshots),
        str(summary.with_change),
        str(summary.without_change),
        str(summary.gaps),
        str(summary.duplicates),
        str(summary.candles_missing),
        strikes(summary.strikes),
        str(summary.polls),
        rate(summary.polls_per_minute),
    )


def strikes(counts: tuple[int, int] | None) -> str:
    if counts is None:
        return _DASH
    least, most = counts
    return str(least) if least == most else f"{least}-{most}"


def rate(seen_and_expected: tuple[float, float] | None) -> str:
    return _DASH if seen_and_expected is None else "{:.2f} of {:.2f}".format(*seen_and_expected)


def show_summaries(console: Console, summaries: Sequence[ChainSummary]) -> None:
    """Print a table; where it does not fit each chain is one line of words, which no width can cut."""
    if not console.is_terminal or console.width < _TABLE_WIDTH:
        for summary in summaries:
            chain, *values = cells(summary)
            words = ", ".join(f"{name} {value}" for name, value in zip(COLUMNS[1:], values, strict=True))
            console.print(f"  {chain}: {words}", soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == COLUMNS[0] else "right", no_wrap=True)
    for summary in summaries:
        table.add_row(*cells(summary))
    console.print(table)


def show_faults(console: Console, faults: Sequence[Fault]) -> None:
    if not faults:
        console.print(f"  all {len(CHECKS)} checks hold")
    for fault in faults[:_SHOWN_FAULTS]:
        console.print(f"  broken: {fault.check}: {fault.said}", style="red", markup=False)
    if len(faults) > _SHOWN_FAULTS:
        console.print(f"  and {len(faults) - _SHOWN_FAULTS} more", style="red")


def as_json(summary: ChainSummary) -> dict[str, Any]:
    seen_and_expected = summary.polls_per_minute
    return {
        "index_name": summary.chain.index_name,
        "expiry": summary.chain.expiry.isoformat(),
        "buckets": summary.buckets,
        "sealed": summary.sealed,
        "longest_sealed_run": summary.longest_run,
        "snapshots": summary.snapshots,
        "with_change": summary.with_change,
        "without_change": summary.without_change,
        "gaps": summary.gaps,
        "duplicates": summary.duplicates,
        "sealed_without_candle": summary.candles_missing,
        "strikes": list(summary.strikes) if summary.strikes else None,
        "polls": summary.polls,
        "polls_seen_in_finished_buckets": summary.polls_seen,
        "polls_expected_in_finished_buckets": summary.polls_expected,
        "polls_per_minute": seen_and_expected[0] if seen_and_expected else None,
        "polls_per_minute_expected": seen_and_expected[1] if seen_and_expected else None,
    }
