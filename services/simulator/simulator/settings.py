"""What the simulated exchange can be told by its environment."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from oi_common.errors import Misconfigured
from oi_common.market.buckets import IST
from oi_common.market.sessions import TradingSession, session_on
from oi_common.settings import ServiceSettings
from simulator.core.accounts import Account
from simulator.core.faults import Faults
from simulator.core.scenarios import ScenarioName

Port = Annotated[int, Field(ge=0, le=65535)]

_BEFORE_OPEN = timedelta(seconds=30)
_AFTER_CLOSE = timedelta(minutes=10)
_PUBLIC = Account()
DEFAULT_DAY = date(2026, 11, 18)


class Settings(ServiceSettings):
    """`sim_speed` 0 (or `max`): as fast as the services that pace the market allow; it needs at least one.

    `sim_pacers`: how many of those must be there before time begins. `sim_day`: by default a recording's first
    day, else the same ordinary day for everyone. `sim_scenario`: what the market is made to do on it.
    `sim_recording_name`: whom to take from a recording of several.
    """

    sim_day: date | None = None
    sim_start: time | None = None
    sim_end: time | None = None
    sim_speed: Annotated[float, Field(ge=0, le=3600)] = 1.0
    sim_seed: int = 1
    sim_scenario: ScenarioName = "calm"
    sim_resume: bool = True
    sim_pacers: Annotated[int, Field(ge=0)] = 0
    sim_recording: Path | None = None
    sim_recording_name: str | None = None
    sim_lot: Annotated[int, Field(gt=0)] | None = None

    sim_host: str = "127.0.0.1"
    sim_rest_port: Port = 8000
    sim_ws_port: Port = 8001
    sim_advertised_host: str | None = None
    sim_master_filler: Annotated[int, Field(ge=0, le=200_000)] = 110_000
    sim_max_ticks_per_second: Annotated[float, Field(gt=0)] = 2000.0
    sim_idle_close_seconds: Annotated[float, Field(gt=0)] | None = None
    sim_logout_revokes: bool = True
    sim_login_revokes: bool = False
    sim_faults: Annotated[dict[str, Any], NoDecode, Field(default_factory=dict)]
    sim_llm: bool = False

    sim_client_code: str = _PUBLIC.client
    sim_pin: str = _PUBLIC.pin
    sim_totp_secret: str = _PUBLIC.totp_secret
    sim_api_key: str = _PUBLIC.api_key

    @field_validator("sim_speed", mode="before")
    @classmethod
    def _reads_max(cls, value: object) -> object:
        return 0.0 if isinstance(value, str) and value.strip().lower() == "max" else value

    @field_validator("sim_faults", mode="before")
    @classmethod
    def _reads_json(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("sim_faults")
    @classmethod
    def _knows_each_switch(cls, faults: dict[str, Any]) -> dict[str, Any]:
        Faults().turned(faults, datetime.fromtimestamp(0, IST))
        return faults

    @property
    def account(self) -> Account:
        return Account(self.sim_client_code, self.sim_pin, self.sim_totp_secret, self.sim_api_key)

    def begins_at(self, day: date, first_moment: datetime | None = None) -> datetime:
        """Return when simulated time begins: as set, at a recording's first moment, or just before the open."""
        if self.sim_start is not None:
            return datetime.combine(day, self.sim_start, IST)
        return first_moment or self._session(day).opens - _BEFORE_OPEN

    def ends_at(self, day: date, last_moment: datetime | None = None) -> datetime:
        """Return when simulated time stops: as set, or a little after the close, or after a recording's end."""
        if self.sim_end is not None:
            return datetime.combine(day, self.sim_end, IST)
        if last_moment is not None and session_on(self.feed_segment, day) is None:
            return last_moment + _AFTER_CLOSE
        return self._session(day).closes + _AFTER_CLOSE

    def _session(self, day: date) -> TradingSession:
        session = session_on(self.feed_segment, day)
        if session is None:
            raise Misconfigured(f"SIM_DAY: {self.feed_segment} is closed on {day}; choose a trading day")
        return session
