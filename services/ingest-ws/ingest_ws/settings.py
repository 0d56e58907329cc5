"""What ingest-ws needs to know beside the account."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from ingest_ws.core.subscriptions import Reach, TooManySubscriptionsError, shared_out
from oi_common.broker.settings import BrokerSettings
from oi_common.errors import Misconfigured
from oi_common.market.underlyings import INDIA_VIX


class Settings(BrokerSettings):
    """`strikes_slack` is how many strikes the money may move on before a strike left behind is let go."""

    strikes_slack: Annotated[int, Field(ge=0, le=50)] = 5
    tick_buffer: Annotated[int, Field(ge=1_000)] = (
        100_000  # ticks that may wait for Redis, about 500 bytes each
    )
    ticks_kept_minutes: Annotated[int, Field(ge=1)] = 15

    @field_validator("angel_ws_url")
    @classmethod
    def _is_encrypted(cls, url: str, others: ValidationInfo) -> str:
        # The handshake's headers are the account.
        parts = urlsplit(url)
        if parts.scheme == "wss" or parts.hostname in {"127.0.0.1", "localhost"}:
            return url
        if parts.scheme == "ws" and others.data.get("clock") == "simulated":
            return url
        raise ValueError(
            f"must begin with wss:// (was {parts.scheme}://{parts.hostname}), except for a simulator"
        )

    @property
    def underlyings(self) -> tuple[str, ...]:
        """Every partition that is fed. India VIX says nothing of commodities."""
        return self.indices if self.feed_segment == "MCX" else (*self.indices, INDIA_VIX.name)

    @property
    def reach(self) -> Reach:
        return Reach(self.strikes_around, self.strikes_slack, self.expiries)

    @property
    def ticks_kept(self) -> timedelta:
        return timedelta(minutes=self.ticks_kept_minutes)

    def slots(self) -> dict[str, tuple[str, ...]]:
        """Return the underlyings of each socket slot. Raises Misconfigured when the broker allows no such number."""
        each = self.reach.most if self.has_chains else 1
        needs = [(name, 1 if name == INDIA_VIX.name else each) for name in self.underlyings]
        try:
            return {f"slot-{number}": names for number, names in enumerate(shared_out(needs), 1)}
        except TooManySubscriptionsError as e:
            raise Misconfigured(f"STRIKES_AROUND, EXPIRIES, INDICES: {e}") from e
