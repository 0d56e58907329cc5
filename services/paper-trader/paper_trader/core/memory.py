"""What Redis remembers beside the tables: how far the ticks are read, and what they said of the open positions."""

from datetime import datetime
from decimal import Decimal

import msgspec

from paper_trader.core.positions import Marks

START = "0-0"


class Memory(msgspec.Struct, frozen=True):
    """`version` counts its writings, `published` is the number of the last fill that was published.

    `spot` is the index's last value; None for a commodity, which has none of its own.
    """

    version: int = 0
    cursor: str = START
    published: int | None = None
    clock: datetime | None = None
    spot: Decimal | None = None
    spot_at: datetime | None = None
    marks: dict[str, Marks] = {}


def dump(memory: Memory) -> str:
    return msgspec.json.encode(memory).decode()


def load(text: str) -> Memory:
    """Read a dumped memory. Raises msgspec.ValidationError for one of another shape."""
    return msgspec.json.decode(text, type=Memory)
