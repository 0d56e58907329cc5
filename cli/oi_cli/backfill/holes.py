"""What the ledger lacks of a day, counted before a repair and after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from oi_cli.quality.cells import cells
from oi_cli.quality.ledger import Chain, Ledger
from oi_cli.quality.reading import read_ledger
from oi_cli.reading import connect_reader, reading
from oi_common.market.completeness import Cell, Kind


@dataclass(frozen=True, slots=True)
class Holes:
    """The missing buckets of each chain of one index on one day, and the buckets without the index's candle.

    `unknown` is how many buckets are due on a day of which no chain is known.
    """

    chains: Mapping[Chain, int] = field(default_factory=dict)
    candles: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        return sum(self.chains.values()) + self.candles + self.unknown

    def of(self, chain: Chain) -> int:
        """Return the missing buckets of a chain; of a day that was unknown, all that were due."""
        return self.chains.get(chain, self.unknown)


def holes_of(ledger: Ledger, index_name: str, until: datetime) -> Holes:
    """Count what is missing of one index at `until`, IST without zone."""
    known = [chain for chain in ledger.chains() if chain.index_name == index_name]
    if not known:
        due = _due(cells(ledger, Chain(index_name, ledger.day), until))
        return Holes(unknown=len(due), candles=_without_candle(ledger, index_name, due))
    of_chains = {chain: cells(ledger, chain, until) for chain in known}
    due = {time for of_chain in of_chains.values() for time in _due(of_chain)}
    return Holes(
        {chain: sum(cell.kind is Kind.MISSING for cell in found) for chain, found in of_chains.items()},
        _without_candle(ledger, index_name, due),
    )


class Tables:
    """Counts holes in the database."""

    def __init__(self, url: str) -> None:
        self._engine = connect_reader(url)

    def close(self) -> None:
        self._engine.dispose()

    def holes(self, index_name: str, day: date, until: datetime) -> Holes:
        """Raises Unavailable when the database is away."""
        with reading(self._engine) as connection:
            return holes_of(read_ledger(connection, day), index_name, until)


def _due(of_chain: tuple[Cell, ...]) -> set[datetime]:
    return {cell.time for cell in of_chain if cell.kind is not Kind.UNDERWAY}


def _without_candle(ledger: Ledger, index_name: str, due: set[datetime]) -> int:
    return sum((index_name, time) not in ledger.candles for time in due)
