"""The instrument master: downloaded, checked, kept for the day it is not to be had, and read without waste."""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import msgspec
import requests
import structlog

from oi_common.broker.contracts import FUTURE_KINDS, INDEX_KIND, OPTION_KINDS, Instrument, Instruments
from oi_common.broker.settings import BrokerSettings
from oi_common.clock import Clock
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST
from oi_common.market.underlyings import INDICES

_TIMEOUT: Final = (10.0, 60.0)
_KEPT_AS: Final = "instruments.json"
_SPOT_EXCHANGES: Final = {"NSE", "BSE"}
_HUNDREDTHS: Final = 100  # strikes and ticks are rupees times 100
_KINDS: Final = OPTION_KINDS | FUTURE_KINDS | {INDEX_KIND}
_MAY_BE_OURS: Final = re.compile(b"|".join(f'"{kind}"'.encode() for kind in sorted(_KINDS)))


@dataclass(frozen=True, slots=True)
class MasterRules:
    """What a master must be to be believed. It has been served as `null`, truncated and not at all."""

    least_rows: int = 100_000


class _Row(msgspec.Struct, gc=False):
    token: str
    symbol: str
    name: str
    expiry: str
    strike: str
    lotsize: str
    instrumenttype: str
    exch_seg: str
    tick_size: str


async def load_instruments(
    settings: BrokerSettings, clock: Clock, rules: MasterRules | None = None
) -> Instruments:
    """Return today's instruments, or the last good ones when today's cannot be had or believed.

    Raises Unavailable when there are neither, Misconfigured when an index of INDICES has no options in them.
    """
    return await asyncio.to_thread(_load, settings, clock.now(), rules or MasterRules())


def _load(settings: BrokerSettings, now: datetime, rules: MasterRules) -> Instruments:
    log = structlog.get_logger()
    kept = settings.data_dir / _KEPT_AS
    try:
        body = _downloaded(settings.angel_master_url)
        instruments = parsed(body, settings.indices, rules)
    except (Unavailable, Misconfigured) as e:
        if not kept.exists():
            raise type(e)(f"{e}; and there is no earlier copy in {kept}") from e
        age = now - datetime.fromtimestamp(kept.stat().st_mtime, IST)
        log.warning("master.kept_used", error=str(e), age_hours=round(age / timedelta(hours=1), 1))
        return parsed(kept.read_bytes(), settings.indices, rules)
    _keep(body, kept, now)
    log.info("master.loaded", size=len(body), instruments=len(instruments.by_token))
    return instruments


def parsed(body: bytes, indices: tuple[str, ...], rules: MasterRules) -> Instruments:
    """Return what we need of a master. Raises Unavailable for one that cannot be believed."""
    try:
        raw_rows = msgspec.json.decode(body, type=list[msgspec.Raw])
        rows = [msgspec.json.decode(raw, type=_Row) for raw in raw_rows if _MAY_BE_OURS.search(raw)]
    except msgspec.MsgspecError as e:
        raise Unavailable(f"instrument master: is no list of instruments ({e})") from e
    if len(raw_rows) < rules.least_rows:
        raise Unavailable(
            f"instrument master: has {len(raw_rows)} rows, at least {rules.least_rows} were expected"
        )
    instruments = list(_wanted(rows, indices))
    _check(instruments, indices)
    return Instruments(instruments)


def _check(instruments: list[Instrument], indices: tuple[str, ...]) -> None:
    if not any(row.kind == INDEX_KIND for row in instruments):
        raise Unavailable(f"instrument master: has no {INDEX_KIND} row")
    with_options = {row.name for row in instruments if row.kind in OPTION_KINDS}
    if not with_options:
        raise Unavailable("instrument master: has no index option")
    if missing := set(indices) - with_options:
        raise Misconfigured(f"INDICES: the instrument master has no options of {', '.join(sorted(missing))}")


def _wanted(rows: list[_Row], indices: tuple[str, ...]) -> Iterator[Instrument]:
    homes = {name: INDICES[name].segment for name in indices}
    for row in rows:
        is_index = row.instrumenttype == INDEX_KIND and row.exch_seg in _SPOT_EXCHANGES
        if is_index or (row.instrumenttype in _KINDS and homes.get(row.name) == row.exch_seg):
            instrument = _instrument(row)
            if instrument is not None:
                yield instrument


def _instrument(row: _Row) -> Instrument | None:
    """Return the instrument of a row, None for one that is not a contract we can name."""
    is_option = row.instrumenttype in OPTION_KINDS
    side = row.symbol[-2:]
    try:
        strike = float(row.strike) / _HUNDREDTHS if is_option else 0.0
        expiry = _day(row.expiry) if row.expiry else None
        lot_size, tick_size = int(row.lotsize), float(row.tick_size) / _HUNDREDTHS
    except ValueError:
        return None
    is_contract = expiry is not None and side in {"CE", "PE"} and strike > 0 and strike.is_integer()
    if is_option and not is_contract:
        return None
    return Instrument(
        exchange=row.exch_seg,
        token=row.token,
        symbol=row.symbol,
        name=row.name,
        kind=row.instrumenttype,
        lot_size=lot_size,
        tick_size=tick_size,
        expiry=expiry,
        strike=int(strike) if is_option else None,
        side=("CE" if side == "CE" else "PE") if is_option else None,
    )


def _day(text: str) -> date:
    return datetime.strptime(text.title(), "%d%b%Y").replace(tzinfo=IST).date()


def _downloaded(url: str) -> bytes:
    try:
        with requests.Session() as session:
            reply = session.get(url, timeout=_TIMEOUT, headers={"Accept-Encoding": "gzip"})
            reply.raise_for_status()
            return reply.content
    except requests.RequestException as e:
        raise Unavailable(f"instrument master: cannot be downloaded ({type(e).__name__}: {e})") from e


def _keep(body: bytes, path: Path, now: datetime) -> None:
    """Replace the kept copy in one step, stamped with the day it is of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
        temporary.write(body)
        temporary.flush()
        os.fsync(temporary.fileno())
    os.utime(temporary.name, (now.timestamp(), now.timestamp()))
    Path(temporary.name).replace(path)
