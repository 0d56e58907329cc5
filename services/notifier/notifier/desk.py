"""Answers what people ask: those on the list, and nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog

from notifier.chain_desk import ChainDesk
from notifier.chat_desk import ChatDesk
from notifier.core import answers, reports
from notifier.core.commands import ABOUT_A_CHAIN, COMMANDS, Asked, asked
from notifier.core.pictures import Picture
from notifier.core.quality import told
from notifier.core.quiet import SilentHours
from notifier.core.rules import JUDGED_DAYS
from notifier.core.text import text
from notifier.metrics import ANSWERED, STRANGERS
from notifier.ports import Answer, Blocked, ChatKeeper, Messenger, NotSent, Question, Refused, Unsure
from oi_common.clock import Clock
from oi_common.errors import Unavailable
from oi_common.market.buckets import wall_time
from oi_common.waiting import wait

_RETRY: Final = timedelta(seconds=2)
_LOOKED_AT: Final = 300  # decisions: a loop that holds says so each minute

Reply = Callable[[Question, Asked], Awaitable[Answer]]


class Desk:
    """One command after another; each is answered in its chat."""

    def __init__(
        self,
        chats: Sequence[int],
        indices: Sequence[str],
        messenger: Messenger,
        keeper: ChatKeeper,
        ledger: Any,
        records: Any,
        painter: Any,
        clock: Clock,
        wall: Callable[[], datetime],
        *,
        silent: SilentHours,
    ) -> None:
        self._allowed = frozenset(chats)
        self._indices = tuple(indices)
        self._messenger = messenger
        self._ledger = ledger
        self._records = records
        self._painter = painter
        self._clock = clock
        self._wall = wall
        self._chats = ChatDesk(keeper, records, clock, silent)
        self._chains = ChainDesk(indices, ledger, clock)
        self._log = structlog.get_logger()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`; Telegram that is away is waited for."""
        while not stop.is_set():
            listening = asyncio.create_task(self._listen())
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not listening.done():
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
            elif (error := listening.exception()) is not None:
                if not isinstance(error, (Unavailable, Unsure, Refused)):
                    raise error
                self._log.warning("desk.waiting", error=str(error))
                await wait(stop, error.retry(_RETRY) if isinstance(error, NotSent) else _RETRY)

    async def _listen(self) -> None:
        for question in await self._messenger.questions():
            await self.on_question(question)

    async def on_question(self, question: Question) -> None:
        """Answer a chat that is on the list. Others get not a byte, and are counted."""
        if question.chat_id not in self._allowed:
            STRANGERS.inc()
            self._log.warning("stranger.ignored", chat=question.chat_id)
            return
        wanted = asked(question.words, self._indices)
        if wanted is None:
            return
        ANSWERED.labels(command=wanted.name if wanted.name in COMMANDS else "unknown").inc()
        try:
            await self._messenger.acknowledge(question)
            await self._give(question, await self._answer(question, wanted))
        except Exception as e:  # noqa: BLE001 neither a bug nor an outage may cost the next question its answer
            is_bug = not isinstance(e, (Unavailable, Unsure, Refused, Blocked))
            self._log.error(
                "answer.failed", command=wanted.name, error=str(e), exc_info=e if is_bug else None
            )

    async def _answer(self, question: Question, wanted: Asked) -> Answer:
        try:
            return await self._replies().get(wanted.name, self._help)(question, wanted)
        except Unavailable as e:
            self._log.warning("answer.waiting", command=wanted.name, error=str(e))
            return Answer(text("The database does not answer just now; please ask again."))

    async def _give(self, question: Question, answer: Answer) -> None:
        picture = None
        if answer.picture is not None:
            picture = await self._painter.paint(answer.picture)
        if question.message_id is not None:
            await self._messenger.edit(question, answer, picture)
        else:
            await self._messenger.send(
                question.chat_id, answer.text, picture=picture, buttons=answer.buttons, is_answer=True
            )

    def _replies(self) -> Mapping[str, Reply]:
        return {
            **dict.fromkeys(ABOUT_A_CHAIN, self._about_a_chain),
            "start": self._chats.start,
            "decision": self._decision,
            "position": self._position,
            "pnl": self._pnl,
            "score": self._score,
            "status": self._status,
            "quality": self._quality,
            "alerts": self._chats.alerts,
            "mute": self._chats.mute,
            "unmute": self._chats.unmute,
        }

    async def _help(self, _question: Question, _wanted: Asked) -> Answer:
        return Answer(answers.help_text())

    async def _about_a_chain(self, _question: Question, wanted: Asked) -> Answer:
        return await self._chains.answer(wanted)

    async def _decision(self, _question: Question, wanted: Asked) -> Answer:
        return Answer(
            reports.decisions(await self._ledger.decisions(self._today(), wanted.index_name, _LOOKED_AT))
        )

    async def _position(self, _question: Question, wanted: Asked) -> Answer:
        return Answer(reports.positions(await self._ledger.positions(wanted.index_name)))

    async def _pnl(self, _question: Question, _wanted: Asked) -> Answer:
        return Answer(reports.result(await self._ledger.closed_positions(self._today())))

    async def _score(self, _question: Question, _wanted: Asked) -> Answer:
        scores = await self._ledger.scores(self._today() - timedelta(days=JUDGED_DAYS))
        return Answer(reports.score(scores, await self._records.all()))

    async def _status(self, _question: Question, _wanted: Asked) -> Answer:
        fed = await self._ledger.last_polls(self._indices, self._today())
        beats = await self._ledger.services()
        return Answer(reports.status(beats, fed, self._wall(), self._clock.now()))

    async def _quality(self, _question: Question, _wanted: Asked) -> Answer:
        until = wall_time(self._clock.now())
        chains = await self._painter.quality_of(until)
        picture = Picture("quality", chains[0].index_name, chains[0].expiry, until) if chains else None
        return Answer(told(until.date(), chains), picture)

    def _today(self) -> date:
        return wall_time(self._clock.now()).date()
