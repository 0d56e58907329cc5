"""What was decided, and why: by rules, by a model whose answer held, or by a baseline."""

from dataclasses import asdict, dataclass
from typing import Any

from oi_common.advice.answers import Decision
from oi_common.market.chain import Contract


@dataclass(frozen=True, slots=True)
class Ruling:
    """`because` is for machines, `reason` for people; `evidence` are ids of facts."""

    decision: Decision
    because: str
    reason: str
    contract: Contract | None = None
    entry: float | None = None
    stop_loss: float | None = None
    target: float | None = None
    confidence: float | None = None
    evidence: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        del told["contract"]
        side, strike = (self.contract.side, self.contract.strike) if self.contract else (None, None)
        return {**told, "side": side, "strike": strike, "evidence": list(self.evidence)}
