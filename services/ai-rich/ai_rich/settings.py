"""What the deep loop needs to know beside what every service and every loop knows."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from oi_common.advice import RICH, DeskPolicy, RulePolicy
from oi_common.llm import AskPolicy, LlmSettings

# The chain's reading swings from bucket to bucket: only a plain one counts, with the signal and the longer window.
RULES: Final = RulePolicy(needs_momentum=False, needs_signal=True, least_degree=2)
# About 7,000 tokens: the whole chain of 41 strikes, half an hour of buckets, all windows.
POLICY: Final[DeskPolicy] = replace(RICH, rules=RULES, evidence_size=20_000)


class Settings(LlmSettings):
    """`ai_rich_min_changed` is a share of the chain's contracts; seconds of an answer are real ones, those of age are not."""

    ai_rich_min_changed: Annotated[float, Field(ge=0, le=1)] = 0.10
    ai_rich_seconds: Annotated[float, Field(gt=0, le=300)] = 40.0
    ai_rich_oldest_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0

    @property
    def within(self) -> timedelta:
        return timedelta(seconds=self.ai_rich_seconds)

    @property
    def oldest(self) -> timedelta:
        """How long after its moment a trigger still leads to a decision."""
        return timedelta(seconds=self.ai_rich_oldest_seconds)

    @property
    def asking(self) -> AskPolicy:
        """One model may take the larger part of the time; what is left is for the next one."""
        return AskPolicy(request=0.6 * self.within)
