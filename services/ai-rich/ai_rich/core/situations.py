"""What is known at the moment of a trigger: the chain's picture, the newest ticks, the open position."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf, isfinite
from typing import Final

from ai_rich.core.picture import Picture
from oi_common.advice.hours import in_its_hours
from oi_common.advice.situation import Leg, Position, Situation, number
from oi_common.market.chain import Contract, Side

NEAR: Final = 8  # strikes on each side of the money whose books are told
SIDES: Final[tuple[Side, Side]] = ("CE", "PE")


@dataclass(frozen=True, slots=True)
class Quote:
    """What the newest tick of a contract, or of the index, says."""

    at: datetime
    ltp: float | None = None
    bid: float | None = None
    ask: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked up for one decision: the newest ticks and the open position."""

    spot: Quote | None = None
    quotes: Mapping[Contract, Quote] = field(default_factory=dict)
    position: Position | None = None


def situation(index_name: str, at: datetime, picture: Picture, seen: Seen) -> Situation:
    """Return the situation at a moment. Ages count up to it, so the same event sees the same."""
    spot = seen.spot.ltp if seen.spot else picture.spot
    spot_at = seen.spot.at if seen.spot else picture.measured_at
    bare = Situation(
        index_name=index_name,
        at=at,
        expiry=picture.expiry,
        spot=spot,
        spot_age=_age(at, spot_at),
        legs=tuple(_legs(at, picture, seen, spot)),
        strikes=picture.strikes,
        pcr_live=_pcr(picture),
        measures=picture.measures,
        snapshot_age=_age(at, picture.measured_at),
        position=seen.position,
    )
    return in_its_hours(bare)


def near(picture: Picture, spot: float | None) -> list[int]:
    """Return the strikes around the money, the nearest first; without spot those in the middle."""
    strikes = picture.strikes
    middle = spot if spot is not None else strikes[len(strikes) // 2] if strikes else 0
    return sorted(strikes, key=lambda strike: (abs(strike - middle), strike))[: 2 * NEAR + 1]


def _legs(at: datetime, picture: Picture, seen: Seen, spot: float | None) -> Iterator[Leg]:
    wanted = {Contract(strike, side) for strike in near(picture, spot) for side in SIDES}
    if seen.position is not None:
        wanted.add(seen.position.contract)
    for contract in sorted(wanted, key=lambda each: (each.strike, each.side)):
        yield _leg(at, contract, picture, seen.quotes.get(contract))


def _leg(at: datetime, contract: Contract, picture: Picture, tick: Quote | None) -> Leg:
    """Return a contract as its tick tells it; without one, or with one that is older, as the snapshot does."""
    row, side = picture.rows.get(contract.strike, {}), contract.side.lower()
    told = _of_row(row, side, picture.rows_at)
    quote = tick if tick is not None and (told is None or tick.at >= told.at) else told
    oi = picture.oi(contract)
    return Leg(
        contract,
        bid=quote.bid if quote else None,
        ask=quote.ask if quote else None,
        ltp=quote.ltp if quote else None,
        age=_age(at, quote.at if quote else None),
        oi=None if oi is None else int(oi),
        iv=number(row.get(f"{side}_iv")),
        delta=number(row.get(f"{side}_delta")),
    )


def _of_row(row: Mapping[str, object], side: str, at: datetime | None) -> Quote | None:
    if at is None or not row:
        return None
    ltp, bid, ask = (number(row.get(f"{side}_{name}")) for name in ("ltp", "bid", "ask"))
    return Quote(at, ltp, bid, ask)


def _pcr(picture: Picture) -> float | None:
    """Return put by call OI as it stands; None unless every contract that has a row is known."""
    total = dict.fromkeys(SIDES, 0.0)
    for strike in picture.strikes:
        for side in SIDES:
            oi = picture.oi(Contract(strike, side))
            total[side] += inf if oi is None and f"{side.lower()}_ltp" in picture.rows[strike] else oi or 0.0
    calls, puts = total["CE"], total["PE"]
    return puts / calls if calls > 0 and isfinite(calls) and isfinite(puts) else None


def _age(at: datetime, then: datetime | None) -> float | None:
    return None if then is None else max(at - then, timedelta(0)).total_seconds()
