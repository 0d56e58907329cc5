"""Language models: asked by OpenAI's protocol, within a time, a budget and a form. None at all is an ordinary state."""

from oi_common.llm.budget import Budget
from oi_common.llm.calls import Call
from oi_common.llm.client import Answered, AskPolicy, Failed, LlmClient, open_llm
from oi_common.llm.requests import Endpoint, Question
from oi_common.llm.settings import LlmSettings

__all__ = [
    "Answered",
    "AskPolicy",
    "Budget",
    "Call",
    "Endpoint",
    "Failed",
    "LlmClient",
    "LlmSettings",
    "Question",
    "open_llm",
]
