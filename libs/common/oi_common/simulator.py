"""The simulated exchange of the demo: what it tells its services to use, and waiting for one that is away."""

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit
from urllib.request import urlopen

import structlog

from oi_common.connections import connect_redis, redis_away_is_unavailable
from oi_common.errors import Unavailable
from oi_common.health import Health
from oi_common.origin import SIMULATED, origin_of
from oi_common.waiting import wait

_ANSWERS_WITHIN: Final = 20.0  # seconds
_ASKED_AGAIN: Final = timedelta(seconds=1)
_ASKED_AGAIN_AT_LEAST: Final = timedelta(seconds=15)


def told_by_simulator(url: str) -> Mapping[str, str] | None:
    """Return what the exchange wants its clients to use, None when its name is not on the network.

    Raises Unavailable when the name is there and nobody answers.
    """
    if not _resolves(urlsplit(url).hostname or ""):
        return None
    try:
        with urlopen(f"{url}/simulator/env", timeout=_ANSWERS_WITHIN) as reply:  # noqa: S310 own setting
            return dict(json.load(reply))
    except (OSError, HTTPException, ValueError) as e:
        raise Unavailable(f"SIMULATOR_URL: {url} does not answer ({e})") from e


async def until_simulator_tells(
    url: str, redis_url: str, stop: asyncio.Event, health: Health
) -> Mapping[str, str]:
    """Return what the simulator tells; nothing without one, in the live system or at a stop.

    A container that is down takes its name off the network. Then a Redis with simulated data says that this is
    the demo, and that its exchange will come back.
    """
    patience = _ASKED_AGAIN
    while url and not stop.is_set():
        try:
            return await _told(url, redis_url)
        except Unavailable as e:
            health.waiting_for(f"simulator: {e}")
            again = patience.total_seconds()
            structlog.get_logger().warning(
                "service.waiting", what="simulator", error=str(e), asked_again_in=again
            )
            await wait(stop, patience)
            patience = min(2 * patience, _ASKED_AGAIN_AT_LEAST)
    return {}


async def _told(url: str, redis_url: str) -> Mapping[str, str]:
    told = await asyncio.to_thread(told_by_simulator, url)
    if told is not None:
        return told
    if await _holds_simulated_data(redis_url):
        raise Unavailable(
            f"SIMULATOR_URL: {url} is not on the network, but this Redis holds simulated data; start the simulator, "
            "or use another Redis for the market itself (with compose, another project name: docker compose -p ...)"
        )
    return {}


async def _holds_simulated_data(redis_url: str) -> bool:
    redis = connect_redis(redis_url)
    try:
        with redis_away_is_unavailable():
            return await origin_of(redis) == SIMULATED
    finally:
        await redis.aclose()


def _resolves(host: str) -> bool:
    with suppress(socket.gaierror):
        return bool(socket.getaddrinfo(host, None))
    return False
