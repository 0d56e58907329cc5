"""The settings that change what a service makes of the market, told in Redis: a recording keeps them with the day.

They are named here one by one, so that no secret and no address can slip in.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from oi_common.connections import AsyncRedis
from oi_common.settings import ServiceSettings

# What is watched, and how often; what the ledger does with it; who decides; how a decision is filled.
RESULTS: Final = frozenset(
    {
        "feed_segment", "mcx_name", "indices", "strikes_around", "strikes_slack", "expiries", "poll_seconds",
        "snapshot_rule", "candle_grace",
        "llm_structured", "llm_prices", "usd_inr", "ai_daily_budget_inr", "ai_minimal_model", "ai_minimal_seconds",
        "ai_minimal_rest", "ai_rich_model", "ai_rich_seconds", "ai_rich_min_changed", "ai_rich_oldest_seconds",
        "paper_lots", "paper_max_positions", "paper_capital", "paper_slippage_percent", "paper_no_book_percent",
        "paper_trail_after", "paper_trail_by", "paper_hold_minutes", "paper_square_off", "paper_decision_seconds",
        "paper_quote_seconds", "paper_brokerage",
    }
)  # fmt: skip

Told = Mapping[str, str]


def settings_key(service: str) -> str:
    return f"oi:settings:{service}"


def told_settings(settings: ServiceSettings) -> dict[str, str]:
    """Return NAME -> text as the environment takes it, in the order of the names; what is not set is empty."""
    told = settings.model_dump(mode="json", include=set(RESULTS))
    return {name.upper(): _text(told[name]) for name in sorted(told)}


async def tell_settings(redis: AsyncRedis, service: str, settings: ServiceSettings) -> None:
    """Say with which settings a service runs now. Raises what the client raises while Redis is away."""
    await redis.set(settings_key(service), json.dumps(told_settings(settings)))


async def read_told(redis: AsyncRedis, services: Iterable[str]) -> dict[str, Told]:
    """Return what services last told, without those that never did. Raises what the client raises."""
    # One by one: on a cluster the keys lie in different slots.
    found = {service: await redis.get(settings_key(service)) for service in services}
    return {service: dict(json.loads(text)) for service, text in found.items() if text is not None}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
