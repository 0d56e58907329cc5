"""Which models are asked, where, and what they may cost. No model at all is an ordinary state."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from oi_common.llm.prices import FREE, Price, PriceList, listed_prices, parsed_prices
from oi_common.llm.requests import Endpoint
from oi_common.settings import ServiceSettings

OPENROUTER = "https://openrouter.ai/api/v1"

Models = Annotated[tuple[str, ...], NoDecode, Field(min_length=1)]


def _base(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("begins with http:// or https://")
    return url.rstrip("/")


class LlmSettings(ServiceSettings):
    """What a service that may ask a model needs to know.

    A model is asked when there is a key, or an address of one's own. `ai_..._model` is the model and those to fall
    back to, with commas. `ai_daily_budget_inr` is hard, and all replicas of all loops share it.
    """

    openrouter_api_key: SecretStr | None = None
    llm_base_url: Annotated[str, AfterValidator(_base)] | None = None
    llm_structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    llm_prices: str = ""
    ai_minimal_model: Models = ("openai/gpt-4o-mini", "qwen/qwen-2.5-7b-instruct")
    ai_rich_model: Models = ("qwen/qwen-2.5-72b-instruct", "deepseek/deepseek-chat")
    ai_daily_budget_inr: Annotated[float, Field(ge=0, le=1_000_000)] = 100.0
    # About 90 at the end of 2025; a little too high, so that the budget errs on the safe side.
    usd_inr: Annotated[float, Field(gt=0, le=1000)] = 95.0

    @field_validator("ai_minimal_model", "ai_rich_model", mode="before")
    @classmethod
    def _splits_models(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("llm_prices")
    @classmethod
    def _reads_prices(cls, text: str) -> str:
        parsed_prices(text)
        return text

    @property
    def endpoint(self) -> Endpoint | None:
        """Return where models are asked; None when nobody is to be asked."""
        key = self.openrouter_api_key.get_secret_value() if self.openrouter_api_key else None
        if self.llm_base_url is None and not key:
            return None
        return Endpoint(self.llm_base_url or OPENROUTER, key or None, self.llm_structured)

    @property
    def price_list(self) -> PriceList:
        """Return the prices known; a server of one's own that asks for no key sends no bill either."""
        prices: dict[str, Price] = {**listed_prices(), **parsed_prices(self.llm_prices)}
        return PriceList(prices, self.usd_inr, others=None if self.openrouter_api_key else FREE)
