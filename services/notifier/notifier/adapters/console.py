"""What stands for Telegram where there is no token: the log, and a folder of pictures."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from notifier.core.text import Text
from notifier.ports import Answer, Button, Question

_A_WHILE = 3600.0


class Console:
    """Writes each message to the log and its picture to a file; nobody asks anything here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._log = structlog.get_logger()

    async def send(
        self,
        chat_id: int,
        text: Text,
        *,
        picture: bytes | None = None,
        silently: bool = False,
        buttons: Sequence[Sequence[Button]] = (),  # noqa: ARG002 nobody presses any here
        is_answer: bool = False,  # noqa: ARG002 nobody asks here
    ) -> int:
        self._number += 1
        file = None
        if picture is not None:
            file = str(await asyncio.to_thread(self._save, picture))
        self._log.info("message.sent", chat=chat_id, text=text.plain, picture=file, silent=silently)
        return self._number

    async def edit(self, question: Question, answer: Answer, picture: bytes | None) -> None:
        await self.send(question.chat_id, answer.text, picture=picture)

    async def questions(self) -> Sequence[Question]:
        await asyncio.sleep(_A_WHILE)
        return ()

    async def acknowledge(self, question: Question) -> None:
        """Nobody waits."""

    def _save(self, picture: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        count = len(list(self._folder.glob("*.png")))
        file = self._folder / f"{count + 1:04d}.png"
        file.write_bytes(picture)
        return file
