"""What the snapshots say of each chain: its measures and its rows, the newest of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from oi_common.events import SnapshotSaved
from oi_common.market.chain import Contract, Side

Row = Mapping[str, Any]
SIDES: Final[tuple[Side, ...]] = ("CE", "PE")


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain. A bucket without a change brings measures but no rows, so that both have times of their own."""

    measures: Mapping[str, Any] = field(default_factory=dict)
    measured_at: datetime | None = None
    rows: Mapping[int, Row] = field(default_factory=dict)
    rows_at: datetime | None = None

    def said(self, contract: Contract, name: str) -> Any:
        """Return a column of the contract's side; None when the snapshot does not say."""
        return self.rows.get(contract.strike, {}).get(f"{contract.side.lower()}_{name}")


class Chains:
    """The chains of one underlying by expiry."""

    def __init__(self) -> None:
        self._chains: dict[date, Chain] = {}

    def __iter__(self) -> Iterator[date]:
        return iter(self._chains)

    def of(self, expiry: date | None) -> Chain:
        return self._chains.get(expiry, Chain()) if expiry else Chain()

    def add(self, saved: SnapshotSaved) -> None:
        """Take a snapshot; what is older than what is known, such as a repaired hole, changes nothing."""
        if saved.feed_time is None:
            return
        known = self.of(saved.expiry)
        measures, rows = known, known
        if known.measured_at is None or saved.feed_time >= known.measured_at:
            measures = Chain(saved.metrics, saved.feed_time)
        if saved.rows and (known.rows_at is None or saved.feed_time >= known.rows_at):
            rows = Chain(rows=_by_strike(saved.rows), rows_at=saved.feed_time)
        self._chains[saved.expiry] = Chain(measures.measures, measures.measured_at, rows.rows, rows.rows_at)

    def forget_before(self, day: date) -> None:
        self._chains = {expiry: chain for expiry, chain in self._chains.items() if expiry >= day}


def _by_strike(rows: tuple[dict[str, Any], ...]) -> dict[int, Row]:
    return {int(row["strike"]): row for row in rows if isinstance(row.get("strike"), int | float)}
