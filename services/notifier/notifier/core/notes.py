"""A note: one message that is to be sent to each of its chats, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.core.rules import Severity
from notifier.core.text import Text

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Note:
    """`event_id` is derived from what is told, so that it is told once. `at` is the moment that is told about.

    Two notes of one `topic` are at least `cooldown` apart. `picture` names what is drawn for it. One that `follows`
    another's event id is told only where that one was. `chats` are those it is for; None: all.
    """

    event_id: str
    rule: str
    topic: str
    severity: Severity
    at: datetime
    title: str
    text: Text
    index_name: str | None = None
    picture: str | None = None
    cooldown: timedelta = NOTHING
    follows: str | None = None
    chats: frozenset[int] | None = None

    def is_for(self, chat_id: int) -> bool:
        return self.chats is None or chat_id in self.chats
