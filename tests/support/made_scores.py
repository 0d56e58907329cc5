"""Two days of decisions and outcomes with made-up money that adds up."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table

from oi_common.tables import ai_decisions, decision_outcomes
from support.scoring import decision_row

DAYS = (datetime(2026, 11, 19), datetime(2026, 11, 20))  # noqa: DTZ001 - wall time as the tables hold it
HORIZONS = ("3", "6", "15", "30", "path")


def outcome(
    chance: random.Random, at: datetime, loop: str, index: str, engine: str, horizon: str, decided: str
) -> dict[str, Any]:
    """Return a row with made-up money that adds up; some are unknown, some still followed."""
    row = {
        "event_id": f"decisions:{loop}:{index}:{at}", "engine": engine, "horizon": horizon, "time": at, "loop": loop,
        "index_name": index, "expiry": None, "days_to_expiry": chance.choice([0, 1, 3, 6, None]), "decision": decided,
        "side": None, "strike": None, "confidence": Decimal(chance.randrange(4000, 10_001)) / 100, "quantity": 65,
        "entry_price": None, "exit_price": None, "exit_reason": None, "gross": None, "charges": None, "net": None,
        "hit": None, "scored_at": at,
    }  # fmt: skip
    if decided != "ENTER":
        return {**row, "gross": 0, "charges": 0, "net": 0, "hit": False}
    if chance.random() < 0.1:
        return {**row, "exit_reason": chance.choice([None, "unknown"])}
    gross, charges = (
        Decimal(chance.randrange(-300_000, 300_000)) / 100,
        Decimal(chance.randrange(5000, 9000)) / 100,
    )
    reason = chance.choice(["stop", "target", "close"]) if horizon == "path" else "horizon"
    return {
        **row,
        "exit_reason": reason,
        "gross": gross,
        "charges": charges,
        "net": gross - charges,
        "hit": gross > charges,
    }


def rows() -> dict[Table, list[dict[str, Any]]]:
    """Two days of two loops and two indices, an entry or not every nine minutes."""
    chance = random.Random(6)
    outcomes: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for day in DAYS:
        for at in (day.replace(hour=9, minute=20) + timedelta(minutes=9 * n) for n in range(40)):
            for loop, index in (("minimal", "NIFTY"), ("minimal", "BANKNIFTY"), ("rich", "NIFTY")):
                event_id = f"decisions:{loop}:{index}:{at}"
                cost = chance.choice([None, Decimal("0.021500")])
                decisions.append(
                    decision_row(event_id=event_id, time=at, loop=loop, index_name=index, cost_inr=cost)
                )
                for engine in ("llm", "rules", "coin_flip", "always_wait"):
                    enters = engine != "always_wait" and chance.random() < 0.7
                    names = HORIZONS if enters else ("path",)
                    decided = "ENTER" if enters else "WAIT"
                    outcomes += [outcome(chance, at, loop, index, engine, name, decided) for name in names]
    return {ai_decisions: decisions, decision_outcomes: outcomes}
