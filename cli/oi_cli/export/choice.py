"""What a person asks for. Nothing here is slow to import."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Format(StrEnum):
    """How rows are written."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True)
class Choice:
    """What a person asked for; None and nothing mean everything."""

    first_day: date | None = None
    last_day: date | None = None
    index_name: str | None = None
    expiry: date | None = None

    @property
    def by_columns(self) -> Mapping[str, Any]:
        asked = {"index_name": self.index_name, "expiry": self.expiry}
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def is_by_day(self) -> bool:
        return self.first_day is not None or self.last_day is not None

    def __str__(self) -> str:
        return " ".join(self._words())

    def _words(self) -> Iterator[str]:
        if self.index_name is not None:
            yield f"of {self.index_name}"
        if self.expiry is not None:
            yield f"expiring {self.expiry}"
        if self.first_day is not None and self.first_day == self.last_day:
            yield f"on {self.first_day}"
            return
        for word, day in (("from", self.first_day), ("to", self.last_day)):
            if day is not None:
                yield f"{word} {day}"
