"""The settings a day was lived with: what the services told, what was changed meanwhile, which rulebook there was."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final, Self

from oi_cli.record.files import unfinished
from oi_common.connections import AsyncRedis
from oi_common.market.rulebook.days import last_known_day
from oi_common.told_settings import Told, read_told

FILE: Final = "settings.json"
# Those whose settings change what comes in, or what is made of it.
TELLERS: Final = ("ingest-ws", "poller", "bucketer", "ai-minimal", "ai-rich", "paper-trader")


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that became another during the day."""

    at: str
    service: str
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DaySettings:
    """`services` are the last that each told; `rulebook` is until when it knows holidays, and a digest of its tables."""

    services: Mapping[str, Told] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    rulebook: str = ""
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        told = json.loads(text)
        return cls(
            told["services"],
            tuple(Change(**each) for each in told["changes"]),
            told["rulebook"],
            told["version"],
        )


@cache
def rulebook_told() -> str:
    """Say which rulebook this is."""
    tables = sorted(files("oi_common.market.rulebook").iterdir(), key=lambda each: each.name)
    content = b"".join(each.read_bytes() for each in tables if each.name.endswith(".csv"))
    return f"until {last_known_day()}, {sha256(content).hexdigest()[:12]}"


def noted(before: DaySettings | None, told: Mapping[str, Told], at: datetime) -> DaySettings:
    """Return what is known of a day after services have told their settings."""
    known = before if before is not None else DaySettings()
    changes = (
        Change(at.isoformat(), service, name, old, new)
        for service, now in told.items()
        for name, old in known.services.get(service, {}).items()
        if (new := now.get(name, "")) != old
    )
    return DaySettings(
        {**known.services, **told}, (*known.changes, *changes), rulebook_told(), version("oi-common")
    )


def settings_of(folder: Path) -> DaySettings | None:
    """Return what a recorded day says of its settings, None for a day that was recorded without."""
    try:
        return DaySettings.parse((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


async def keep_settings(folder: Path, redis: AsyncRedis, at: datetime) -> None:
    """Note the present settings with a day of which there is an entry. Raises what the client raises."""
    told = await read_told(redis, TELLERS)
    await asyncio.to_thread(note_settings, folder, told, at)


def note_settings(folder: Path, told: Mapping[str, Told], at: datetime) -> None:
    if not folder.is_dir():
        return
    before = settings_of(folder)
    now = noted(before, told, at)
    if now != before:
        with unfinished(folder / FILE) as draft:
            draft.write_text(json.dumps(asdict(now), indent=1) + "\n", encoding="utf-8")
