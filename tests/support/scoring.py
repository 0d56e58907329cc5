"""Builders of decisions' rows, and the scorecard's rule told once more, plainly: the whole day's offers at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from oi_common.market.buckets import utc_naive, wall_time
from paper_trader.core.scoring import Outcome
from paper_trader.core.watching import Offer
from support.paper import EXPIRY, TEN

WAITS = {"decision": "WAIT", "because": "always_wait", "reason": "It always waits", "confidence": 50.0}


class OutcomesInMemory:
    """Outcomes by key, and the snapshots' offers."""

    def __init__(self, *snapshots: Offer) -> None:
        self.rows: dict[tuple[str, str, str], Outcome] = {}
        self.snapshots, self.writings = snapshots, 0

    async def write(self, outcomes: Sequence[Outcome], scored_at: datetime) -> None:
        del scored_at
        self.writings += 1
        self.rows |= {outcome.key: outcome for outcome in outcomes}

    async def snapshot_offers(self, contract: object, after: datetime, until: datetime) -> list[Offer]:
        del contract
        return [each for each in self.snapshots if after < each.at <= until]

    def told(self, engine: str = "rules") -> dict[str, tuple[float | None, str | None]]:
        """Return horizon: (exit price, why) of one engine's outcomes."""
        mine = {key[2]: row for key, row in self.rows.items() if key[1] == engine}
        return {
            name: (None if row.exit_price is None else float(row.exit_price), row.exit_reason)
            for name, row in mine.items()
        }


def said(decided: str = "ENTER", **changes: Any) -> dict[str, Any]:
    """Return what a baseline says; to enter, 24500 CE with a stop at 80 and a target at 140."""
    levels = {"side": "CE", "strike": 24500, "stop_loss": 80.0, "target": 140.0} if decided == "ENTER" else {}
    return {"decision": decided, "because": "so", "reason": "so", "confidence": 50.0, **levels, **changes}


def decision_row(decided: str = "WAIT", at: datetime = TEN, **changes: Any) -> dict[str, Any]:
    """Return a row of `ai_decisions`, of the rules' by default; baselines say to wait unless they are given."""
    told = said(decided, confidence=Decimal(60))
    engine = changes.get("engine", "rules")
    baselines = {"rules": told if engine == "rules" else WAITS, "always_wait": WAITS, "coin_flip": WAITS}
    row = {
        "event_id": f"decisions:minimal:NIFTY:{at.isoformat()}", "time": wall_time(at), "event_time": utc_naive(at),
        "decided_at": utc_naive(at), "loop": "minimal", "engine": engine, "model": None, "index_name": "NIFTY",
        "expiry": EXPIRY, "side": None, "strike": None, "entry": None, "stop_loss": None, "target": None,
        **told, "evidence": [], "rejected_because": None, "proposed": None, "fingerprint": "f", "spot": 24512.4,
        "lot_size": 65, "days_to_expiry": 3, "latency_ms": None, "tokens_in": None, "tokens_out": None,
        "cost_inr": None,
    }  # fmt: skip
    given = {"rules": baselines["rules"], **baselines, **changes.pop("baselines", {})}
    return {**row, **changes, "baselines": _plain(given)}


def by_hand(
    offers: Sequence[Mapping[str, Any]],
    *,
    since: datetime,
    due: datetime,
    stop: float | None,
    target: float | None,
) -> tuple[float | None, str | None]:
    """Return (price, what ended it) of one watch over all offers of a day; `at` of offers never falls.

    The last offer by `due` is the price unless it is older than 15 seconds; a path must not be unseen for 6 minutes.
    """
    is_path = stop is not None or target is not None
    seen = [each for each in offers if each["at"] <= due]
    before = [each["at"] for each in seen if each["at"] <= since]
    last_at = before[-1] if before else None
    for each in seen:
        if each["at"] <= since:
            continue
        blind = each["at"] - max(since, last_at or since)
        if (
            is_path
            and blind > timedelta(minutes=6)
            and (last_at is None or each["at"] - last_at > timedelta(minutes=6))
        ):
            return None, "unknown"
        last_at, bid = each["at"], each["bid"]
        if bid is not None and stop is not None and bid <= stop:
            return bid, "stop"
        if bid is not None and target is not None and bid >= target:
            return bid, "target"
    if not seen or due - seen[-1]["at"] > timedelta(seconds=15) or seen[-1]["bid"] is None:
        return None, "unknown"
    return seen[-1]["bid"], None


def _plain(baselines: Mapping[str, Any]) -> dict[str, Any]:
    """Return them as JSON can hold them."""
    return {
        name: {key: float(value) if isinstance(value, Decimal) else value for key, value in each.items()}
        for name, each in baselines.items()
    }
