"""Takes notes out of the outbox and sends them: each once, in order, the late ones as one."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from notifier.core.choices import Choices
from notifier.core.digest import Waiting, late, load, summary, unsure_footer
from notifier.core.notes import Note
from notifier.core.pictures import Picture
from notifier.core.quiet import SilentHours
from notifier.metrics import SENT
from notifier.ports import Blocked, Messenger, NotSent, Painter, Refused, Unsure
from oi_common.clock import Clock
from oi_common.errors import Unavailable
from oi_common.waiting import wait

_LOOKS_EVERY: Final = timedelta(milliseconds=500)
_BACKS_OFF: Final = (1.0, 2.0, 5.0, 15.0, 30.0)


class Outbox(Protocol):
    async def waiting(self) -> dict[int, list[Waiting]]: ...
    async def choices(self) -> dict[int, Choices]: ...
    async def claim(self, note: Waiting) -> bool: ...
    async def put_back(self, note: Waiting) -> None: ...
    async def settle(
        self,
        note: Waiting,
        state: str,
        now: datetime,
        *,
        message_id: int | None = None,
        why: str | None = None,
    ) -> None: ...
    async def merge(self, merged: Sequence[Waiting], summary: Note, now: datetime) -> None: ...
    async def unsure_of(self) -> None: ...
    async def unsure_titles(self, chat_id: int) -> list[str]: ...
    async def told_unsure(self, chat_id: int) -> None: ...
    async def drop(self, chat_id: int, now: datetime) -> None: ...


class Courier:
    """Only the holder of the lease sends. What it had begun when it died is never sent again."""

    def __init__(
        self,
        outbox: Outbox,
        messenger: Messenger,
        painter: Painter,
        clock: Clock,
        *,
        stale_after: timedelta,
        silent: SilentHours,
    ) -> None:
        self._outbox = outbox
        self._messenger = messenger
        self._painter = painter
        self._clock = clock
        self._stale_after = stale_after
        self._silent = silent
        self._log = structlog.get_logger()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; what cannot be sent now is tried again, later and later."""
        failures, has_begun = 0, False
        while not stop.is_set():
            try:
                if not has_begun:
                    await self._outbox.unsure_of()
                    has_begun = True
                await self.deliver(stop)
                failures = 0
                await wait(stop, _LOOKS_EVERY)
            except Unavailable as e:
                pause = timedelta(seconds=_BACKS_OFF[min(failures, len(_BACKS_OFF) - 1)])
                pause = e.retry(pause) if isinstance(e, NotSent) else pause
                failures += 1
                self._log.warning("courier.waiting", error=str(e), seconds=pause.total_seconds())
                await wait(stop, pause)

    async def deliver(self, stop: asyncio.Event) -> None:
        """Send what waits now. Raises Unavailable; then the rest waits."""
        waiting = await self._outbox.waiting()
        choices = await self._outbox.choices() if waiting else {}
        for chat_id, notes in waiting.items():
            now = self._clock.now()
            hours_of = partial(choices.get(chat_id, Choices()).hours, usual=self._silent)
            cargo = load(notes, now, self._stale_after, hours_of)
            if cargo.merged:
                await self._merge(cargo.merged)
            for note in cargo.fresh:
                if stop.is_set() or not await self._send(note):
                    break
            self._log.debug("chat.served", chat=chat_id, notes=len(cargo.fresh), merged=len(cargo.merged))

    async def _merge(self, merged: Sequence[Waiting]) -> None:
        """Put a summary in the place of late notes; it is sent with the next look."""
        now, first = self._clock.now(), min(merged, key=lambda note: note.at)
        note = Note(
            f"summary:{first.event_id}"[:250], "summary", "summary", "report", now,
            f"{len(merged)} late messages", summary(merged, now),
        )  # fmt: skip
        await self._outbox.merge(merged, note, now)
        self._log.info("messages.merged", chat=first.chat_id, count=len(merged))

    async def _send(self, note: Waiting) -> bool:
        """Send one note; False when its chat has blocked us. Raises Unavailable when it was not sent."""
        picture = await self._picture(note)
        unsure = await self._outbox.unsure_titles(note.chat_id)
        said = late(note.text, note.at, self._clock.now(), self._stale_after)
        if unsure:
            said = said + "\n" + unsure_footer(unsure)
        if not await self._outbox.claim(note):
            return True
        try:
            message_id = await self._messenger.send(
                note.chat_id, said, picture=picture, silently=note.severity in {"info", "report"}
            )
        except NotSent:
            await self._outbox.put_back(note)
            raise
        except Blocked as e:
            await self._outbox.drop(note.chat_id, self._clock.now())
            self._log.warning("chat.dropped", chat=note.chat_id, why=str(e))
            return False
        except (Unsure, Refused) as e:
            await self._settled(note, "unsure" if isinstance(e, Unsure) else "refused", why=str(e))
            return True
        await self._settled(note, "sent", message_id=message_id)
        if unsure:
            await self._outbox.told_unsure(note.chat_id)
        return True

    async def _settled(
        self, note: Waiting, outcome: str, *, message_id: int | None = None, why: str | None = None
    ) -> None:
        SENT.labels(outcome=outcome).inc()
        log = self._log.info if outcome == "sent" else self._log.error
        log("message.settled", chat=note.chat_id, event_id=note.event_id, outcome=outcome, why=why)
        await self._outbox.settle(note, outcome, self._clock.now(), message_id=message_id, why=why)

    async def _picture(self, note: Waiting) -> bytes | None:
        return None if note.picture is None else await self._painter.paint(Picture.named(note.picture))
