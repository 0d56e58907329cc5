"""Answers about what a chat has chosen: what it hears, what it has muted, and for how long."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from notifier.core import answers
from notifier.core.choosing import NotUnderstood, chosen
from notifier.core.commands import Asked
from notifier.core.quiet import SilentHours
from notifier.core.rule_pages import Buttons, list_page, rule_page
from notifier.core.rules import RULES, Rule
from notifier.core.text import bold, lines, text
from notifier.ports import Answer, ChatKeeper, Question
from oi_common.clock import Clock
from oi_common.market.buckets import wall_time

_MUTED_FOR: Final = 60  # minutes, when nobody says how long
_ALL: Final = (("all rules", "/alerts"),)
_MUTABLE: Final = (*RULES, "decision", "trade", "brief")


class ChatDesk:
    """`silent` are the usual silent hours. Raises Unavailable while the database is away."""

    def __init__(self, keeper: ChatKeeper, records: Any, clock: Clock, silent: SilentHours) -> None:
        self._keeper = keeper
        self._records = records
        self._clock = clock
        self._silent = silent

    async def start(self, question: Question, _wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        if chat.is_blocked:  # no longer, or it could not ask
            await self._keeper.save(replace(chat, is_blocked=False), self._clock.now())
        return Answer(answers.help_text())

    async def alerts(self, question: Question, wanted: Asked) -> Answer:
        """Show the rules as this chat has them, after changing what was said."""
        chat = await self._keeper.chat(question.chat_id)
        try:
            choices, rule = chosen(wanted.words, chat.choices)
        except NotUnderstood as e:
            return Answer(lines([bold("Nothing was changed"), str(e)]), buttons=(_ALL,))
        if choices != chat.choices:
            chat = replace(chat, choices=choices)
            await self._keeper.save(chat, self._clock.now())
        return await self._page(chat, rule)

    async def _page(self, chat: Any, rule: Rule | None) -> Answer:
        shown = (await self._records.all(), chat.muted_rules, self._silent)
        page = list_page(chat.choices, *shown) if rule is None else rule_page(chat.choices, rule.name, *shown)
        return Answer(page[0], buttons=page[1])

    async def mute(self, question: Question, wanted: Asked) -> Answer:
        chat = await self._keeper.chat(question.chat_id)
        rules = frozenset(word for word in wanted.rest if word in _MUTABLE)
        if wanted.rest and not rules:
            return Answer(text(f"There is no rule {wanted.rest[0]}. Rules: {', '.join(_MUTABLE)}."))
        now = self._clock.now()
        if rules:
            await self._keeper.save(replace(chat, muted_rules=chat.muted_rules | rules), now)
            said = text("Muted: ", bold(", ".join(sorted(rules))), ". /unmute brings them back.")
            return Answer(said, buttons=_back_to(rules))
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
        said = text("Loud again", f": {', '.join(sorted(rules))}." if rules else ".")
        return Answer(said, buttons=_back_to(rules))


def _back_to(names: Iterable[str]) -> Buttons:
    """Return buttons to the pages of rules that were muted or unmuted, and to all."""
    shown = tuple((name, f"/alerts {name}") for name in sorted(names) if name in RULES)
    return (shown, _ALL) if shown else ()
