"""Every column of the ledger after a day's live entries: written from the rules, slow, with nothing of the bucketer.

`oracle` tells the heart of it to tests that need no more; `oracle_past` adds what is told afterwards. Entries are
stream fields with their lists and moments read, and their keys are the tables' keys.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from support.oracle import INDIA, SessionOf, bucket_of
from support.oracle_rows import (
    Entry,
    Quotes,
    change_of,
    first_slot,
    greeks_columns,
    merged_greeks,
    pcr_of,
    row_of,
    slots,
    stamp_of,
    wall_of,
)
from support.oracle_tables import Chain, Tables

WIDTH = timedelta(minutes=3)
CANDLE = ("open", "high", "low", "close", "volume")


class FullOracle:
    """Folds the entries of one day; `every` is the poll schedule, `rule` is "and" or "or"."""

    def __init__(self, session_of: SessionOf, every: timedelta, *, rule: str = "and") -> None:
        self.tables = Tables()
        self._session_of = session_of
        self._every = every
        self._rule = rule
        self._chains: dict[tuple[str, date], Chain] = {}

    def poll(self, poll: Entry) -> None:
        """Take a live poll."""
        wall = wall_of(poll["feed_time"])
        hours = self._session_of(wall.date())
        if hours is None or not hours[0] <= wall < hours[1]:
            return
        key = (poll["index_name"], poll["expiry"])
        chain = self._chains.setdefault(key, Chain(key, hours))
        if chain.newest and stamp_of(poll) <= stamp_of(chain.newest):
            return
        time = bucket_of(poll["feed_time"])
        self._forget_telling(chain, time)
        for slot in self._slots_between(chain, poll):
            self._header(chain, bucket_of(slot.replace(tzinfo=INDIA)))["polls_missed"].append(
                f"{slot:%H:%M:%S}"
            )
        self._note_gap(chain, time)
        self._count(chain, poll, time, self._lay_over(chain, poll))
        chain.newest, chain.last_bucket = poll, time
        chain.told[time] = {contract: quote.get("oi") for contract, quote in chain.quotes.items()}
        slot = self._slot_of(wall_of(poll["polled_at"]))
        chain.last_slot = max(slot, chain.last_slot or slot)

    def _slots_between(self, chain: Chain, poll: Entry) -> list[datetime]:
        """Return the slots that were passed over between the newest poll and this one."""
        first = first_slot(chain.hours[0], self._every)
        slot = chain.last_slot + self._every if chain.last_slot else first
        end = min(self._slot_of(wall_of(poll["polled_at"])), chain.hours[1])
        return slots(slot, end, self._every)

    def _slot_of(self, wall: datetime) -> datetime:
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + (wall - midnight) // self._every * self._every

    def _header(self, chain: Chain, time: datetime) -> dict[str, Any]:
        ends = min(time + WIDTH, chain.hours[1])
        begins = first_slot(max(time, chain.hours[0]), self._every)
        fresh: dict[str, Any] = {
            "polls": 0,
            "polls_expected": len(slots(begins, ends, self._every)),
            "polls_missed": [],
            "changed": 0,
            "is_stub": time + WIDTH > chain.hours[1],
            **dict.fromkeys(("source", "reason", "feed_time", "first_change_at", "last_change_at")),
            **dict.fromkeys(("lot_size", "spot", "pcr_oi")),
        }
        return self.tables.chain_buckets.setdefault((time, *chain.key), fresh)

    def _note_gap(self, chain: Chain, time: datetime) -> None:
        opening = bucket_of(chain.hours[0].replace(tzinfo=INDIA))
        start = chain.last_bucket + WIDTH if chain.last_bucket else opening
        missing = slots(start, time, WIDTH)
        if missing:
            self._gap(chain, missing)
        for bucket in missing:
            self._header(chain, bucket)

    def _gap(self, chain: Chain, missing: list[datetime]) -> None:
        self.tables.coverage_gaps[*chain.key, missing[0]] = {"to_time": missing[-1], "buckets": len(missing)}

    def _lay_over(self, chain: Chain, poll: Entry) -> list[dict[str, Any]]:
        """Lay the poll over what is known of the day, and return the changes of OI by strike and side."""
        moved = []
        for contract in sorted(poll["quotes"]):
            quote, old = poll["quotes"][contract], chain.quotes.get(contract, {}).get("oi")
            oi = quote.get("oi")
            if oi is not None and oi != old:
                moved.append(change_of(contract, old, oi))
            chain.quotes[contract] = {**quote, "oi": old if oi is None else oi}
        return moved

    def _count(self, chain: Chain, poll: Entry, time: datetime, moved: list[dict[str, Any]]) -> None:
        header = self._header(chain, time)
        header["polls"] += 1
        header |= {"feed_time": poll["feed_time"], "source": poll["source"], "lot_size": poll["lot_size"]}
        if moved:
            header["changed"] += 1
            header["first_change_at"] = header["first_change_at"] or poll["feed_time"]
            header["last_change_at"] = poll["feed_time"]
            known = sum(1 for quote in chain.quotes.values() if quote.get("oi") is not None)
            self._tell_change(chain, poll, time, moved, known)
        saves = self._saves(chain, time, changed=bool(moved))
        if saves:
            self._save(chain, poll, time, header, changed=bool(moved))
        if saves or header["reason"] is None:
            header |= {"spot": poll.get("spot"), "pcr_oi": pcr_of(chain.quotes)}

    def _saves(self, chain: Chain, time: datetime, *, changed: bool) -> bool:
        is_new = not chain.saved or time > chain.saved[-1][0]
        wanted = (changed and is_new) if self._rule == "and" else (changed or is_new)
        return wanted and bool(chain.quotes)

    def _save(
        self, chain: Chain, poll: Entry, time: datetime, header: dict[str, Any], *, changed: bool
    ) -> None:
        earlier = [quotes for saved, quotes in chain.saved if saved < time]
        reason = "baseline" if not earlier else "oi_changed" if changed else "new_bucket"
        header["reason"] = reason
        self._write_rows(chain, poll, time, chain.quotes, earlier[-1] if earlier else {}, reason)
        chain.saved = [one for one in chain.saved if one[0] != time] + [(time, dict(chain.quotes))]

    def _write_rows(
        self, chain: Chain, poll: Entry, time: datetime, quotes: Quotes, base: Quotes, reason: str
    ) -> None:
        for strike in {strike for strike, _ in quotes}:
            row = row_of(strike, quotes, base)
            row |= {"feed_time": poll["feed_time"], "source": poll["source"], "spot": poll.get("spot")}
            self.tables.option_snapshots[time, *chain.key, strike] = {**row, "reason": reason}

    def _forget_telling(self, chain: Chain, time: datetime) -> None:
        """Nothing is told afterwards here: see `oracle_past`."""

    def _tell_change(
        self, chain: Chain, poll: Entry, time: datetime, moved: list[dict[str, Any]], known: int
    ) -> None:
        self.tables.oi_changes[*chain.key, poll["feed_time"], poll["polled_at"]] = {
            "time": time,
            "changed": len(moved),
            "total": known,
            "changed_ratio": round(len(moved) / known, 4),
            "changes": moved,
            "source": poll["source"],
        }

    def candle(self, candle: Entry) -> None:
        """Take a candle: a live one stands over what is told afterwards."""
        key = (wall_of(candle["time"]), candle["index_name"])
        stored = self.tables.index_candles.get(key)
        if stored is None or candle["source"] == "live" or stored["source"] != "live":
            names = (*CANDLE, "source")
            self.tables.index_candles[key] = {name: candle.get(name) for name in names}

    def finish(self, greeks: Iterable[Entry]) -> Tables:
        """Merge what may come in any order, and seal."""
        merged = merged_greeks(greeks)
        for (time, index, expiry, strike), row in self.tables.option_snapshots.items():
            candle = self.tables.index_candles.get((time, index), {})
            row.update({f"index_{name}": candle.get(name) for name in CANDLE})
            for side in ("CE", "PE"):
                said = merged.get((time, index, expiry, strike, side)) if row["source"] == "live" else None
                row.update(greeks_columns(side.lower(), said))
        for (time, index, expiry), header in self.tables.chain_buckets.items():
            self._seal(header, time, index, expiry)
        return self.tables

    def _seal(self, header: dict[str, Any], time: datetime, index: str, expiry: date) -> None:
        status = None
        if (time, index) in self.tables.index_candles:
            status = "merged"
        elif header["source"] == "backfill" or self._grace_is_over(time, (index, expiry)):
            status = "missing"
        header["candle_status"] = status
        state = "sealed" if status else "saved" if header["reason"] else "open"
        header["state"] = state if header["source"] else "missing"

    def _grace_is_over(self, time: datetime, key: tuple[str, date]) -> bool:
        """Say whether a later poll has declared the candle missing, three buckets after its end, or the day's end."""
        chain = self._chains[key]
        newest = chain.last_bucket
        return chain.is_closed or (newest is not None and newest >= time + 4 * WIDTH)
