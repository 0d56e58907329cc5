"""What a chaotic day is: which day, how fast, who takes part, and the environment each process gets."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

DAY = date(2026, 11, 18)
SEGMENT = "NFO"
EVERY_SECONDS = 60
SERVICES = ("poller", "bucketer", "ingest-ws")
_NOT_INHERITED = ("ANGEL_", "SIM", "REDIS_", "DATABASE_", "TELEGRAM_", "OPENROUTER_", "CLOCK", "INSTANCE")


@dataclass(frozen=True, slots=True)
class Plan:
    """`speed` is a factor, or `max`: then time stands still while no poller lives. `market` seeds the exchange."""

    speed: str = "max"
    indices: tuple[str, ...] = ("NIFTY", "BANKNIFTY")
    expiries: int = 2
    market: int = 7
    opens: time = time(9, 14)
    until: time | None = None  # polling ends here; None is the close
    replicas: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(SERVICES, 1))
    spool_size: str = "64MiB"
    snapshot_rule: str = "change_and_new_bucket"

    def instances(self, service: str) -> tuple[str, ...]:
        return tuple(f"{service}-{number}" for number in range(1, self.replicas.get(service, 0) + 1))

    @property
    def all_instances(self) -> tuple[str, ...]:
        return tuple(name for service in SERVICES for name in self.instances(service))


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}


def common_environment(plan: Plan, name: str, folder: Path, health_port: int) -> dict[str, str]:
    """Return what every process is told, but for the addresses of its servers."""
    return {
        "CLOCK": "simulated",
        "INSTANCE": name,
        "DATA_DIR": str(folder / name),
        "HEALTH_HOST": "127.0.0.1",
        "HEALTH_PORT": str(health_port),
        "INDICES": ",".join(plan.indices),
        "FEED_SEGMENT": SEGMENT,
        "LOG_FORMAT": "json",
        "POLL_SECONDS": str(EVERY_SECONDS),
        "STRIKES_AROUND": "5",
        "EXPIRIES": str(plan.expiries),
        "SPOOL_SIZE": plan.spool_size,
        "SNAPSHOT_RULE": plan.snapshot_rule,
    }


def exchange_environment(plan: Plan, rest_port: int, ws_port: int) -> dict[str, str]:
    return {
        "SIM_HOST": "127.0.0.1",
        "SIM_REST_PORT": str(rest_port),
        "SIM_WS_PORT": str(ws_port),
        "SIM_SPEED": plan.speed,
        "SIM_SEED": str(plan.market),
        "SIM_DAY": DAY.isoformat(),
        "SIM_START": f"{plan.opens:%H:%M:%S}",
        "SIM_END": f"{plan.until or time(22):%H:%M:%S}",
        "SIM_PACERS": str(plan.replicas["poller"]),
        "SIM_MAX_TICKS_PER_SECOND": "40",
    }
