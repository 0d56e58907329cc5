"""The checks of data quality, each a function from a ledger to what is broken in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oi_cli.quality.ledger import Chain, Header, Ledger, Place

CHOSEN_RULE = "new_bucket"  # SNAPSHOT_RULE=change_or_new_bucket also saves buckets without a change


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that must not be."""

    check: str
    said: str
    chain: Chain


Check = Callable[[Ledger], Iterator[Fault]]


def no_duplicate_key(ledger: Ledger) -> Iterator[Fault]:
    for chain, count in ledger.duplicates.items():
        if count:
            said = f"{named(chain)}: {count} keys of option_snapshots stand there twice"
            yield Fault("duplicates", said, chain)


def one_snapshot_where_oi_changed(ledger: Ledger) -> Iterator[Fault]:
    for header in ledger.headers:
        saved = ledger.saved_in(header)
        if header.changed and saved is None:
            yield _at(header, "changed but not saved", f"{header.changed} polls changed OI, nothing is saved")
        if saved is not None and saved.feed_times != 1:
            yield _at(header, "snapshots per bucket", f"its rows come from {saved.feed_times} polls")


def no_snapshot_where_nothing_changed(ledger: Ledger) -> Iterator[Fault]:
    for header in ledger.headers:
        if ledger.saved_in(header) and not header.changed and header.reason != CHOSEN_RULE:
            yield _at(header, "saved but not changed", f"no poll changed OI (reason {header.reason})")


def headers_and_rows_agree(ledger: Ledger) -> Iterator[Fault]:
    known = {(header.chain, header.time) for header in ledger.headers}
    for place in ledger.saved:
        if place not in known:
            said = f"{named(place.chain)} {place.time:%H:%M}: rows without a chain_buckets row"
            yield Fault("headers", said, place.chain)
    for header in ledger.headers:
        if (header.reason is None) != (ledger.saved_in(header) is None):
            yield _at(header, "headers", f"reason is {header.reason}, but the rows say otherwise")


def changes_are_written_down(ledger: Ledger) -> Iterator[Fault]:
    for header in ledger.headers:
        written = ledger.changes.get(Place(header.chain, header.time), 0)
        if written != header.changed:
            yield _at(header, "changes", f"{header.changed} polls changed OI, oi_changes has {written} rows")


def merged_candles_are_there(ledger: Ledger) -> Iterator[Fault]:
    for header in ledger.headers:
        if not header.is_sealed or header.candle_status != "merged":
            continue
        saved = ledger.saved_in(header)
        if (header.chain.index_name, header.time) not in ledger.candles:
            yield _at(header, "candles", "sealed with a candle that index_candles does not have")
        elif saved is not None and saved.rows_without_candle:
            yield _at(header, "candles", f"sealed, {saved.rows_without_candle} rows lack the candle")


def sealed_buckets_know_their_candle(ledger: Ledger) -> Iterator[Fault]:
    for header in ledger.headers:
        if header.is_sealed and header.candle_status is None:
            yield _at(header, "candles", "sealed, but candle_status says neither merged nor missing")


CHECKS: tuple[Check, ...] = (
    no_duplicate_key,
    one_snapshot_where_oi_changed,
    no_snapshot_where_nothing_changed,
    headers_and_rows_agree,
    changes_are_written_down,
    merged_candles_are_there,
    sealed_buckets_know_their_candle,
)


def faults(ledger: Ledger) -> tuple[Fault, ...]:
    """Return everything that is broken, in the order of the checks."""
    return tuple(fault for check in CHECKS for fault in check(ledger))


def named(chain: Chain) -> str:
    return f"{chain.index_name} {chain.expiry.day} {chain.expiry:%b}"


def _at(header: Header, check: str, said: str) -> Fault:
    return Fault(check, f"{named(header.chain)} {header.time:%H:%M}: {said}", header.chain)
