"""A note as a row of `alerts_sent`, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifier.core.digest import Waiting
from notifier.core.notes import Note
from notifier.core.text import packed, unpacked
from oi_common.market.buckets import from_utc_naive, utc_naive, wall_time


def row_of(note: Note, chat_id: int, now: datetime, state: str, why: str | None) -> dict[str, Any]:
    return {
        "chat_id": chat_id,
        "event_id": note.event_id[:250],
        "rule": note.rule,
        "topic": note.topic[:100],
        "severity": note.severity,
        "index_name": note.index_name,
        "day": wall_time(note.at).date(),
        "at": utc_naive(note.at),
        "queued_at": utc_naive(now),
        "state": state,
        "why": why,
        "title": note.title[:200],
        "body": packed(note.text),
        "picture": note.picture,
    }


def waiting_of(row: Mapping[Any, Any]) -> Waiting:
    return Waiting(
        chat_id=row["chat_id"],
        event_id=row["event_id"],
        rule=row["rule"],
        severity=row["severity"],
        at=from_utc_naive(row["at"]),
        title=row["title"],
        text=unpacked(row["body"]),
        picture=row["picture"],
    )
