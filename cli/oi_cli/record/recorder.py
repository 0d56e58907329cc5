"""Reading the input streams onto their tapes, and marking in Redis how far the disk has come."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import structlog
from redis.exceptions import ResponseError

from oi_cli.record.files import BEGINNING
from oi_cli.record.inputs import LEDGER, Input, Recorded
from oi_cli.record.tape import Tape, TapePolicy
from oi_common.connections import AsyncRedis
from oi_common.trimming import RECORDER, EntryId

_PAGE = 1_000


class Recorder:
    """Follows streams. Its group only marks a position: nothing is trimmed that it has not written."""

    def __init__(
        self,
        redis: AsyncRedis,
        recordings: Path,
        inputs: Sequence[Input],
        today: date,
        policy: TapePolicy | None = None,
    ) -> None:
        self._redis = redis
        self._tapes = [Tape(recordings, each, today, policy) for each in inputs]
        self._marked: dict[str, EntryId] = {}
        self._begun: set[str] = set()
        self._log = structlog.get_logger()

    async def read_on(self) -> int:
        """Read all that is new, write what is due, and return how many entries of the ledger came.

        Raises what the client raises while Redis is away; nothing is lost by it.
        """
        taken = {tape.input: await self._follow(tape) for tape in self._tapes}
        return sum(count for each, count in taken.items() if each.kind in LEDGER)

    async def write_all(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(tape.write) for tape in self._tapes))

    async def mark_all(self) -> None:
        """Tell Redis how far the disk has come. Raises as `read_on`."""
        for tape in self._tapes:
            await self._mark(tape)

    async def _follow(self, tape: Tape) -> int:
        await self._mark(tape)
        await self._look_for_a_hole(tape)
        taken = 0
        while entries := await self._page(tape):
            taken += len(entries)
            tape.take(entries)
            if tape.is_full:
                await asyncio.to_thread(tape.write)
                await self._mark(tape)
            if len(entries) < _PAGE:
                break
        if tape.is_due:
            await asyncio.to_thread(tape.write)
            await self._mark(tape)
        return taken

    async def _page(self, tape: Tape) -> list[Recorded]:
        after = f"({tape.read}" if tape.read != BEGINNING else "-"
        page = await self._redis.xrange(tape.input.stream, after, "+", count=_PAGE)
        return [Recorded(EntryId.parse(entry_id), fields) for entry_id, fields in page]

    async def _mark(self, tape: Tape) -> None:
        stream = tape.input.stream
        if self._marked.get(stream) == tape.written:
            return
        try:
            await self._redis.xgroup_setid(stream, RECORDER, str(tape.written))
        except ResponseError as e:
            if "NOGROUP" in str(e):
                await self._redis.xgroup_create(stream, RECORDER, id=str(tape.written))
            elif "requires the key to exist" not in str(e):
                raise
            else:
                return  # nobody has written to it yet
        self._marked[stream] = tape.written

    async def _look_for_a_hole(self, tape: Tape) -> None:
        """At the start, see whether too much time has passed. Servers before 7.0 do not say what was trimmed."""
        if tape.input.stream in self._begun:
            return
        self._begun.add(tape.input.stream)
        try:
            known = await self._redis.xinfo_stream(tape.input.stream)
        except ResponseError:  # no such key
            return
        deleted = known.get("max-deleted-entry-id")
        if deleted is None or (until := EntryId.parse(str(deleted))) <= tape.read:
            return
        tape.miss(until)
        self._log.error("recording.torn", stream=tape.input.stream, after=str(tape.read), until=str(until))
