"""The instrument master: downloaded, checked, and kept for the day it is not to be had."""

import asyncio
import os
import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, partial
from math import nan
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import requests
import structlog
from prometheus_client import Counter, Gauge
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from oi_common.broker.contracts import Instruments
from oi_common.broker.master import MasterRules, parsed
from oi_common.broker.settings import BrokerSettings
from oi_common.clock import Clock
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST

LOADS = Counter(
    "oi_broker_master_loads", "Loads of the instrument master by what served (fresh, kept)", ["outcome"]
)
AGE = Gauge(
    "oi_broker_master_age_seconds", "Time since the instrument master in use was downloaded, NaN without one"
)
AGE.set(nan)

_TIMEOUT: Final = (10.0, 60.0)
_WHOLE_WITHIN: Final = timedelta(minutes=3)
_CHUNK: Final = 1 << 18
_KEPT_AS: Final = "instruments.json"


async def load_instruments(
    settings: BrokerSettings, clock: Clock, rules: MasterRules | None = None
) -> Instruments:
    """Return today's instruments, or the last good ones when today's cannot be had or believed.

    Raises Unavailable when there are neither, Misconfigured when an index of INDICES has no options in them.
    """
    instruments = await asyncio.to_thread(_load, settings, clock.now(), rules or MasterRules())
    AGE.set_function(partial(_age, clock, instruments.downloaded_at or clock.now()))
    return instruments


def _age(clock: Clock, downloaded_at: datetime) -> float:
    return (clock.now() - downloaded_at).total_seconds()


def _load(settings: BrokerSettings, now: datetime, rules: MasterRules) -> Instruments:
    kept = settings.data_dir / _KEPT_AS
    try:
        body = _downloaded(settings.angel_master_url)
        instruments = parsed(body, settings.indices, rules, now, needs_options=settings.has_chains)
    except (Unavailable, Misconfigured) as e:
        return _last_good(kept, settings, rules, e, now)
    _keep(body, kept, now)
    LOADS.labels("fresh").inc()
    structlog.get_logger().info("master.loaded", size=len(body), instruments=len(instruments))
    return instruments


def _last_good(
    kept: Path, settings: BrokerSettings, rules: MasterRules, refused: Exception, now: datetime
) -> Instruments:
    """Return the kept copy's instruments. Raises what was wrong with today's, and with this one."""
    try:
        downloaded_at = datetime.fromtimestamp(kept.stat().st_mtime, IST)
        instruments = parsed(
            kept.read_bytes(), settings.indices, rules, downloaded_at, needs_options=settings.has_chains
        )
    except OSError:
        raise type(refused)(f"{refused}; and there is no earlier copy in {kept}") from refused
    except (Unavailable, Misconfigured) as e:
        raise type(e)(f"{refused}; and the earlier copy in {kept} is of no use: {e}") from refused
    LOADS.labels("kept").inc()
    hours = round((now - downloaded_at) / timedelta(hours=1), 1)
    structlog.get_logger().warning("master.kept_used", error=str(refused), age_hours=hours)
    return instruments


@cache
def _session() -> requests.Session:
    """One connection for as long as the server keeps it; one that it has closed meanwhile is made anew, once."""
    session = requests.Session()
    again = Retry(total=1, status=0, redirect=3, backoff_factor=0, respect_retry_after_header=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=again))
    return session


def _downloaded(url: str) -> bytearray:
    """Return the whole file. It is put together in place: a list of its pieces would take the room twice."""
    ends = time.monotonic() + _WHOLE_WITHIN.total_seconds()
    body = bytearray()
    try:
        with _session().get(url, timeout=_TIMEOUT, headers={"Accept-Encoding": "gzip"}, stream=True) as reply:
            reply.raise_for_status()
            for chunk in reply.iter_content(_CHUNK):
                body += chunk
                if time.monotonic() > ends:
                    raise Unavailable(f"instrument master: is not here after {_WHOLE_WITHIN}")
    except requests.RequestException as e:
        raise Unavailable(f"instrument master: cannot be downloaded ({type(e).__name__}: {e})") from e
    return body


def _keep(body: bytes | bytearray, path: Path, now: datetime) -> None:
    """Replace the kept copy in one step, stamped with the day it is of. A full disk costs tomorrow's fallback only."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.utime(temporary, (now.timestamp(), now.timestamp()))
        temporary.replace(path)
    except OSError as e:
        structlog.get_logger().warning("master.not_kept", error=str(e))
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
