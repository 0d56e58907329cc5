"""Settings from the environment, secrets also from files; what is missing or wrong is named in one line."""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

from oi_common.errors import Misconfigured
from oi_common.logs import LogFormat, hide
from oi_common.market.buckets import BUCKET_WIDTH
from oi_common.market.underlyings import Segment
from oi_common.market.watched import USUAL_COMMODITY, known_commodity, watched
from oi_common.simulator import told_by_simulator

S = TypeVar("S", bound="ServiceSettings")

Names = Annotated[tuple[str, ...], NoDecode, Field(validate_default=True)]


def _fills_a_bucket(seconds: int) -> int:
    # Slots count from midnight: only then has every bucket the same slots.
    if BUCKET_WIDTH % timedelta(seconds=seconds):
        raise ValueError(
            f"must divide 180 seconds evenly, so that every bucket has the same slots (was {seconds})"
        )
    return seconds


PollSeconds = Annotated[int, Field(ge=1), AfterValidator(_fills_a_bucket)]

_DATABASES = ("sqlite", "mysql", "mariadb", "mysql+pymysql")
_REDISES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")


class _SecretFiles(EnvSettingsSource):
    """`NAME_FILE` names a file that holds the value of `NAME`, as container secrets are mounted; an empty one says nothing."""

    def __call__(self) -> dict[str, Any]:
        values = {}
        for name in self.settings_cls.model_fields:
            path = self.env_vars.get(f"{name}_file")
            if path and (content := _file_content(f"{name.upper()}_FILE", path)):
                values[name] = content
        return values


class ServiceSettings(BaseSettings):
    """What every service needs to know. Frozen; built once, in `main`.

    `indices` are the underlyings: of MCX the one commodity, else indices and shares.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    redis_url: str = "redis://127.0.0.1:6379/0"
    database_url: str = "sqlite:///data/oi.db"
    feed_segment: Segment = "NFO"
    mcx_name: Annotated[str, AfterValidator(known_commodity)] = USUAL_COMMODITY
    indices: Names = ()
    clock: Literal["wall", "simulated", "recorded"] = "wall"
    instance: str = ""
    log_format: LogFormat = "auto"
    data_dir: Path = Path("data")
    streams_kept_days: Annotated[int, Field(ge=1, le=30)] = 2
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 0

    @field_validator("indices", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            names = tuple(name.strip().upper() for name in value.split(",") if name.strip())
            if not names:
                raise ValueError("names nothing")
            return names
        return value

    @field_validator("indices")
    @classmethod
    def _are_the_segments(cls, names: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        known = others.data  # what was refused is not there, and is named already
        return watched(known.get("feed_segment", "NFO"), names, known.get("mcx_name", USUAL_COMMODITY))

    @field_validator("database_url")
    @classmethod
    def _names_a_driver(cls, url: str) -> str:
        for scheme in ("mysql://", "mariadb://"):
            if url.startswith(scheme):
                url = "mysql+pymysql://" + url.removeprefix(scheme)
        return _address(url, _DATABASES)

    @field_validator("redis_url")
    @classmethod
    def _names_a_redis(cls, url: str) -> str:
        return _address(url, _REDISES)

    @property
    def streams_kept(self) -> timedelta:
        """How long entries stay in a stream after every group has acknowledged them; ticks stay shorter."""
        return timedelta(days=self.streams_kept_days)

    @property
    def instance_name(self) -> str:
        """The replica's own name: INSTANCE, or host and process."""
        return self.instance or f"{socket.gethostname()}-{os.getpid()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _SecretFiles(settings_cls), env_settings

    @classmethod
    def load(cls, given: Mapping[str, str] | None = None) -> Self:
        """Build the settings from what was `given` before all else, and the environment.

        Without `given` the simulator of SIMULATOR_URL is asked once, where there is one.
        Raises Misconfigured with one line that names every variable at fault, Unavailable for a silent simulator.
        """
        if given is None:
            given = _from_simulator(os.environ.get("SIMULATOR_URL", ""))
        try:
            settings = cls.model_validate({name.lower(): value for name, value in given.items()})
        except ValidationError as e:
            raise Misconfigured(_named(e)) from e
        for name in type(settings).model_fields:
            value = getattr(settings, name)
            if isinstance(value, SecretStr):
                hide(value.get_secret_value())
        for url in (settings.redis_url, settings.database_url):
            hide(urlsplit(url).password or "")
        return settings


def _address(url: str, schemes: tuple[str, ...]) -> str:
    """Return the URL as it is. Raises ValueError, without what may be its password, for one we cannot use."""
    scheme, parted, _ = url.partition("://")
    if not parted or scheme not in schemes:
        begins = " or ".join(f"{known}://" for known in schemes)
        raise ValueError(f"{scheme if parted else 'this'} is no address we can use; it begins with {begins}")
    try:
        _ = urlsplit(url).port
    except ValueError as e:
        raise ValueError("its host and port cannot be told apart; a password is percent-encoded") from e
    return url


def _from_simulator(url: str) -> Mapping[str, str]:
    """Return what the simulator of the demo wants its clients to use, nothing when there is none."""
    return (told_by_simulator(url) or {}) if url else {}


def _file_content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as e:
        raise Misconfigured(f"{variable}: {path} cannot be read ({e.strerror})") from e


def _named(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_url=False, include_input=False):
        variable = ".".join(str(part) for part in fault["loc"]).upper()
        said = "is not set" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
        faults.append(f"{variable} {said}" if fault["type"] == "missing" else f"{variable}: {said}")
    return "; ".join(faults) + " (see .env.example)"
