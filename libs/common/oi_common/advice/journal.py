"""Keeps calls and decisions: rows in the database, transcripts in files, off the path of whoever decides."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, select

from oi_common.advice.decided import Decided, decision_row
from oi_common.database import Database
from oi_common.errors import Unavailable
from oi_common.llm.calls import Call, call_row
from oi_common.llm.transcripts import Transcripts
from oi_common.tables import ai_calls, ai_decisions
from oi_common.upserts import upsert
from oi_common.waiting import wait

DROPPED = Counter(
    "oi_ai_journal_dropped", "Calls and decisions given up unwritten: the database was away too long"
)

_LAST_WORD: Final = timedelta(seconds=5)
_RETRY: Final = timedelta(seconds=2)
_BATCH: Final = 200


class Journal:
    """Notes take no time; `run` writes them in order, and waits for a database that is away."""

    def __init__(self, database: Database, transcripts: Transcripts, *, most: int = 20_000) -> None:
        self._database = database
        self._transcripts = transcripts
        self._most = most
        self._waiting: deque[Call | Decided] = deque()
        self._noted = asyncio.Event()
        self._log = structlog.get_logger()

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, entry: Call | Decided) -> None:
        """Keep a call or a decision for writing; the oldest is given up when far too many wait."""
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            DROPPED.inc()
        self._waiting.append(entry)
        self._noted.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write what is noted until `stop`, and then what is left, if the database lets us soon."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                noted = asyncio.create_task(self._noted.wait())
                await asyncio.wait({stopping, noted}, return_when=asyncio.FIRST_COMPLETED)
                noted.cancel()
                await self._flush_or_wait(stop)
        finally:
            stopping.cancel()
        try:
            async with asyncio.timeout(_LAST_WORD.total_seconds()):
                await self.flush()
        except (Unavailable, TimeoutError) as e:
            DROPPED.inc(len(self._waiting))
            self._log.error("journal.lost", entries=len(self._waiting), error=str(e))

    async def flush(self) -> None:
        """Write all that is noted. Raises Unavailable when the database is away; nothing is lost by that."""
        while self._waiting:
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            await self.write(*batch)
            for entry in batch:
                if self._waiting and self._waiting[0] is entry:
                    self._waiting.popleft()
        self._noted.clear()

    async def write(
        self, *entries: Call | Decided, guard: Callable[[Connection], None] | None = None
    ) -> None:
        """Write these now, for who must know that they are kept. Raises Unavailable when the database is away.

        `guard` may refuse in the same transaction, as a fence does.
        """
        calls = [each for each in entries if isinstance(each, Call)]
        decisions = [decision_row(each) for each in entries if isinstance(each, Decided)]
        rows = [call_row(call) for call in calls]
        await self._database.run(lambda connection: _write(connection, rows, decisions, guard))
        if calls:
            await asyncio.to_thread(self._transcribe, calls)

    async def _flush_or_wait(self, stop: asyncio.Event) -> None:
        try:
            await self.flush()
        except Unavailable as e:
            self._log.warning("journal.waiting", entries=len(self._waiting), error=str(e))
            await wait(stop, _RETRY)

    def _transcribe(self, calls: list[Call]) -> None:
        try:
            for call in calls:
                self._transcripts.write(call)
        except OSError as e:
            # The row is there; a full disk must not stop the loop.
            self._log.error("transcript.failed", error=str(e))


async def kept_decision(database: Database, event_id: str) -> dict[str, Any] | None:
    """Return a decision's row, for who was cut short and is about to decide again; None when there is none."""

    def find(connection: Connection) -> dict[str, Any] | None:
        row = connection.execute(select(ai_decisions).where(ai_decisions.c.event_id == event_id)).first()
        return dict(row._mapping) if row else None  # noqa: SLF001 SQLAlchemy's own name for it

    return await database.read(find)


def _write(
    connection: Connection,
    calls: list[dict[str, Any]],
    decisions: list[dict[str, Any]],
    guard: Callable[[Connection], None] | None,
) -> None:
    if guard is not None:
        guard(connection)
    upsert(connection, ai_calls, calls)
    upsert(connection, ai_decisions, decisions)
