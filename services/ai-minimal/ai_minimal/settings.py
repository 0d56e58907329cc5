"""What ai-minimal needs to know beside what every service that may ask a model knows."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from ai_minimal.core.asking import AskingPolicy
from oi_common.llm import LlmSettings


class Settings(LlmSettings):
    """`ai_minimal_seconds`: real seconds for an answer; `ai_minimal_rest`: market seconds between two questions."""

    ai_minimal_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
    ai_minimal_rest: Annotated[float, Field(ge=0, le=3600)] = 10.0

    @property
    def within(self) -> timedelta:
        return timedelta(seconds=self.ai_minimal_seconds)

    @property
    def asking(self) -> AskingPolicy:
        return AskingPolicy(timedelta(seconds=self.ai_minimal_rest))
