"""The notes that wait for each chat, in `alerts_sent`: written before they are sent, each of them once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from notifier.adapters.alert_rows import row_of, waiting_of
from notifier.adapters.chats import Chat, choices_of, locked_chat, save_chat
from notifier.core.choices import Choices
from notifier.core.digest import Waiting, has_room
from notifier.core.notes import Note
from oi_common.database import Database
from oi_common.market.buckets import from_utc_naive, utc_naive, wall_time
from oi_common.tables import alerts_sent
from oi_common.upserts import upsert

_COUNTED = ("pending", "sending", "sent", "unsure")
_TOLD = (*_COUNTED, "merged")
_S = alerts_sent.c


class Outbox:
    """Notes in, notes out; several replicas may put in, one takes out."""

    def __init__(self, database: Database, chats: Sequence[int], messages_a_day: int) -> None:
        self._database = database
        self._chats = tuple(dict.fromkeys(chats))
        self._most = messages_a_day

    async def put(self, notes: Sequence[Note], now: datetime) -> None:
        """Keep each note for each of its chats, unless that has it already. Raises Unavailable; then nothing is kept.

        Which are to be sent is decided here, in one transaction: a second replica waits for the chat's row.
        """
        if notes:
            await self._database.run(lambda connection: self._put(connection, notes, now))

    async def choices(self) -> dict[int, Choices]:
        """Return what each of our chats has chosen of the rules."""
        return await self._database.read(lambda connection: choices_of(connection, self._chats))

    async def waiting(self) -> dict[int, list[Waiting]]:
        """Return what is to be sent, for each chat, in order."""
        statement = (
            select(alerts_sent).where(_S.state == "pending").order_by(_S.queued_at, _S.at, _S.event_id)
        )
        rows = await self._database.read(lambda connection: connection.execute(statement).mappings().all())
        found: dict[int, list[Waiting]] = {}
        for row in rows:
            found.setdefault(row["chat_id"], []).append(waiting_of(row))
        return found

    async def claim(self, note: Waiting) -> bool:
        """Say whether the note is ours to send: from now on nobody else sends it, whatever becomes of us."""
        return await self._turn(note, "pending", state="sending") == 1

    async def put_back(self, note: Waiting) -> None:
        """The note was certainly not sent."""
        await self._turn(note, "sending", state="pending")

    async def settle(
        self,
        note: Waiting,
        state: str,
        now: datetime,
        *,
        message_id: int | None = None,
        why: str | None = None,
    ) -> None:
        sent_at = utc_naive(now) if state in {"sent", "unsure"} else None
        told = {"message_id": message_id, "why": why and why[:100]}
        await self._turn(note, "sending", state=state, sent_at=sent_at, **told)

    async def unsure_of(self) -> None:
        """Mark what a predecessor began to send: nobody knows whether it arrived, so it is not sent again."""
        statement = (
            update(alerts_sent)
            .where(_S.state == "sending")
            .values(state="unsure", why="ended while it was being sent")
        )
        await self._database.run(lambda connection: connection.execute(statement))

    async def unsure_titles(self, chat_id: int) -> list[str]:
        """Return the titles of messages that may not have arrived and that the chat has not been told about."""
        statement = select(_S.title).where(_S.chat_id == chat_id, _S.state == "unsure", _S.why != "told")
        return list(
            await self._database.read(lambda connection: connection.execute(statement).scalars().all())
        )

    async def told_unsure(self, chat_id: int) -> None:
        statement = update(alerts_sent).where(_S.chat_id == chat_id, _S.state == "unsure").values(why="told")
        await self._database.run(lambda connection: connection.execute(statement))

    async def merge(self, merged: Sequence[Waiting], summary: Note, now: datetime) -> None:
        """Put one summary in the place of many notes of one chat, all or none."""
        chat_id = merged[0].chat_id

        def work(connection: Connection) -> None:
            ids = [note.event_id for note in merged]
            connection.execute(
                update(alerts_sent)
                .where(_S.chat_id == chat_id, _S.event_id.in_(ids), _S.state == "pending")
                .values(state="merged", why=summary.event_id[:100])
            )
            upsert(
                connection,
                alerts_sent,
                [row_of(summary, chat_id, now, "pending", None)],
                keep=frozenset({"state"}),
            )

        await self._database.run(work)

    async def drop(self, chat_id: int, now: datetime) -> None:
        """The chat has blocked the bot: nothing more is sent to it."""

        def work(connection: Connection) -> None:
            connection.execute(
                update(alerts_sent)
                .where(_S.chat_id == chat_id, _S.state.in_(("pending", "sending")))
                .values(state="dropped", why="the chat has blocked the bot")
            )
            save_chat(connection, Chat(chat_id, is_blocked=True), now)

        await self._database.run(work)

    async def told_on(self, day: date, rules: Sequence[str]) -> dict[str, datetime]:
        """Return the ids of a day's notes of some rules, whatever became of them, and when each was."""
        statement = select(_S.event_id, _S.at).where(_S.day == day, _S.rule.in_(rules)).order_by(_S.at)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return {row.event_id: from_utc_naive(row.at) for row in rows}

    async def held_on(self, day: date) -> dict[str, int]:
        """Return how many notes of each rule were kept back on a day, over all chats at most."""
        statement = (
            select(_S.rule, func.count(func.distinct(_S.event_id)))
            .where(_S.day == day, _S.state == "held")
            .group_by(_S.rule)
        )
        return {
            str(rule): int(count)
            for rule, count in await self._database.read(
                lambda connection: connection.execute(statement).all()
            )
        }

    async def _turn(self, note: Waiting, before: str, **values: Any) -> int:
        statement = (
            update(alerts_sent)
            .where(_S.chat_id == note.chat_id, _S.event_id == note.event_id, _S.state == before)
            .values(**values)
        )
        return int(await self._database.run(lambda connection: connection.execute(statement).rowcount))

    def _put(self, connection: Connection, notes: Sequence[Note], now: datetime) -> None:
        for chat_id in self._chats:
            chat = locked_chat(connection, chat_id, now)
            for note in notes:
                if note.is_for(chat_id):
                    self._keep(connection, chat, note, now)

    def _keep(self, connection: Connection, chat: Chat, note: Note, now: datetime) -> None:
        key = _S.chat_id == chat.chat_id
        if connection.execute(select(_S.state).where(key, _S.event_id == note.event_id)).first():
            return
        on_day = select(func.count()).where(key, _S.day == wall_time(note.at).date(), _S.state.in_(_COUNTED))
        state, why = "pending", None
        if chat.is_blocked:
            state, why = "dropped", "the chat has blocked the bot"
        elif chat.mutes(note, now):
            state, why = "muted", "muted by the chat"
        elif note.follows and not self._has_told(connection, chat.chat_id, note.follows):
            state, why = "held", "what it follows was not told"
        elif self._cools(connection, chat.chat_id, note):
            state, why = "held", f"within {note.cooldown} of the last on this topic"
        elif not has_room(note.severity, connection.execute(on_day).scalar_one(), self._most):
            state, why = "held", f"the day's number of {self._most} for {note.severity}"
        connection.execute(alerts_sent.insert(), row_of(note, chat.chat_id, now, state, why))

    def _cools(self, connection: Connection, chat_id: int, note: Note) -> bool:
        if note.cooldown <= timedelta(0):
            return False
        since, until = utc_naive(note.at - note.cooldown), utc_naive(note.at + note.cooldown)
        near = select(_S.event_id).where(
            _S.chat_id == chat_id, _S.topic == note.topic, _S.at > since, _S.at < until,
            _S.state.in_(_TOLD),
        )  # fmt: skip
        return connection.execute(near).first() is not None

    def _has_told(self, connection: Connection, chat_id: int, event_id: str) -> bool:
        key = (_S.chat_id == chat_id, _S.event_id == event_id, _S.state.in_(_TOLD))
        return connection.execute(select(_S.event_id).where(*key)).first() is not None
