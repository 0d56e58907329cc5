"""What the notifier needs to know beside what every service knows."""

from datetime import time, timedelta
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from notifier.core.quiet import SilentHours
from notifier.core.rules import RULES
from oi_common.settings import ServiceSettings

CONSOLE = 0  # the one chat there is without a token: the log


class Settings(ServiceSettings):
    """Without `telegram_bot_token` messages go to the log, and pictures to DATA_DIR/telegram.

    `alerts_off` names rules that nobody is told about; each chat can also mute rules of its own.
    """

    telegram_bot_token: SecretStr | None = None
    telegram_chat_ids: Annotated[tuple[int, ...], NoDecode] = ()
    telegram_base_url: str = "https://api.telegram.org/bot"
    messages_a_day: Annotated[int, Field(ge=5, le=200)] = 40
    silent_hours: Annotated[SilentHours, NoDecode] = SilentHours(time(23, 0), time(8, 0))
    alerts_off: Annotated[tuple[str, ...], NoDecode] = ()
    stale_after: timedelta = timedelta(minutes=10)
    ai_daily_budget_inr: Annotated[float, Field(gt=0)] = 100.0

    @field_validator("telegram_bot_token")
    @classmethod
    def _may_be_an_empty_file(cls, token: SecretStr | None) -> SecretStr | None:
        return token if token is not None and token.get_secret_value().strip() else None

    @field_validator("telegram_chat_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("alerts_off", mode="before")
    @classmethod
    def _split_rules(cls, value: object) -> object:
        names = (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )
        if isinstance(names, list) and (unknown := [name for name in names if name not in RULES]):
            raise ValueError(f"there is no rule {', '.join(unknown)}; known are {', '.join(RULES)}")
        return names

    @field_validator("silent_hours", mode="before")
    @classmethod
    def _reads_hours(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        begins, _, ends = value.partition("-")
        return SilentHours(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))

    @property
    def is_dry_run(self) -> bool:
        return self.telegram_bot_token is None

    @property
    def chats(self) -> tuple[int, ...]:
        return (CONSOLE,) if self.is_dry_run else self.telegram_chat_ids
