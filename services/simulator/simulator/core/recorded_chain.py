"""A recording of option chains as parallel columns, and the order in which its contracts are read."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.black76 import Floats
from oi_common.market.buckets import IST
from simulator.core.batches import Counts

Moments: TypeAlias = npt.NDArray[np.datetime64]  # IST wall time
_WHOLE: Final = 0.01  # a count further than this from a whole unit is no rounding of one


@dataclass(frozen=True, slots=True)
class RecordedChain:
    """One row per contract and snapshot, in the order collected. Unknown numbers are NaN.

    `collected_at` is when the recorder had the row, `stamped_at` what the exchange had written on it. OI and
    volume are counted in contracts (the exchange's website) or units (brokers).
    """

    name: str
    counted_in: Literal["contracts", "units"]
    collected_at: Moments
    stamped_at: Moments
    expiry: Moments
    strike: Floats
    is_call: npt.NDArray[np.bool_]
    oi: Floats
    volume: Floats
    ltp: Floats
    bid: Floats
    ask: Floats
    bid_quantity: Floats
    ask_quantity: Floats
    previous_close: Floats
    iv: Floats
    spot: Floats

    def __len__(self) -> int:
        return len(self.collected_at)

    @property
    def days(self) -> list[date]:
        """Return the days on which snapshots were collected, earliest first."""
        return [day.item() for day in np.unique(self.collected_at.astype("datetime64[D]"))]

    def of_day(self, day: date) -> "RecordedChain":
        return self.where(self.collected_at.astype("datetime64[D]") == np.datetime64(day))

    def where(self, chosen: npt.NDArray[Any]) -> "RecordedChain":
        """Return the rows chosen by number or by truth."""
        columns = {name: getattr(self, name)[chosen] for name in _COLUMNS}
        return RecordedChain(self.name, self.counted_in, **columns)

    def joined_with(self, other: "RecordedChain") -> "RecordedChain":
        """Return the rows of both, this one's first."""
        columns = {name: np.concatenate((getattr(self, name), getattr(other, name))) for name in _COLUMNS}
        return RecordedChain(self.name, self.counted_in, **columns)

    def units(self, counts: Floats, lot_size: int) -> Counts:
        """Return whole units, 0 where unknown.

        After a lot change the website shows old positions as fractions of the new contract (3.7 % of rows
        in August 2025); times the lot they are whole again.
        """
        exact = np.nan_to_num(counts) * (lot_size if self.counted_in == "contracts" else 1)
        whole = np.rint(exact)
        wrong = np.flatnonzero(np.abs(exact - whole) > _WHOLE)
        if len(wrong):
            row = int(wrong[0])
            contract = f"{self.name} {self.expiry[row]} {self.strike[row]:g}"
            raise ValueError(
                f"{contract} holds {float(counts[row]):g}, no whole number of units at lot {lot_size}"
            )
        return np.asarray(whole.astype(np.int64))


_COLUMNS: Final = tuple(
    each.name for each in fields(RecordedChain) if each.name not in {"name", "counted_in"}
)


@dataclass(frozen=True, slots=True)
class ContractRows:
    """Where each contract's rows lie after sorting by contract, then by time of collection."""

    chain: RecordedChain  # sorted
    keys: list[tuple[date, float, int]]  # expiry, strike, 0 for the call and 1 for the put
    begins: Counts
    ends: Counts
    oi: Counts = field(repr=False)
    volume: Counts = field(repr=False)

    def newest(self, contract: int, at: np.datetime64) -> int | None:
        """Return the row of the newest snapshot collected by `at`, None before the first."""
        rows = slice(self.begins[contract], self.ends[contract])
        count = int(np.searchsorted(self.chain.collected_at[rows], at, side="right"))
        return int(self.begins[contract]) + count - 1 if count else None


def by_contract(chain: RecordedChain, lot_size: int) -> ContractRows:
    side = (~chain.is_call).astype(np.int64)
    order = np.lexsort((chain.collected_at, side, chain.strike, chain.expiry))
    ordered, side = chain.where(order), side[order]
    is_new = np.ones(len(ordered), dtype=np.bool_)
    is_new[1:] = (
        (ordered.expiry[1:] != ordered.expiry[:-1])
        | (ordered.strike[1:] != ordered.strike[:-1])
        | (side[1:] != side[:-1])
    )
    begins = np.flatnonzero(is_new)
    ends = np.append(begins[1:], len(ordered))
    days = [day.item() for day in ordered.expiry[begins].astype("datetime64[D]")]
    keys = list(zip(days, ordered.strike[begins].tolist(), side[begins].tolist(), strict=True))
    oi, volume = ordered.units(ordered.oi, lot_size), ordered.units(ordered.volume, lot_size)
    return ContractRows(ordered, keys, begins, ends, oi, volume)


def wall_moment(at: datetime) -> np.datetime64:
    """Return an aware moment in IST as numpy writes it."""
    return np.datetime64(at.astimezone(IST).replace(tzinfo=None), "us")


def moment_of(wall: np.datetime64) -> datetime:
    """Return the aware moment of an IST wall time."""
    moment: datetime = wall.astype("datetime64[us]").item()
    return moment.replace(tzinfo=IST)
