"""What the ledger must hold after a list of polls: written from the rules, slow, with nothing of the bucketer.

A poll is a dict: index_name, expiry, feed_time, polled_at (aware datetimes), quotes {(strike, side): dict}.
The result speaks the tables' language: keys are (time, index_name, expiry[, strike]), times are IST wall time.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

Poll = dict[str, Any]
Quotes = dict[tuple[int, str], dict[str, Any]]
Hours = tuple[datetime, datetime]
SessionOf = Callable[[date], Hours | None]
Rows = dict[tuple[Any, ...], dict[str, Any]]
Changes = list[tuple[Any, ...]]
Fold = tuple[Rows, Rows, Changes]

INDIA = timezone(timedelta(hours=5, minutes=30))


def bucket_of(moment: datetime) -> datetime:
    """Walk the day's buckets until the one that holds the moment."""
    wall = moment.astimezone(INDIA).replace(tzinfo=None)
    start = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    while not start <= wall < start + timedelta(minutes=3):
        start += timedelta(minutes=3)
    return start


def fold(polls: Iterable[Poll], session_of: SessionOf, rule: str) -> Fold:
    """Return (snapshots, buckets, changes) for polls in stream order.

    `session_of(day)` gives (opens, closes) as IST wall times, or None. `rule` is "and" or "or".
    snapshots: {(time, index, expiry, strike): {ce_oi, ce_oi_change, ce_oi_day_change, ce_ltp, ..., feed_time}}
    buckets:   {(time, index, expiry): {polls, changed, saved, reason}}
    changes:   [(index, expiry, feed_time, {(strike, side): (prev_oi, oi)})]
    """
    snapshots: Rows = {}
    buckets: Rows = {}
    changes: Changes = []
    chains: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for poll in polls:
        chain = (poll["index_name"], poll["expiry"])
        wall = poll["feed_time"].astimezone(INDIA).replace(tzinfo=None)
        session = session_of(wall.date())
        if session is None or not session[0] <= wall < session[1]:
            continue
        history = chains.setdefault(chain, [])
        stamp = (poll["feed_time"], poll["polled_at"])
        if history and stamp <= max(entry["stamp"] for entry in history):
            continue
        today = [entry for entry in history if entry["wall"].date() == wall.date()]
        before = last_quotes(today)
        after = {**before}
        moved = {}
        for contract, quote in poll["quotes"].items():
            old = before.get(contract, {}).get("oi")
            if quote.get("oi") is not None and quote["oi"] != old:
                moved[contract] = (old, quote["oi"])
            after[contract] = {**quote, "oi": quote["oi"] if quote.get("oi") is not None else old}
        time = bucket_of(poll["feed_time"])
        last_saved = max((entry["time"] for entry in today if entry["saved"]), default=None)
        is_new = last_saved is None or time > last_saved
        save = bool(after) and ((moved and is_new) if rule == "and" else (moved or is_new))
        if moved:
            changes.append((*chain, poll["feed_time"], moved))
        header = buckets.setdefault(
            (time, *chain), {"polls": 0, "changed": 0, "saved": False, "reason": None}
        )
        header["polls"] += 1
        header["changed"] += bool(moved)
        if save:
            base = [entry for entry in today if entry["saved"] and entry["time"] < time]
            header["saved"] = True
            header["reason"] = "baseline" if not base else "oi_changed" if moved else "new_bucket"
            write(snapshots, poll, time, after, base, eve(history, wall.date(), session_of))
        history.append({"stamp": stamp, "wall": wall, "time": time, "quotes": after, "saved": bool(save)})
    return snapshots, buckets, changes


def last_quotes(entries: Sequence[dict[str, Any]]) -> Quotes:
    return dict(entries[-1]["quotes"]) if entries else {}


def eve(
    history: Sequence[dict[str, Any]], day: date, session_of: SessionOf
) -> dict[tuple[int, str], int | None]:
    """Return the last OI of the trading day before `day`, if the chain was polled on it."""
    before = day - timedelta(days=1)
    while session_of(before) is None:
        before -= timedelta(days=1)
    entries = [entry for entry in history if entry["wall"].date() == before]
    return {contract: quote.get("oi") for contract, quote in last_quotes(entries).items()}


def write(
    snapshots: Rows,
    poll: Poll,
    time: datetime,
    quotes: Quotes,
    base: Sequence[dict[str, Any]],
    eve_oi: dict[tuple[int, str], int | None],
) -> None:
    previous = base[-1]["quotes"] if base else {}
    for strike in {strike for strike, _ in quotes}:
        row = {"feed_time": poll["feed_time"]}
        for side in ("CE", "PE"):
            quote = quotes.get((strike, side), {})
            old = previous.get((strike, side), {})
            name = side.lower()
            row[f"{name}_oi"] = quote.get("oi")
            row[f"{name}_oi_change"] = minus(quote.get("oi"), old.get("oi"))
            row[f"{name}_oi_day_change"] = minus(quote.get("oi"), eve_oi.get((strike, side)))
            row[f"{name}_ltp"] = quote.get("ltp")
            row[f"{name}_volume"] = quote.get("volume")
        snapshots[time, poll["index_name"], poll["expiry"], strike] = row


def minus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b
