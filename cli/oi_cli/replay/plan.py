"""What a replay is to do, and what its services are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from oi_cli.demo.plan import Plan, Site, inherited, service_environment
from oi_cli.record.inputs import KINDS, LEDGER
from oi_cli.replay.recording import Recording
from oi_cli.replay.settings import environment_of
from oi_cli.replay.turns import TurnPolicy
from oi_common.told_settings import Told

BUCKETER: Final = "bucketer"
SERVICES: Final = (BUCKETER, "ai-minimal", "ai-rich", "paper-trader", "notifier")
_READ_TICKS: Final = frozenset({"ai-minimal", "ai-rich", "paper-trader"})
MAX: Final = "max"
# Where a model is, and who pays for it.
_OF_A_MODEL: Final = ("OPENROUTER_API_KEY", "OPENROUTER_API_KEY_FILE", "LLM_BASE_URL", "LLM_BASE_URL_FILE")

# Without a service that lives by the clock, nobody minds how far it moves at once.
_LEDGER_ALONE = TurnPolicy(timedelta(minutes=1))
_BY_THE_SECOND = TurnPolicy(timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """`speed` is a factor, None as fast as the services go. `begins` is where watching begins: before, all is fed at once.

    `settings` are what services are told otherwise; `is_present` leaves the rest to the environment instead of the day.
    """

    recording: Recording
    speed: float | None = None
    begins: datetime | None = None
    services: tuple[str, ...] = SERVICES
    settings: Mapping[str, str] = field(default_factory=dict)
    compare_url: str | None = None
    is_present: bool = False

    @property
    def asks_otherwise(self) -> bool:
        """Say whether differences from the day are what was asked for."""
        return bool(self.settings) or self.is_present

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what is fed: ticks are for those who read them."""
        return tuple(KINDS) if _READ_TICKS & set(self.services) else LEDGER

    @property
    def turns(self) -> TurnPolicy:
        return _LEDGER_ALONE if self.services == (BUCKETER,) and self.speed is None else _BY_THE_SECOND

    @property
    def cast(self) -> Plan:
        """Return the same as the demo's processes are told it."""
        return Plan(
            indices=self.recording.indices,
            speed=MAX if self.speed is None else str(self.speed),
            seed=0,
            day=self.recording.day,
            segment=self.recording.segment,
            services=self.services,
        )


@dataclass(frozen=True, slots=True)
class ReplaySite(Site):
    """Where a replay's processes live. Its Redis and database are its own unless they are named."""

    given_redis_url: str | None = None

    @property
    def redis_url(self) -> str:
        return self.given_redis_url or f"redis://127.0.0.1:{self.redis_port}/0"


def replayed_environment(name: str, plan: ReplayPlan, site: ReplaySite) -> dict[str, str]:
    """Return all that a service's process has in its environment. It knows no chat, no account and no live server."""
    ours = {each: value for each, value in inherited(os.environ).items() if each not in _OF_A_MODEL}
    return {
        **environment_of(_told(name, plan), ours),
        **_of_a_model(plan),
        **service_environment(name, plan.cast, site),
        "CLOCK": "recorded",
        **plan.settings,
    }


def _told(name: str, plan: ReplayPlan) -> Told:
    day = None if plan.is_present else plan.recording.settings
    return day.services.get(name, {}) if day is not None else {}


def _of_a_model(plan: ReplayPlan) -> dict[str, str]:
    """A model is asked, and paid, only in a replay that names one, or where it is."""
    if not any(name.endswith("_MODEL") or name in _OF_A_MODEL for name in plan.settings):
        return {}
    return {name: os.environ[name] for name in _OF_A_MODEL if name in os.environ}
