"""Offers as ticks tell them, and the last few of every contract: a decision is known a moment after it was made."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from paper_trader.core.opinions import exact
from paper_trader.core.positions import contract_key
from paper_trader.core.watching import Offer

_KEPT: Final = 240  # of each contract: some minutes


class Told(NamedTuple):
    """What a tick says: of which contract, None for the index and for futures."""

    at: datetime
    contract: str | None
    offer: Offer


def told(fields: Mapping[str, str], good_for: timedelta) -> Told | None:
    """Read a tick; None for one that makes no sense. Written for the many: it looks at what is needed only."""
    try:
        at = datetime.fromisoformat(fields["exchange_time"])
    except (KeyError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    contract = None
    if "strike" in fields:
        contract = contract_key(fields.get("expiry", ""), fields["strike"], fields.get("option_type", ""))
    return Told(at, contract, offer(at, fields.get("bid"), fields.get("ask"), good_for))


def offer(at: datetime, bid: object, ask: object, good_for: timedelta) -> Offer:
    """Return an offer; where bid and ask are crossed neither is to be believed."""
    buys, sells = _above_zero(bid), _above_zero(ask)
    if buys is not None and sells is not None and buys > sells:
        return Offer(at, None, None, good_for)
    return Offer(at, buys, sells, good_for)


class LatestOffers:
    """The last offers of every contract."""

    def __init__(self) -> None:
        self._offers: dict[str, deque[Offer]] = {}

    def clear(self) -> None:
        self._offers.clear()

    def keep(self, contract: str, made: Offer) -> None:
        self._offers.setdefault(contract, deque(maxlen=_KEPT)).append(made)

    def of(self, contract: str) -> Sequence[Offer]:
        """Return a contract's offers in the order of their times."""
        return sorted(self._offers.get(contract, ()), key=lambda each: each.at)


def at_moment(offers: Sequence[Offer], moment: datetime) -> Offer | None:
    """Return the last offer that was made by a moment, None when it had grown too old."""
    before = [each for each in offers if each.at <= moment]
    return before[-1] if before and before[-1].holds_at(moment) else None


def _above_zero(price: object) -> Decimal | None:
    found = exact(price)
    return found if found is not None and found > 0 else None
