"""Ticks, snapshots and positions for the one-second loop."""

from datetime import date, datetime, timedelta
from typing import Any

from ai_minimal.core.chains import Chains
from ai_minimal.core.held import Held
from ai_minimal.core.market import TickCache, listed_option
from ai_minimal.core.situations import Seen
from ai_minimal.core.ticks import INDEX, Tick
from oi_common.advice.situation import Situation
from oi_common.events import SnapshotSaved, TickReceived
from oi_common.market.buckets import IST, floor_to_3min
from oi_common.market.chain import Contract, Side
from oi_common.market.sessions import TradingSession, session_on
from oi_common.wire import encode

DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 24)
AT = datetime(2026, 11, 18, 11, 0, 15, tzinfo=IST)
STRIKES = (24400, 24450, 24500, 24550, 24600)
TICKS, SNAPSHOTS = "oi:ticks:{NIFTY}", "oi:snapshots:{NIFTY}"
TRADES, DECISIONS = "oi:trades:{NIFTY}", "oi:decisions:{NIFTY}"


def session() -> TradingSession:
    found = session_on("NFO", DAY)
    assert found is not None
    return found


def spot(ltp: float = 24512.0, ago: float = 0.0, *, at: datetime = AT) -> Tick:
    return Tick(INDEX, at - timedelta(seconds=ago), ltp)


def option(strike: int = 24500, side: Side = "CE", ltp: float = 101.5, ago: float = 0.0, **said: Any) -> Tick:
    """Return an option's tick with a fair book."""
    at, expiry = said.pop("at", AT) - timedelta(seconds=ago), said.pop("expiry", EXPIRY)
    book = {"bid": round(ltp - 0.15, 2), "ask": round(ltp + 0.15, 2), **said}
    return Tick(listed_option(expiry, Contract(strike, side)), at, ltp, **book)


def entry_of(tick: Tick) -> dict[str, str]:
    """Return the tick's entry as ingest-ws writes it."""
    expiry, strike, side = tick.listed
    event = {
        "segment": "NFO" if strike else "NSE", "token": f"{strike}{side}", "symbol": f"NIFTY{strike}{side}",
        "exchange_time": tick.at, "received_at": tick.at, "ltp": tick.ltp, "bid": tick.bid, "ask": tick.ask, "oi": tick.oi,
        "index_name": "NIFTY", "expiry": expiry or None, "strike": strike or None, "option_type": side or None,
    }  # fmt: skip
    return encode(TickReceived.model_validate(event))


def snapshot(at: datetime = AT - timedelta(seconds=70), **changes: Any) -> SnapshotSaved:
    """Return a snapshot whose chain is bullish; every contract has an OI of 1,000 (calls) or 1,200 (puts)."""
    rows = tuple(
        {"strike": s, "ce_oi": 1000, "pe_oi": 1200, "ce_iv": 12.5, "pe_delta": -0.4} for s in STRIKES
    )
    metrics = {
        "direction": "BULLISH", "confidence": 44.0, "pcr_oi": 1.2, "max_pain": 24450,
        "support": [{"strike": 24400, "oi": 5_200_000, "strength": 0.18}],
        "resistance": [{"strike": 24600, "oi": 6_100_000, "strength": 0.21}],
    }  # fmt: skip
    usual = {
        "index_name": "NIFTY", "expiry": EXPIRY, "time": floor_to_3min(at), "feed_time": at, "state": "saved",
        "reason": "change", "strikes": len(rows), "source": "live", "spot": 24500.0, "metrics": metrics, "rows": rows,
    }  # fmt: skip
    return SnapshotSaved.model_validate({**usual, **changes})


def held(**changes: Any) -> Held:
    bought = {
        "trade_id": "minimal:NIFTY:1", "expiry": EXPIRY, "contract": Contract(24500, "CE"), "quantity": 65,
        "entered_at": AT - timedelta(minutes=6), "entry": 100.0, "stop_loss": 85.0, "target": 130.0,
    }  # fmt: skip
    return Held(**{**bought, **changes})


def seen(*ticks: Tick, snapshots: tuple[SnapshotSaved, ...] = (), position: Held | None = None) -> Seen:
    cache, chains = TickCache(), Chains()
    for tick in sorted(ticks, key=lambda tick: tick.at):
        cache.add(tick)
    for saved in snapshots:
        chains.add(saved)
    return Seen("NIFTY", cache, chains, position)


def rising_ticks(at: datetime = AT, *, by: float = 0.8, seconds: int = 70) -> list[Tick]:
    """Return ticks of some time up to a moment: each second the index gains `by` points and the calls with it."""
    ticks = []
    for ago in range(seconds, -1, -1):
        ticks.append(spot(24512.0 - by * ago, ago, at=at))
        for strike in STRIKES:
            ticks.append(option(strike, "CE", round(101.5 - 0.1 * ago * (by > 0), 2), ago, at=at, oi=1000))
            ticks.append(option(strike, "PE", 101.5, ago, at=at, oi=1200))
    return ticks


def contracts_of(it: Situation) -> set[Contract]:
    return {leg.contract for leg in it.legs}
