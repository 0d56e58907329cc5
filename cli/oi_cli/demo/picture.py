"""What a running demo looks like at one moment, and the line that tells of one bucket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oi_cli.chain.view import ChainView
from oi_cli.chain.words import DASH, lakhs, number, rupees
from oi_cli.demo.supervisor import Condition
from oi_cli.quality.checks import named
from oi_cli.quality.ledger import Header, Saved


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries went over the streams so far."""

    ticks: int = 0
    polls: int = 0
    changes: int = 0
    snapshots: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class IndexNow:
    """The present of one underlying; None is what nobody has said yet."""

    name: str
    spot: float | None = None
    pcr: float | None = None
    bucket: datetime | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at everything."""

    now: datetime | None = None
    speed: float | None = None
    indices: tuple[IndexNow, ...] = ()
    counts: Counts = field(default_factory=Counts)
    conditions: tuple[Condition, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    chain: ChainView | None = None
    finished: tuple[str, ...] = ()


def bucket_line(header: Header, saved: Saved | None) -> str:
    """Tell what became of one bucket, in one line."""
    words = [f"{header.time:%H:%M}", f"{named(header.chain):<18}"]
    if saved is None:
        words.append("no data" if header.state == "missing" else f"no change in {header.polls} polls")
        return "  ".join(words)
    words += [
        "saved",
        f"{saved.rows} strikes",
        f"OI {lakhs(saved.oi_change, signed=True)} lakh",
        f"PCR {number(header.pcr_oi)}",
        f"candle {rupees(saved.index_close)}",
    ]
    return "  ".join(words)


def speed_said(speed: float | None) -> str:
    if speed is None:
        return DASH
    return "as fast as it can" if speed >= 3600 else f"{speed:g} x real time"
