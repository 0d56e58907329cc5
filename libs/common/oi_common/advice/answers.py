"""The form of a model's answer. Whether it may be believed is for the lock to say."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Decision = Literal["ENTER", "HOLD", "EXIT", "WAIT"]
# What a column or a JSON document of any database holds; what is sensible is for the lock.
Amount = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Strike = Annotated[int, Field(gt=0, le=2**31 - 1)]
Id = Annotated[str, Field(max_length=80)]


class Advice(BaseModel):
    """What a model says to do now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    as_of: Annotated[str, Field(max_length=40)]
    decision: Decision
    side: Literal["CE", "PE"] | None = None
    strike: Strike | None = None
    entry: Amount | None = None
    stop_loss: Amount | None = None
    target: Amount | None = None
    confidence: Amount
    reason: Annotated[str, Field(max_length=600)]
    evidence: Annotated[tuple[Id, ...], Field(max_length=40)]

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is written for a person."""
        return (self.reason,)


class RichAdvice(Advice):
    """The same, with what a person wants to read beside it."""

    reason: Annotated[str, Field(max_length=2000)]
    view: Annotated[str, Field(max_length=2000)]
    strategy: Annotated[str, Field(max_length=1000)]
    risk: Annotated[str, Field(max_length=1000)]
    levels: Annotated[tuple[Amount, ...], Field(max_length=12)]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.reason, self.view, self.strategy, self.risk)
