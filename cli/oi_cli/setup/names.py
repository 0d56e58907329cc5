"""Is what is to be watched listed? The instrument master says so, and where it is away the rulebook's list."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from oi_common.broker.settings import BrokerSettings
from oi_common.clock import WallClock
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.underlyings import INDICES


def check_names(settings: BrokerSettings) -> str | None:
    """Return None when the master lists every name, else a note on why only the rulebook was asked.

    Raises Misconfigured for a name that is not listed, with those that are most like it.
    """
    try:
        _ask_master(settings)
    except Unavailable as e:
        _ask_rulebook(settings)
        return f"the instrument master cannot be loaded ({_briefly(e)}); only our own list of names was asked"
    except Misconfigured as e:
        raise Misconfigured(_first(e)) from e
    return None


def _ask_master(settings: BrokerSettings) -> None:
    from oi_common.broker.instruments import load_instruments  # noqa: PLC0415 - slow to import

    # In an empty folder: neither is an older copy asked, nor the services' own one replaced.
    with TemporaryDirectory() as folder:
        elsewhere = settings.model_copy(update={"data_dir": Path(folder)})
        with _silent():
            asyncio.run(load_instruments(elsewhere, WallClock()))


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what services log from a person's screen; what goes wrong is said by an error."""
    before, connections = structlog.get_config(), logging.getLogger("urllib3")
    level = connections.level
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    connections.setLevel(logging.ERROR)
    try:
        yield
    finally:
        structlog.configure(**before)
        connections.setLevel(level)


def _ask_rulebook(settings: BrokerSettings) -> None:
    if settings.feed_segment == "MCX":
        return  # the settings know the commodities
    for name in settings.indices:
        if name not in INDICES:
            near = get_close_matches(name, INDICES, n=3, cutoff=0.5) or sorted(INDICES)
            raise Misconfigured(
                f"INDICES: {name} is no index we know; the nearest names are {', '.join(near)}"
            )


def _briefly(error: Exception) -> str:
    """Return what went wrong without the connection's own long story."""
    return _first(error).partition(" (")[0]


def _first(error: Exception) -> str:
    return str(error).partition("; and there is no earlier copy")[0]
