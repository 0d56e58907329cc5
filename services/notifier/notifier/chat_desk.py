"""Answers about what a chat has chosen: what it hears, what it has muted, and for how long."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from notifier.core import answers, reports
from notifier.core.commands import Asked
from notifier.core.rules import RULES
from notifier.core.text import bold, lines, text
from notifier.ports import Answer, Button, ChatKeeper, Question
from oi_common.clock import Clock
from oi_common.market.buckets import wall_time

_MUTED_FOR: Final = 60  # minutes, when nobody says how long
_MUTABLE: Final = (*RULES, "decision", "trade", "brief")
_BUTTONS_IN_A_ROW: Final = 2


class ChatDesk:
    """Raises Unavailable while the database is away."""

    def __init__(self, keeper: ChatKeeper, records: Any, clock: Clock) -> None:
        self._keeper = keeper
        self._records = records
        self._clock = clock

    async def start(self, question: Question, _wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        if chat.is_blocked:  # no longer, or it could not ask
            await self._keeper.save(replace(chat, is_blocked=False), self._clock.now())
        return Answer(answers.help_text())

    async def alerts(self, question: Question, _wanted: Asked) -> Answer:
        muted = (await self._keeper.chat(question.chat_id)).muted_rules
        said = reports.alert_lines(await self._records.all(), muted, explained=True)
        return Answer(lines(said), buttons=_switches(tuple(RULES), muted))

    async def mute(self, question: Question, wanted: Asked) -> Answer:
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

    async def unmute(self, question: Question, wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        rules = frozenset(wanted.rest)
        kept = replace(chat, muted_rules=chat.muted_rules - rules) if rules else replace(
            chat, muted_until=None, muted_rules=frozenset()
        )  # fmt: skip
        await self._keeper.save(kept, self._clock.now())
        return Answer(text("Loud again", f": {', '.join(sorted(rules))}." if rules else "."))


def _switches(names: Sequence[str], muted: frozenset[str]) -> tuple[tuple[Button, ...], ...]:
    """Return a button for each rule, which says what it will do."""
    buttons: list[Button] = []
    for name in names:
        verb = "unmute" if name in muted else "mute"
        mark = "🔔" if name in muted else "🔕"
        buttons.append((f"{mark} {name}", f"/{verb} {name}"))
    rows = range(0, len(buttons), _BUTTONS_IN_A_ROW)
    return tuple(tuple(buttons[start : start + _BUTTONS_IN_A_ROW]) for start in rows)
