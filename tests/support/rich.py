"""Events of one chain for the deep loop: a bullish NIFTY around 24,512, changed where asked."""

from datetime import date, datetime, timedelta
from typing import Any

from oi_common.events import OiChange, OiChanged, SnapshotSaved, TickReceived
from oi_common.market.buckets import IST, floor_to_3min

EXPIRY = date(2026, 11, 23)
AT = datetime(2026, 11, 18, 11, 0, 20, tzinfo=IST)
STRIKES = tuple(range(24000, 25050, 50))
MEASURES: dict[str, Any] = {
    "ce_oi": 105_000_000,
    "pe_oi": 113_700_000,
    "pcr_oi": 1.0832,
    "max_pain": 24450,
    "atm_strike": 24500,
    "atm_iv": 12.41,
    "straddle": 210.5,
    "implied_move": 0.8588,
    "direction": "BULLISH",
    "confidence": 44.0,
    "trade_signal": "BUY",
    "signal_reasons": ["Direction BULLISH (+2): ...", "PCR 1.08 (+0): ...", "Max pain (+0)", "Walls (+1)", "BUY"],
    "support": [
        {"strike": 24400, "oi": 5_200_000, "strength": 0.18, "change": 81_000, "is_fresh": True, "is_beyond": False},
        {"strike": 24300, "oi": 4_900_000, "strength": 0.17, "change": None, "is_fresh": None, "is_beyond": False},
    ],
    "resistance": [{"strike": 24600, "oi": 6_100_000, "strength": 0.21, "change": -325, "is_fresh": False}],
    "timeframes": {
        "15m": {
            "ce_oi_change": 320_000,
            "pe_oi_change": 560_000,
            "spot_change": 32.4,
            "pcr_then": 1.05,
            "pcr_now": 1.08,
            "direction": "bullish",
        },
        "3m": {"ce_oi_change": -900, "pe_oi_change": 0, "spot_change": -3.0, "direction": "neutral"},
    },
}  # fmt: skip


def row(strike: int, **changes: Any) -> dict[str, Any]:
    """Return one strike of a snapshot as its event tells it."""
    ask = max(5.0, 101.5 - (strike - 24500) / 5)
    side = {
        "oi": 500_000,
        "oi_change": 6_500,
        "ltp": ask,
        "bid": round(ask - 0.3, 2),
        "ask": ask,
        "volume": 88_000,
    }
    more = {
        "iv": 12.4,
        "delta": 0.51,
        "theta": -11.2,
        "vega": 9.3,
        "gamma": 0.0009,
        "buildup": "long_buildup",
    }
    both = {f"{name}_{key}": value for name in ("ce", "pe") for key, value in {**side, **more}.items()}
    return {"strike": strike, **both, "verdict": "Mild Bullish", "verdict_score": 0.62, **changes}


def saved(at: datetime = AT, *, expiry: date = EXPIRY, state: str = "saved", **changes: Any) -> SnapshotSaved:
    """Return a snapshot of the bucket of `at`; keywords that are no field change its measures."""
    fields = {name: changes.pop(name) for name in tuple(changes) if name in SnapshotSaved.model_fields}
    told: dict[str, Any] = {
        "index_name": "NIFTY",
        "expiry": expiry,
        "time": floor_to_3min(at),
        "feed_time": at,
        "state": state,
        "reason": "oi_changed",
        "strikes": len(STRIKES),
        "source": "live",
        "spot": 24512.35,
        "metrics": {name: value for name, value in {**MEASURES, **changes}.items() if value is not None},
        "rows": tuple(row(strike) for strike in STRIKES),
    }
    return SnapshotSaved.model_validate({**told, **fields})


def sealed(at: datetime = AT, **changes: Any) -> SnapshotSaved:
    return saved(at, state="sealed", **changes)


def changed(at: datetime = AT, ratio: float = 0.25, *, expiry: date = EXPIRY, oi: int = 506_500) -> OiChanged:
    """Return a poll that changed the call at the money, and so large a share of the chain as asked."""
    change = OiChange(strike=24500, type="CE", prev_oi=500_000, oi=oi, change=oi - 500_000, percent=1.3)
    return OiChanged(
        index_name="NIFTY",
        expiry=expiry,
        feed_time=at,
        time=floor_to_3min(at),
        changed=int(ratio * 40),
        total=40,
        changed_ratio=ratio,
        changes=(change,),
        source="live",
    )


def tick(
    at: datetime = AT, *, strike: int | None = None, side: str | None = None, ltp: float = 24512.35
) -> TickReceived:
    """Return a tick of the index, or of a contract with a fair book around `ltp`."""
    of_contract = {
        "expiry": EXPIRY,
        "strike": strike,
        "option_type": side,
        "bid": round(ltp - 0.3, 2),
        "ask": ltp,
        "index_name": "NIFTY",
    }
    told = {
        "segment": "NFO" if strike else "NSE",
        "token": f"{strike}{side}" if strike else "99926000",
        "symbol": f"NIFTY{strike}{side}" if strike else "Nifty 50",
        "exchange_time": at - timedelta(seconds=1),
        "received_at": at,
        "ltp": ltp,
    }
    return TickReceived.model_validate({**told, **(of_contract if strike else {})})


def fair_ticks(at: datetime = AT) -> tuple[TickReceived, ...]:
    """Return ticks of the index and of the two contracts at the money."""
    return (
        tick(at),
        tick(at, strike=24500, side="CE", ltp=101.5),
        tick(at, strike=24500, side="PE", ltp=98.5),
    )
