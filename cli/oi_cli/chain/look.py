"""One look at a chain: the snapshot from the database, the present from the streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from oi_cli.chain.choice import Choice
from oi_cli.chain.reading import chains_of_last_day, nearest, read_chain
from oi_cli.chain.view import ChainView
from oi_cli.quality.ledger import Chain
from oi_cli.reading import reading
from oi_cli.streams import PolledHeader, Streams
from oi_common.clock import WallClock
from oi_common.errors import Unavailable
from oi_common.market.underlyings import INDIA_VIX


@dataclass(frozen=True, slots=True)
class Present:
    """What the streams say; nothing where Redis is away."""

    poll: PolledHeader | None = None
    now: datetime | None = None
    vix: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    view: ChainView
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at the database and the streams."""

    engine: Engine
    streams: Streams

    def look(self, choice: Choice) -> Look:
        """Read the chain as it is now. Raises Unavailable while there is nothing to show."""
        name, expiry = choice.index_name, choice.expiry
        with reading(self.engine) as connection:
            chains = chains_of_last_day(connection, [name])
            chain = nearest(chains, name, expiry)
            if chain is None:
                raise Unavailable(nothing_yet(name, expiry, [each.expiry for each in chains]))
            at = present(self.streams, name, chain.expiry)
            view = read_chain(connection, chain, poll=at.poll, now=at.now, vix=at.vix)
        if view is None:
            raise Unavailable(nothing_yet(name, expiry, []))
        return Look(view, chains)

    def close(self) -> None:
        self.streams.close()
        self.engine.dispose()


def present(streams: Streams, index_name: str, expiry: date) -> Present:
    """Return the latest poll, the present moment and VIX; without Redis the snapshot alone is shown."""
    wall = WallClock().now()
    try:
        exchange = streams.exchange_time(wall.timestamp())
        now = exchange.now if exchange else wall
        vix = streams.last_price(INDIA_VIX.name, now.date())
        return Present(streams.last_poll(index_name, expiry), now, vix)
    except Unavailable:
        return Present()


def nothing_yet(index_name: str, expiry: date | None, known: Sequence[date]) -> str:
    if expiry is not None and known:
        listed = ", ".join(day.isoformat() for day in known)
        return f"there is no snapshot of {index_name} {expiry} yet; there are those of {listed}"
    return (
        f"there is no snapshot of {index_name} yet: is the bucketer running, and is it market hours? "
        "`oi demo` shows one at any hour"
    )
