"""The replay's options, checked: what cannot be is refused with the option's name."""

from collections.abc import Iterable
from datetime import datetime, time

import typer

from oi_cli.replay.plan import MAX, SERVICES
from oi_cli.replay.recording import Recording
from oi_cli.replay.settings import settings_class
from oi_common.market.buckets import IST

_FASTEST = 3600.0
# Where a replay's services are, and whom they may talk to, is the replay's to say.
_NOT_TO_SET = (
    "REDIS_", "DATABASE_", "TELEGRAM_", "ANGEL_", "HEALTH_", "CLOCK", "INSTANCE", "DATA_DIR", "INDICES",
    "FEED_SEGMENT", "MCX_NAME",
)  # fmt: skip


def checked_speed(given: str) -> float | None:
    """Return the factor, None for `max`."""
    if given == MAX:
        return None
    try:
        speed = float(given)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= _FASTEST:
        raise typer.BadParameter(
            f"{given} is neither `max` nor a number up to {_FASTEST:.0f}", param_hint="--speed"
        )
    return speed


def checked_begin(given: time | None, recording: Recording) -> datetime | None:
    return datetime.combine(recording.day, given, IST) if given is not None else None


def checked_services(only: str | None) -> tuple[str, ...]:
    """Return the services that take part; the bucketer always does, for the others read what it writes."""
    if only is None:
        return SERVICES
    named = {name.strip() for name in only.split(",") if name.strip()}
    if unknown := sorted(named - set(SERVICES)):
        raise typer.BadParameter(
            f"{', '.join(unknown)}: what can be replayed is {', '.join(SERVICES)}", param_hint="--only"
        )
    return tuple(name for name in SERVICES if name in named or name == SERVICES[0])


def checked_settings(given: Iterable[str], services: Iterable[str]) -> dict[str, str]:
    """Return NAME -> VALUE; each must be a setting of a service that takes part."""
    settings: dict[str, str] = {}
    known = {name for service in services for name in _settings_of(service)}
    for each in given:
        name, parted, value = each.partition("=")
        if not parted:
            raise typer.BadParameter(f"{each} is not NAME=VALUE", param_hint="--set")
        if name.startswith(_NOT_TO_SET):
            raise typer.BadParameter(f"{name} is the replay's own to say", param_hint="--set")
        if name.removesuffix("_FILE") not in known and name not in known:
            raise typer.BadParameter(
                f"{name} is no setting of {', '.join(services)}; known are {', '.join(sorted(known))}",
                param_hint="--set",
            )
        settings[name] = value
    return settings


def _settings_of(service: str) -> list[str]:
    """Return the names of a service's settings, as its own class declares them."""
    names = (name.upper() for name in settings_class(service).model_fields)
    return [name for name in names if not name.startswith(_NOT_TO_SET)]
