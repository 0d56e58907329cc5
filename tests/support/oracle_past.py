"""What is told afterwards, folded from the rules: backfilled buckets and the end of a day."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from support.full_oracle import WIDTH, FullOracle
from support.oracle import INDIA, bucket_of
from support.oracle_rows import Entry, Quotes, change_of, first_slot, pcr_of, slots, wall_of
from support.oracle_tables import Chain, Tables

_LEG = ("oi", "ltp", "volume", "bid", "ask")


class PastOracle(FullOracle):
    """The whole of it: entries are to come in the order in which they were handled."""

    def take(self, entry: Entry) -> None:
        """Take an entry of any stream but the Greeks'."""
        takes = {
            "polls": self.poll,
            "candles": self.candle,
            "backfill": self.backfill,
            "days": self.day_closed,
        }
        takes[entry["kind"]](entry)

    def backfill(self, poll: Entry) -> None:
        """Take one past bucket; it counts only where nobody polled live."""
        hours = self._session_of(wall_of(poll["feed_time"]).date())
        if hours is None:
            return
        key, time = (poll["index_name"], poll["expiry"]), bucket_of(poll["feed_time"])
        chain = self._chains.setdefault(key, Chain(key, hours))
        if self.tables.chain_buckets.get((time, *key), {}).get("polls"):
            return
        self._forget_telling(chain, time)
        known, base = self._known_before(chain, time), self._stored_before(chain, time)
        quotes = told_over(poll["quotes"], known, base)
        moved = changes_between(known, poll["quotes"])
        header = self._all_missed(chain, time)
        header |= {"source": "backfill", "feed_time": poll["feed_time"], "lot_size": poll["lot_size"]}
        header |= {"spot": poll.get("spot"), "pcr_oi": pcr_of(quotes), "changed": int(bool(moved))}
        if moved:
            header |= dict.fromkeys(("first_change_at", "last_change_at"), poll["feed_time"])
            known_now = sum(1 for quote in quotes.values() if quote.get("oi") is not None)
            self._tell_change(chain, poll, time, moved, known_now)
        if moved or self._rule == "or":
            reason = "baseline" if not base else "oi_changed" if moved else "new_bucket"
            header["reason"] = reason
            self._write_rows(chain, poll, time, quotes, base, reason)
        chain.told[time] = {contract: quote.get("oi") for contract, quote in quotes.items()}

    def day_closed(self, closed: Entry) -> None:
        """Account for every bucket of the day's chains."""
        hours = self._session_of(closed["day"])
        if hours is None:
            return
        index = closed["index_name"]
        expiries = {date.fromisoformat(text) for text in closed["expiries"]}
        expiries |= {expiry for _, name, expiry in self.tables.chain_buckets if name == index}
        for expiry in expiries:
            chain = self._chains.setdefault((index, expiry), Chain((index, expiry), hours))
            chain.is_closed = True
            self._account_for(chain)

    def finish(self, greeks: Iterable[Entry]) -> Tables:
        tables = super().finish(greeks)
        for (index, expiry, first), gap in tables.coverage_gaps.items():
            inside = slots(first, gap["to_time"] + WIDTH, WIDTH)
            headers = [tables.chain_buckets[time, index, expiry] for time in inside]
            gap["is_repaired"] = all(header["source"] for header in headers)
        return tables

    def _account_for(self, chain: Chain) -> None:
        buckets = slots(bucket_of(chain.hours[0].replace(tzinfo=INDIA)), chain.hours[1], WIDTH)
        for time in buckets:
            if (time, *chain.key) not in self.tables.chain_buckets:
                self._all_missed(chain, time)
        if chain.last_slot is not None:
            for slot in slots(chain.last_slot + self._every, chain.hours[1], self._every):
                header = self._header(chain, bucket_of(slot.replace(tzinfo=INDIA)))
                header["polls_missed"] = sorted({*header["polls_missed"], f"{slot:%H:%M:%S}"})
        for run in runs_of([time for time in buckets if not self._header(chain, time)["polls"]]):
            self._gap(chain, run)

    def _all_missed(self, chain: Chain, time: datetime) -> dict[str, Any]:
        header = self._header(chain, time)
        ends = min(time + WIDTH, chain.hours[1])
        begins = first_slot(max(time, chain.hours[0]), self._every)
        header["polls_missed"] = [f"{slot:%H:%M:%S}" for slot in slots(begins, ends, self._every)]
        return header

    def _forget_telling(self, chain: Chain, time: datetime) -> None:
        """Remove what an earlier backfill has told of the bucket."""
        tables = self.tables
        if tables.chain_buckets.get((time, *chain.key), {}).get("source") != "backfill":
            return
        rows, changes = tables.option_snapshots, tables.oi_changes
        for key in [
            k for k, row in rows.items() if k[:3] == (time, *chain.key) and row["source"] == "backfill"
        ]:
            del rows[key]
        for key in [k for k, row in changes.items() if is_telling(k, row, chain, time)]:
            del changes[key]
        del tables.chain_buckets[time, *chain.key]

    def _known_before(self, chain: Chain, time: datetime) -> dict[tuple[int, str], int | None]:
        """Return the OI of each contract as the newest bucket before it left it, live or told."""
        earlier = {when: oi for when, oi in chain.told.items() if when < time}
        return earlier[max(earlier)] if earlier else {}

    def _stored_before(self, chain: Chain, time: datetime) -> Quotes:
        """Return the newest snapshot before the bucket as it now stands."""
        rows = self.tables.option_snapshots
        times = {key[0] for key in rows if key[1:3] == chain.key and key[0] < time}
        newest = max(times, default=None)
        return {
            (key[3], side): {name: row[f"{side.lower()}_{name}"] for name in _LEG}
            for key, row in rows.items()
            if key[:3] == (newest, *chain.key)
            for side in ("CE", "PE")
        }


def told_over(told: Quotes, known: dict[tuple[int, str], int | None], base: Quotes) -> Quotes:
    """Lay what history tells over the chain as it stood."""
    quotes = {contract: {**base.get(contract, {}), "oi": oi} for contract, oi in known.items()}
    for contract, quote in told.items():
        oi = quote.get("oi")
        quotes[contract] = {**quote, "oi": known.get(contract) if oi is None else oi}
    return quotes


def changes_between(known: dict[tuple[int, str], int | None], told: Quotes) -> list[dict[str, Any]]:
    return [
        change_of(contract, known.get(contract), told[contract]["oi"])
        for contract in sorted(told)
        if told[contract].get("oi") is not None and told[contract]["oi"] != known.get(contract)
    ]


def is_telling(key: tuple[Any, ...], row: dict[str, Any], chain: Chain, time: datetime) -> bool:
    return key[:2] == chain.key and row["time"] == time and row["source"] == "backfill"


def runs_of(missing: list[datetime]) -> list[list[datetime]]:
    runs: list[list[datetime]] = []
    for time in missing:
        if runs and time - runs[-1][-1] == WIDTH:
            runs[-1].append(time)
        else:
            runs.append([time])
    return runs
