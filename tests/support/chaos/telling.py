"""Telling a person what happened on a day of chaos."""

from support.chaos.checks import refused_by_spool
from support.chaos.day import Outcome


def tell(text: str) -> None:
    print(text, flush=True)


def tell_summary(outcome: Outcome) -> None:
    """Print what was played and how often each fault struck."""
    stored = outcome.stored
    told = sum(1 for row in stored.chain_buckets.values() if row["source"] == "backfill")
    tell(
        f"{outcome.name}: {outcome.seconds:.0f} s; buckets {len(stored.chain_buckets)}, repaired {told}, "
        f"rows {len(stored.option_snapshots)}, changes {len(stored.oi_changes)}; "
        f"leases changed hands {outcome.hand_overs} times, after {outcome.longest_hand_over:.1f} s at most; "
        f"polls the spool refused {len(refused_by_spool(outcome))}"
    )
    for label, number in sorted(outcome.struck.items()):
        tell(f"  {label:<36} {number:>5}")
