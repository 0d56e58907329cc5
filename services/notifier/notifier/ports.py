"""What the handlers want of the world outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from notifier.core.pictures import Picture
from notifier.core.text import Text
from oi_common.errors import Unavailable

Button = tuple[str, str]  # what it says, and the command it stands for


class NotSent(Unavailable):
    """Certainly not sent; trying again later may help. `after` is how many seconds later, when that was said."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after

    def retry(self, usual: timedelta) -> timedelta:
        """Return how long to wait: as usual, or as long as was said."""
        return max(usual, timedelta(seconds=self.after))


class Unsure(Exception):
    """Nobody knows whether it was sent: the connection broke before the answer came."""


class Blocked(Exception):
    """The chat has blocked the bot, or is gone."""


class Refused(Exception):
    """It can never be sent like this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command is answered with."""

    text: Text
    picture: Picture | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed or pressed. `message_id` is the message whose button it was; `press_id` that of the press.

    `has_picture`: that message is a picture with a caption.
    """

    chat_id: int
    words: str
    message_id: int | None = None
    press_id: str | None = None
    has_picture: bool = False


class Messenger(Protocol):
    """Telegram, or what stands for it."""

    async def send(
        self,
        chat_id: int,
        text: Text,
        *,
        picture: bytes | None = None,
        silently: bool = False,
        buttons: Sequence[Sequence[Button]] = (),
        is_answer: bool = False,
    ) -> int:
        """Send one message and return its number; somebody waits for an answer. Raises NotSent, Unsure, Blocked or Refused."""

    async def edit(self, question: Question, answer: Answer, picture: bytes | None) -> None:
        """Put an answer in the place of the message whose button was pressed. Raises as `send` does."""

    async def questions(self) -> Sequence[Question]:
        """Wait a while for what people ask. Raises NotSent."""

    async def acknowledge(self, question: Question) -> None:
        """Tell the phone that its press was heard."""


class Painter(Protocol):
    async def paint(self, picture: Picture) -> bytes | None:
        """Return the picture as PNG; None when there is nothing to draw. Raises Unavailable."""


class ChatKeeper(Protocol):
    async def chat(self, chat_id: int) -> Any: ...
    async def save(self, chat: Any, now: datetime) -> None: ...
