"""Who said what about one situation: the engine that decided, and the baselines beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from oi_common.market.buckets import from_utc_naive
from paper_trader.core.positions import contract_key

BASELINES: Final = ("rules", "always_wait", "coin_flip")
DECISIONS: Final = ("ENTER", "HOLD", "EXIT", "WAIT")


@dataclass(frozen=True, slots=True)
class Opinion:
    """One engine's decision. `moment` is when it could be acted upon, the same for all engines of a situation."""

    event_id: str
    engine: str
    moment: datetime
    time: datetime
    loop: str
    index_name: str
    expiry: date | None
    days_to_expiry: int | None
    lot_size: int | None
    decision: str
    side: str | None = None
    strike: int | None = None
    stop_loss: Decimal | None = None
    target: Decimal | None = None
    confidence: Decimal | None = None

    @property
    def enters(self) -> bool:
        return self.decision == "ENTER"

    @property
    def contract(self) -> str | None:
        """The contract it names; None when it does not say all of it."""
        if self.expiry is None or self.strike is None or self.side is None:
            return None
        return contract_key(self.expiry, self.strike, self.side)


def opinions(row: Mapping[str, Any]) -> tuple[Opinion, ...]:
    """Return what each engine said, from a row of `ai_decisions`. A baseline that is not there said nothing."""
    engine = engine_of(row)
    baselines = row["baselines"] if isinstance(row["baselines"], Mapping) else {}
    said = {name: baselines[name] for name in BASELINES if _is_decision(baselines.get(name))}
    return tuple(_opinion(row, name, each) for name, each in {**said, engine: row}.items())


def engine_of(row: Mapping[str, Any]) -> str:
    """Return who is answerable for a decision: also the model whose answer was caught being wrong."""
    refused = str(row["rejected_because"] or "").startswith("lock:")
    return "llm" if refused else str(row["engine"])


def moment_of(row: Mapping[str, Any]) -> datetime:
    """Return when a decision could be acted upon: a slow answer is judged by the prices when it came."""
    return from_utc_naive(max(row["event_time"], row["decided_at"]))


def _is_decision(said: Any) -> bool:
    return isinstance(said, Mapping) and said.get("decision") in DECISIONS


def _opinion(row: Mapping[str, Any], engine: str, said: Mapping[str, Any]) -> Opinion:
    return Opinion(
        event_id=row["event_id"],
        engine=engine,
        moment=moment_of(row),
        time=row["time"],
        loop=row["loop"],
        index_name=row["index_name"],
        expiry=row["expiry"],
        days_to_expiry=row["days_to_expiry"],
        lot_size=row["lot_size"],
        decision=said["decision"],
        side=said.get("side"),
        strike=said.get("strike"),
        stop_loss=exact(said.get("stop_loss")),
        target=exact(said.get("target")),
        confidence=exact(said.get("confidence")),
    )


def exact(number: Any) -> Decimal | None:
    """Return a number as it is written; None for what is none."""
    try:
        found = Decimal(str(number))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
