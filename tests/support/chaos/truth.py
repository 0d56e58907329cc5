"""Whether what was polled and repaired is what the simulated market was: the test asks the market itself."""

from datetime import date, datetime, timedelta
from typing import Any

from oi_common.market.sessions import session_on
from simulator.core.model_market import ModelMarket
from support.chaos.day import Outcome
from support.chaos.plan import DAY, EVERY_SECONDS, SEGMENT, Plan
from support.oracle import INDIA
from support.oracle_rows import Entry

_ASKED_WITHIN = timedelta(seconds=3)  # of its slot: the broker takes so many questions a second


def the_polls_are_undisturbed(outcome: Outcome, plan: Plan) -> list[str]:
    """Every slot of every chain was polled in time, and each poll says what the market then was."""
    market = Market(plan)
    lines = []
    for stream, entries in outcome.entries.items():
        if stream.startswith("polls"):
            lines += missed_slots(stream, entries, plan)
            lines += [line for poll in entries for line in untrue(poll, market)]
    return lines


def missed_slots(stream: str, entries: list[Entry], plan: Plan) -> list[str]:
    session = session_on(SEGMENT, DAY)
    assert session is not None
    start = max(session.opens, datetime.combine(DAY, plan.opens, INDIA))
    slots = list(session.slots(timedelta(seconds=EVERY_SECONDS), start, session.closes))
    chains = {entry["expiry"] for entry in entries}
    asked = [(entry["expiry"], entry["polled_at"]) for entry in entries]
    lines = [] if len(chains) == plan.expiries else [f"{stream}: polls of {len(chains)} chains"]
    for expiry in chains:
        moments = sorted(at for name, at in asked if name == expiry)
        late = [
            slot for slot, at in zip(slots, moments, strict=False) if not slot <= at < slot + _ASKED_WITHIN
        ]
        if late or len(moments) != len(slots):
            lines.append(
                f"{stream} {expiry}: {len(moments)} polls for {len(slots)} slots; out of time {late[:3]}"
            )
    return lines


def untrue(poll: Entry, market: "Market") -> list[str]:
    """Return what a poll says otherwise than the market."""
    contracts = list(poll["quotes"])
    truth = market.quotes((poll["index_name"], poll["expiry"]), contracts, poll["polled_at"])
    said = [(quote.get("oi"), quote.get("ltp")) for quote in poll["quotes"].values()]
    return [
        f"{poll['event_id']}: {contract} was {true}, not {told}"
        for contract, true, told in zip(contracts, truth, said, strict=True)
        if true != told
    ][:1]


def repaired_rows_are_true(outcome: Outcome, plan: Plan) -> list[str]:
    """What was told afterwards is what the simulated market was."""
    told = Market(plan)
    lines = []
    for (time, index, expiry, strike), row in outcome.stored.option_snapshots.items():
        if row["source"] != "backfill":
            continue
        for side in ("CE", "PE"):
            oi, close = told.at((index, expiry, float(strike), side), time.replace(tzinfo=INDIA))
            said = row[f"{side.lower()}_oi"], row[f"{side.lower()}_ltp"]
            if said != (oi, close):
                lines.append(f"{time} {index} {expiry} {strike} {side}: {said} is not {(oi, close)}")
    return lines


class Market:
    """The market's own word on each contract and bucket."""

    def __init__(self, plan: Plan) -> None:
        self._market = ModelMarket(DAY, plan.market)
        rows = self._market.instruments()
        self._rows = {(row.name, row.expiry, row.strike, row.option_type): row for row in rows}
        self._told: dict[Any, tuple[dict[Any, int], dict[Any, float]]] = {}

    def at(self, contract: Any, bucket: Any) -> tuple[int | None, float | None]:
        """Return OI at the end of the bucket and the last price in it."""
        if contract not in self._told:
            self._told[contract] = self._history(contract)
        oi, closes = self._told[contract]
        return oi.get(bucket), closes.get(bucket)

    def quotes(self, chain: tuple[str, date], contracts: list[Any], at: datetime) -> list[Any]:
        """Return (OI, last price) of contracts of a chain at a moment."""
        rows = [self._rows[(*chain, float(strike), side)] for strike, side in contracts]
        found = self._market.quotes([(row.exchange, row.token) for row in rows], at)
        return [(quote.oi, round(quote.ltp, 2)) if quote else None for quote in found]

    def _history(self, contract: Any) -> tuple[dict[Any, int], dict[Any, float]]:
        row, session = self._rows[contract], session_on(SEGMENT, DAY)
        assert session is not None
        asked = (row.exchange, row.token, session.opens, session.closes, timedelta(minutes=3))
        oi = dict(self._market.oi_history(*asked) or ())
        candles = self._market.candles(*asked) or ()
        return oi, {candle.start: round(candle.close, 2) for candle in candles}
