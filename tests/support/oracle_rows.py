"""The arithmetic of `full_oracle`: slots, rows, ratios and Greeks, written from the rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from support.oracle import INDIA, bucket_of

Entry = dict[str, Any]
Quotes = dict[tuple[int, str], dict[str, Any]]

GREEKS = ("iv", "delta", "gamma", "theta", "vega")
SIDES = (("CE", "PE"), ("PE", "CE"))


def wall_of(at: datetime) -> datetime:
    return at.astimezone(INDIA).replace(tzinfo=None)


def stamp_of(poll: Entry) -> tuple[datetime, datetime]:
    return poll["feed_time"], poll["polled_at"]


def slots(start: datetime, end: datetime, every: timedelta) -> list[datetime]:
    """Return start, start + every, ... before end."""
    found = []
    while start < end:
        found.append(start)
        start += every
    return found


def first_slot(opens: datetime, every: timedelta) -> datetime:
    """Return the first slot, counted from midnight, that is not before `opens`."""
    slot = opens.replace(hour=0, minute=0, second=0, microsecond=0)
    while slot < opens:
        slot += every
    return slot


def change_of(contract: tuple[int, str], old: int | None, oi: int) -> dict[str, Any]:
    change = {"strike": contract[0], "type": contract[1], "oi": oi}
    if old is not None:
        change |= {"prev_oi": old, "change": oi - old}
    return change | ({"percent": round(100 * (oi - old) / old, 4)} if old else {})


def row_of(strike: int, quotes: Quotes, before: Quotes) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for side, other in SIDES:
        name, quote, old = side.lower(), quotes.get((strike, side), {}), before.get((strike, side), {})
        row |= {f"{name}_{what}": quote.get(what) for what in ("oi", "ltp", "volume", "bid", "ask")}
        for what in ("oi", "ltp"):
            row[f"{name}_{what}_change"] = minus(quote.get(what), old.get(what))
            row[f"{name}_{what}_percent_change"] = percent(quote.get(what), old.get(what))
        row[f"{name}_oi_day_change"] = None  # the day is the first that the ledger knows
        row[f"{name}_vs_{other.lower()}_oi_bar"] = ratio(
            quote.get("oi"), quotes.get((strike, other), {}).get("oi")
        )
    return row


def minus(value: float | None, before: float | None) -> float | None:
    return None if value is None or before is None else round(value - before, 2)


def percent(value: float | None, before: float | None) -> float | None:
    return None if value is None or not before else clipped(100 * (value - before) / before)


def ratio(value: int | None, other: int | None) -> float | None:
    return None if value is None or not other else clipped(value / other)


def clipped(value: float) -> float:
    return max(-999_999.9999, min(999_999.9999, value))


def pcr_of(quotes: Quotes) -> float | None:
    puts = [quote["oi"] for (_, side), quote in quotes.items() if side == "PE" and quote["oi"] is not None]
    calls = [quote["oi"] for (_, side), quote in quotes.items() if side == "CE" and quote["oi"] is not None]
    return sum(puts) / sum(calls) if puts and sum(calls) else None


def merged_greeks(entries: Iterable[Entry]) -> dict[tuple[Any, ...], Entry]:
    """Return the last word on each contract and bucket: the broker's over the model's, the newer over the older."""
    merged: dict[tuple[Any, ...], Entry] = {}
    for entry in entries:
        time = bucket_of(entry["feed_time"])
        for row in entry["rows"]:
            key = (
                time,
                entry["index_name"],
                entry["expiry"],
                row["strike"],
                row["type"],
            )
            said = {**row, "source": entry["source"], "at": entry["feed_time"]}
            old = merged.get(key)
            if old is None or (said["source"] == "broker", said["at"]) >= (
                old["source"] == "broker",
                old["at"],
            ):
                merged[key] = said
    return merged


def greeks_columns(name: str, said: Entry | None) -> dict[str, Any]:
    told = said or {}
    columns = {f"{name}_{what}": told.get(what) for what in GREEKS}
    return {**columns, f"{name}_greeks_source": told.get("source"), f"{name}_greeks_at": told.get("at")}
