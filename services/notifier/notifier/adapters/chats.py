"""What each chat has chosen, in `telegram_chats`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from notifier.core.choices import Choices, packed, unpacked
from notifier.core.notes import Note
from oi_common.database import Database
from oi_common.market.buckets import from_utc_naive, utc_naive
from oi_common.tables import telegram_chats
from oi_common.upserts import Row, upsert


@dataclass(frozen=True, slots=True)
class Chat:
    """What a chat has chosen. `is_blocked`: it has blocked the bot, and is not written to."""

    chat_id: int
    is_blocked: bool = False
    muted_until: datetime | None = None
    muted_rules: frozenset[str] = frozenset()
    choices: Choices = field(default_factory=Choices)

    def mutes(self, note: Note, now: datetime) -> bool:
        if note.rule in self.muted_rules:
            return True
        return self.muted_until is not None and now < self.muted_until and note.severity != "critical"


class Chats:
    """Raises Unavailable while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chat(self, chat_id: int) -> Chat:
        return await self._database.read(lambda connection: _found(connection, chat_id) or Chat(chat_id))

    async def save(self, chat: Chat, now: datetime) -> None:
        await self._database.run(lambda connection: save_chat(connection, chat, now))


def locked_chat(connection: Connection, chat_id: int, now: datetime) -> Chat:
    """Return a chat; its row is there afterwards, and nobody else has it until the transaction ends."""
    chat = _found(connection, chat_id, lock=True)
    if chat is None:
        chat = Chat(chat_id)
        save_chat(connection, chat, now)
    return chat


def save_chat(connection: Connection, chat: Chat, now: datetime) -> None:
    row = {
        "chat_id": chat.chat_id,
        "state": "blocked" if chat.is_blocked else "active",
        "muted_until": None if chat.muted_until is None else utc_naive(chat.muted_until),
        "muted_rules": sorted(chat.muted_rules),
        "choices": packed(chat.choices),
        "changed_at": utc_naive(now),
    }
    upsert(connection, telegram_chats, [row])


def choices_of(connection: Connection, chats: Sequence[int]) -> dict[int, Choices]:
    """Return what chats have chosen of the rules; one that has no row has chosen nothing."""
    c = telegram_chats.c
    rows = connection.execute(select(c.chat_id, c.choices).where(c.chat_id.in_(chats))).all()
    return {**dict.fromkeys(chats, Choices()), **{row.chat_id: unpacked(row.choices) for row in rows}}


def _found(connection: Connection, chat_id: int, *, lock: bool = False) -> Chat | None:
    statement = select(telegram_chats).where(telegram_chats.c.chat_id == chat_id)
    row = connection.execute(statement.with_for_update() if lock else statement).mappings().first()
    return None if row is None else _chat({str(name): value for name, value in row.items()})


def _chat(row: Row) -> Chat:
    until = row["muted_until"]
    return Chat(
        row["chat_id"],
        is_blocked=row["state"] == "blocked",
        muted_until=None if until is None else from_utc_naive(until),
        muted_rules=frozenset(row["muted_rules"]),
        choices=unpacked(row["choices"]),
    )
