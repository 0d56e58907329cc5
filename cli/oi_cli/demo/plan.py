"""What a demo is to do, and the environment its processes get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from oi_common.market.sessions import TradingSession, session_on

SERVICES = (
    "ingest-ws",
    "poller",
    "bucketer",
    "ai-minimal",
    "ai-rich",
    "paper-trader",
    "notifier",
    "recorder",
    "dashboard",
)
# What is started by another name than its own.
COMMANDS = {"recorder": ("oi", "record", "--follow")}
SIMULATOR = "simulator"
REDIS = "redis"
DASHBOARD = "dashboard"
SEGMENT = "NFO"
CALM = "calm"

HELD_BEFORE_OPEN = timedelta(seconds=2)

_ALL_STRIKES = "200"  # the most that the setting takes
_BEGINS_BEFORE_OPEN = timedelta(minutes=1)
# A person's own accounts and servers are none of the demo's business.
_NOT_INHERITED = (
    "ANGEL_",
    "SIMULATOR_URL",
    "REDIS_",
    "DATABASE_",
    "TELEGRAM_",
    "OPENROUTER_",
    "CLOCK",
    "DASHBOARD_",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """`speed` is a factor, or `max`. `day` is None where a recording brings its own."""

    indices: tuple[str, ...]
    speed: str
    seed: int
    day: date | None = None
    lasts: timedelta | None = None
    until: time | None = None
    recording: Path | None = None
    lot: int | None = None
    segment: str = SEGMENT
    services: tuple[str, ...] = SERVICES
    scenario: str = CALM

    @property
    def session(self) -> TradingSession | None:
        """Return the session that is played, None where a recording brings its day."""
        return session_on(self.segment, self.day) if self.day is not None else None

    @property
    def held_at(self) -> datetime | None:
        """Return where time waits for the services to be ready: just before the market opens."""
        return self.session.opens - HELD_BEFORE_OPEN if self.session is not None else None


@dataclass(frozen=True, slots=True)
class Site:
    """Where a demo's processes live: their folder, their ports, their database."""

    folder: Path
    redis_port: int
    rest_port: int
    ws_port: int
    health_ports: Mapping[str, int] = field(default_factory=dict)
    given_database_url: str | None = None
    page_port: int = 0  # where the live page is served

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def database_url(self) -> str:
        return self.given_database_url or f"sqlite:///{self.folder / 'oi.db'}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def page_url(self) -> str:
        return f"http://127.0.0.1:{self.page_port}/"

    def ready_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.health_ports[name]}/readyz"


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a process of the demo may keep of the caller's environment."""
    return {name: value for name, value in environment.items() if not name.startswith(_NOT_INHERITED)}


def service_environment(name: str, plan: Plan, site: Site) -> dict[str, str]:
    """Return what every process of the demo is told."""
    # A recording is there to be checked against: all its strikes are polled, not only those near the money.
    is_wide = plan.recording is not None and name == "poller"
    width = {"STRIKES_AROUND": _ALL_STRIKES} if is_wide else {}
    page = {"DASHBOARD_HOST": "127.0.0.1", "DASHBOARD_PORT": str(site.page_port)} if name == DASHBOARD else {}
    return {
        **width,
        **page,
        "REDIS_URL": site.redis_url,
        "DATABASE_URL": site.database_url,
        "CLOCK": "simulated",
        "INSTANCE": f"{name}-1",
        "DATA_DIR": str(site.folder / name),
        "HEALTH_HOST": "127.0.0.1",
        "HEALTH_PORT": str(site.health_ports[name]),
        **watched_environment(plan),
        "LOG_FORMAT": "json",
    }


def watched_environment(plan: Plan) -> dict[str, str]:
    """Return what is watched; of MCX that is one commodity."""
    names = {"MCX_NAME": plan.indices[0]} if plan.segment == "MCX" else {"INDICES": ",".join(plan.indices)}
    return {"FEED_SEGMENT": plan.segment, **names}


def simulator_environment(plan: Plan, site: Site) -> dict[str, str]:
    environment = {
        **service_environment(SIMULATOR, plan, site),
        "SIM_HOST": "127.0.0.1",
        "SIM_REST_PORT": str(site.rest_port),
        "SIM_WS_PORT": str(site.ws_port),
        "SIM_SPEED": plan.speed,
        "SIM_SEED": str(plan.seed),
        "SIM_SCENARIO": plan.scenario,
    }
    if plan.recording is not None:
        environment |= {
            "SIM_RECORDING": str(plan.recording),
            "SIM_RECORDING_NAME": plan.indices[0],
            "SIM_LOT": str(plan.lot),
        }
    if plan.day is not None:
        begins = plan.session.opens - _BEGINS_BEFORE_OPEN if plan.session else None
        environment |= {"SIM_DAY": plan.day.isoformat()}
        environment |= {"SIM_START": f"{begins:%H:%M:%S}"} if begins else {}
    if plan.until is not None:
        environment["SIM_END"] = f"{plan.until:%H:%M:%S}"
    return environment


def end_before(minute: time) -> time:
    """Return where simulated time stops: a second before, for at the full minute a poll would be half done."""
    return (datetime.combine(date.min, minute) - timedelta(seconds=1)).time()
