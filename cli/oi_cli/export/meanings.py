"""What columns mean and count in, where the tables' own comments do not say it."""

from typing import Any, Final

from sqlalchemy import Boolean, Column, Float, Integer, Numeric

_SIDES: Final = {"ce_": "calls", "pe_": "puts"}

_MEANINGS: Final = {
    "ask": "best offer",
    "atm_iv": "implied volatility at the money",
    "atm_strike": "strike nearest spot",
    "bid": "best bid",
    "brokerage": "unrounded",
    "buckets": "how many buckets are missing",
    "buildup": "what premium and OI did together, against the previous snapshot of the day",
    "call_id": "derived from the decision and the attempt",
    "cash": "of the paper account, open positions not counted",
    "changed_ratio": "contracts that changed, of those with a known OI",
    "chat_id": "as Telegram numbers it",
    "close": "last price of the bucket",
    "confidence": "0 to 100",
    "cost_inr": "of all model calls made for it",
    "days_to_expiry": "calendar days",
    "delta": "of the contract",
    "direction": "the chain's reading in one word",
    "entry": "price to enter at",
    "entry_charges": "of the entering fill",
    "entry_price": "paid for one unit",
    "event_id": "derived from what the event is about, so that a replay repeats it",
    "exchange": "as the broker calls it",
    "exchange_fee": "unrounded",
    "exit_price": "got for one unit",
    "exit_reason": "decision, stop, target, close, ...",
    "expiry": "day on which the contracts end",
    "fingerprint": "of the situation decided upon",
    "forward": "from put-call parity",
    "gamma": "of the contract, per index point",
    "gex_flip": "spot at which net_gex, computed there, is 0",
    "gst": "unrounded",
    "high": "highest price of the bucket",
    "hits": "occurrences that came true",
    "implied_move": "straddle by spot",
    "index_close": "last index price of the bucket",
    "index_high": "highest index price of the bucket",
    "index_low": "lowest index price of the bucket",
    "index_name": "the underlying: index, share or commodity",
    "index_open": "first index price of the bucket",
    "index_volume": "of the bucket",
    "instance": "the replica's own name",
    "last_ask": "newest known",
    "last_bid": "newest known",
    "last_ltp": "newest known last traded price",
    "lot_size": "units of a lot",
    "lots": "bought",
    "low": "lowest price of the bucket",
    "ltp": "last traded price",
    "ltp_change": "against the chain's previous snapshot of the day",
    "ltp_percent_change": "against the chain's previous snapshot of the day",
    "max_pain": "strike at which the buyers of options get least",
    "model": "as its provider names it",
    "muted_rules": "rules that the chat does not want to hear of",
    "net_gex": "gamma exposure, calls less puts",
    "oi": "open interest",
    "oi_added": "today, each contract counted from when it was first seen",
    "oi_change": "against the chain's previous snapshot of the day",
    "oi_percent_change": "against the chain's previous snapshot of the day",
    "open": "first price of the bucket",
    "option_type": "CE or PE",
    "partition_name": "the underlying",
    "pcr_oi": "OI of puts by OI of calls",
    "pcr_oi_change": "OI change of puts by OI change of calls",
    "pcr_volume": "volume of puts by volume of calls",
    "pid": "of the process",
    "pnl_gross": "profit or loss before charges",
    "pnl_net": "profit or loss after charges",
    "price": "of one unit",
    "reason": "in words",
    "regulator_fee": "unrounded",
    "resistance": "strikes with the calls' walls",
    "rule": "its name",
    "segment": "NFO, BFO or MCX",
    "service": "its name",
    "signal_reasons": "what the signal rests on",
    "skew_25d": "IV of the 25-delta put less that of the call",
    "source": "live or backfill",
    "spot": "price of the underlying",
    "stamp": "stamp duty, unrounded",
    "status": "what the service waits for",
    "stop_loss": "price to give up at",
    "straddle": "call and put at the money, premiums added",
    "strike": "of the contract",
    "support": "strikes with the puts' walls",
    "symbol": "as the broker writes it",
    "target": "price to take the profit at",
    "title": "of the message",
    "token": "of the replica that may write the partition",
    "tokens_in": "read by the models",
    "tokens_out": "written by the models",
    "trade_id": "of the decision that entered",
    "verdict": "the strike's reading in words",
    "verdict_score": "-1 (bearish) to 1 (bullish)",
    "volume": "traded",
}

_UNITS: Final = {
    "atm_iv": "percent",
    "attempt": "count",
    "brokerage": "rupees",
    "buckets": "buckets",
    "changed_ratio": "ratio 0 to 1",
    "chat_id": "id",
    "confidence": "percent",
    "days_to_expiry": "days",
    "delta": "rupees per rupee of the underlying",
    "exchange_fee": "rupees",
    "gamma": "delta per rupee of the underlying",
    "gex": "crore rupees per 1 % of spot",
    "gst": "rupees",
    "implied_move": "percent of spot",
    "index_volume": "units",
    "iv": "percent",
    "latency_ms": "milliseconds",
    "lots": "lots",
    "max_pain": "rupees",
    "message_id": "id",
    "moved": "percent of spot",
    "net_gex": "crore rupees per 1 % of spot",
    "number": "count",
    "oi": "units",
    "oi_percent_change": "percent",
    "ltp_percent_change": "percent",
    "part": "count",
    "pid": "id",
    "polls": "polls",
    "polls_expected": "polls",
    "positions": "positions",
    "quantity": "units",
    "lot_size": "units",
    "regulator_fee": "rupees",
    "rows_kept": "rows",
    "skew_25d": "IV points",
    "stamp": "rupees",
    "status": "HTTP status",
    "tax": "rupees",
    "theta": "rupees per day",
    "tick_size": "rupees",
    "token": "id",
    "tokens_in": "tokens",
    "tokens_out": "tokens",
    "vega": "rupees per IV point",
    "verdict_score": "score -1 to 1",
    "volume": "units",
}  # fmt: skip
_UNITS_BY_ENDING: Final = {
    "_oi": "units", "oi_change": "units", "oi_day_change": "units", "oi_added": "units", "strike": "rupees",
    "cost_inr": "rupees", "_bar": "ratio", "changed": "count", "total": "count", "judged": "count", "hits": "count",
}  # fmt: skip
_RUPEES_AND_PAISE = 2


def meaning_of(column: Column[Any]) -> str:
    """Return what a column means, in a few words."""
    bare, of_side = _bare(column.name)
    said = column.comment or _MEANINGS.get(bare, "")
    return f"{of_side}: {said}" if of_side else said


def unit_of(column: Column[Any]) -> str | None:
    """Return what a number counts in; None for what is no number."""
    if isinstance(column.type, Boolean) or not isinstance(column.type, Integer | Numeric | Float):
        return None
    bare, _ = _bare(column.name)
    if bare in _UNITS:
        return _UNITS[bare]
    if bare.startswith("pcr_"):
        return "ratio"
    for ending, unit in _UNITS_BY_ENDING.items():
        if bare.endswith(ending):
            return unit
    is_money = getattr(column.type, "scale", None) == _RUPEES_AND_PAISE
    return "rupees" if is_money else None


def _bare(name: str) -> tuple[str, str]:
    """Return the name without its side, and whose the column is."""
    for prefix, side in _SIDES.items():
        if name.startswith(prefix):
            return name.removeprefix(prefix), side
    return name, ""
