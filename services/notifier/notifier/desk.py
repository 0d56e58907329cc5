"""Answers what people ask: those on the list, and nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog

from notifier.chain_desk import ChainDesk
from notifier.core import answers, reports
from notifier.core.commands import ABOUT_A_CHAIN, COMMANDS, Asked, asked
from notifier.core.pictures import Picture
from notifier.core.quality import told
from notifier.core.rules import JUDGED_DAYS, RULES
from notifier.core.text import bold, lines, text
from notifier.metrics import ANSWERED, STRANGERS
from notifier.ports import Answer, Blocked, ChatKeeper, Messenger, Question, Refused, Unsure
from oi_common.clock import Clock
from oi_common.errors import Unavailable
from oi_common.market.buckets import wall_time
from oi_common.waiting import wait

_RETRY: Final = timedelta(seconds=2)
_MUTED_FOR: Final = 60  # minutes, when nobody says how long
_MUTABLE: Final = (*RULES, "decision", "trade", "brief")


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
    ) -> None:
        self._allowed = frozenset(chats)
        self._indices = tuple(indices)
        self._messenger = messenger
        self._keeper = keeper
        self._ledger = ledger
        self._records = records
        self._painter = painter
        self._clock = clock
        self._wall = wall
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
                await wait(stop, _RETRY)

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
        except Unavailable:
            raise
        except Exception as e:  # noqa: BLE001 a bug in one answer must not stop the alerts, start after start
            is_bug = not isinstance(e, (Unsure, Refused, Blocked))
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
            await self._messenger.send(question.chat_id, answer.text, picture=picture, buttons=answer.buttons)

    def _replies(self) -> Mapping[str, Reply]:
        return {
            **dict.fromkeys(ABOUT_A_CHAIN, self._about_a_chain),
            "start": self._start,
            "decision": self._decision,
            "position": self._position,
            "pnl": self._pnl,
            "score": self._score,
            "status": self._status,
            "quality": self._quality,
            "alerts": self._alerts,
            "mute": self._mute,
            "unmute": self._unmute,
        }

    async def _help(self, _question: Question, _wanted: Asked) -> Answer:
        return Answer(answers.help_text())

    async def _start(self, question: Question, wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        if chat.is_blocked:  # no longer, or it could not ask
            await self._keeper.save(replace(chat, is_blocked=False), self._clock.now())
        return await self._help(question, wanted)

    async def _about_a_chain(self, _question: Question, wanted: Asked) -> Answer:
        return await self._chains.answer(wanted)

    async def _decision(self, _question: Question, wanted: Asked) -> Answer:
        return Answer(reports.decisions(await self._ledger.decisions(self._today(), wanted.index_name, 5)))

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

    async def _alerts(self, question: Question, _wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        records = await self._records.all()
        said = reports.alert_lines(records, chat.muted_rules)
        buttons = tuple(
            (((f"unmute {name}", f"/unmute {name}") if name in chat.muted_rules else (f"mute {name}", f"/mute {name}")),)
            for name in RULES
        )  # fmt: skip
        return Answer(
            lines([*said, "", *(f"{rule.name}: {rule.says}" for rule in RULES.values())]), buttons=buttons
        )

    async def _mute(self, question: Question, wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        rules = frozenset(word for word in wanted.rest if word in _MUTABLE)
        if wanted.rest and not rules:
            return Answer(text(f"There is no rule {wanted.rest[0]}. Rules: {', '.join(_MUTABLE)}."))
        now = self._clock.now()
        if rules:
            await self._keeper.save(replace(chat, muted_rules=chat.muted_rules | rules), now)
            return Answer(text("Muted: ", bold(", ".join(sorted(rules))), ". /unmute brings them back."))
        until = now + timedelta(minutes=wanted.minutes or _MUTED_FOR)
        await self._keeper.save(replace(chat, muted_until=until), now)
        return Answer(
            text("Quiet until ", bold(f"{wall_time(until):%H:%M}"), "; what is critical still comes.")
        )

    async def _unmute(self, question: Question, wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        rules = frozenset(wanted.rest)
        kept = replace(chat, muted_rules=chat.muted_rules - rules) if rules else replace(
            chat, muted_until=None, muted_rules=frozenset()
        )  # fmt: skip
        await self._keeper.save(kept, self._clock.now())
        return Answer(text("Loud again", f": {', '.join(sorted(rules))}." if rules else "."))

    def _today(self) -> date:
        return wall_time(self._clock.now()).date()
