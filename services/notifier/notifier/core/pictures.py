"""The names of pictures: what is drawn, of which chain, up to when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Self

Kind = Literal["chain", "oi", "day", "quality"]


@dataclass(frozen=True, slots=True)
class Picture:
    """`until` is the last bucket that is drawn, IST wall time."""

    kind: Kind
    index_name: str
    expiry: date
    until: datetime

    @property
    def name(self) -> str:
        return f"{self.kind}|{self.index_name}|{self.expiry}|{self.until:%Y-%m-%dT%H:%M}"

    @classmethod
    def named(cls, name: str) -> Self:
        kind, index_name, expiry, until = name.split("|")
        return cls(kind, index_name, date.fromisoformat(expiry), datetime.fromisoformat(until))  # type: ignore[arg-type]
