"""Which tokens are followed in which mode, and on which socket."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ingest_ws.core.frames import Subscription
from ingest_ws.core.packets import QUOTE, SNAP_QUOTE
from ingest_ws.core.ticks import Instrument
from oi_common.market.chain import at_the_money

# Angel One, WebSocket Streaming 2.0: three sockets a client code, 1000 subscriptions (token x mode) each.
MOST_SOCKETS = 3
MOST_SUBSCRIPTIONS = 1000


class TooManySubscriptionsError(ValueError):
    """What is to be followed exceeds what the broker allows; the message says by how much."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of a chain is followed: strikes on either side of the money, and how far they may then drift off."""

    around: int
    slack: int = 5
    expiries: int = 2

    @property
    def most(self) -> int:
        """The most subscriptions one underlying can need: spot, future, both sides of every strike."""
        return 2 + self.expiries * 2 * (2 * (self.around + self.slack) + 1)


@dataclass(frozen=True, slots=True)
class Family:
    """One underlying with all that ticks about it. `spot` is what the money is measured by: index, or future."""

    name: str
    spot: Instrument
    future: Instrument | None = None
    options: tuple[Instrument, ...] = ()

    def instruments(self) -> Iterable[Instrument]:
        yield self.spot
        if self.future is not None and self.future != self.spot:
            yield self.future
        yield from self.options


def wanted(
    family: Family, spot: float | None, reach: Reach, held: Collection[Subscription]
) -> frozenset[Subscription]:
    """Return what to follow with the spot there; without a spot there is no money to follow a chain around.

    What is held stays until it is `slack` strikes further off than what is taken up, so that a spot that
    swings about one level moves nothing.
    """
    followed = {subscription(family.spot)}
    if family.future is not None:
        followed.add(subscription(family.future))
    if spot is not None:
        for _, chain in groupby(sorted(family.options, key=_expiry), key=_expiry):
            followed |= _around(list(chain), spot, reach, held)
    return frozenset(followed)


def _around(
    chain: list[Instrument], spot: float, reach: Reach, held: Collection[Subscription]
) -> set[Subscription]:
    strikes = sorted({option.strike for option in chain if option.strike is not None})
    near = _window(strikes, spot, reach.around)
    far = _window(strikes, spot, reach.around + reach.slack)
    return {
        each
        for option in chain
        if option.strike in far and ((each := subscription(option)) in held or option.strike in near)
    }


def _window(strikes: Sequence[int], spot: float, around: int) -> frozenset[int]:
    money = at_the_money(strikes, spot)
    if money is None:
        return frozenset()
    at = strikes.index(money)
    return frozenset(strikes[max(0, at - around) : at + around + 1])


def subscription(instrument: Instrument) -> Subscription:
    """An index is followed as QUOTE (it has no book and no OI), everything else as SNAP_QUOTE."""
    return Subscription(SNAP_QUOTE if instrument.trades else QUOTE, *instrument.key)


def shared_out(
    needs: Iterable[tuple[str, int]], *, sockets: int = MOST_SOCKETS, each: int = MOST_SUBSCRIPTIONS
) -> tuple[tuple[str, ...], ...]:
    """Return the underlyings of each socket: as few sockets as will do, and an underlying never on two.

    Raises TooManySubscriptionsError.
    """
    slots: list[list[str]] = []
    free: list[int] = []
    for name, need in needs:
        slot = next((number for number, room in enumerate(free) if need <= room), len(slots))
        if need > each or slot == sockets:
            raise TooManySubscriptionsError(
                f"{name} needs up to {need} subscriptions, and {sockets} sockets of {each} have no room for it: "
                "follow fewer strikes, expiries or indices"
            )
        if slot == len(slots):
            slots.append([])
            free.append(each)
        slots[slot].append(name)
        free[slot] -= need
    return tuple(tuple(names) for names in slots)


def _expiry(option: Instrument) -> date:
    return option.expiry or date.max
