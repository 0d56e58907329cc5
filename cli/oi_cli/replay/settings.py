"""With which settings a replay runs: those of its day, and how they differ from the present ones."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from typing import Any, NamedTuple

from oi_cli.record.day_settings import DaySettings, rulebook_told
from oi_common.errors import Misconfigured
from oi_common.market.buckets import IST
from oi_common.told_settings import Told, told_settings

# What is watched the recording itself says.
_OF_THE_RECORDING = frozenset({"FEED_SEGMENT", "MCX_NAME", "INDICES"})


class Difference(NamedTuple):
    """A setting of a service that was another on the day than it is now."""

    service: str
    name: str
    then: str
    now: str


def settings_class(service: str) -> Any:
    """Return a service's own class of settings."""
    return import_module(f"{service.replace('-', '_')}.settings").Settings


def present_settings(services: Iterable[str]) -> dict[str, Told]:
    """Return what services would have by the environment. Raises Misconfigured where it makes no sense."""
    return {service: told_settings(settings_class(service).load()) for service in services}


def differences(day: DaySettings, present: Mapping[str, Told]) -> list[Difference]:
    """Name what the replay's services had otherwise on the day; what the day does not say is no difference."""
    return [
        Difference(service, name, day.services[service][name], now)
        for service, told in present.items()
        for name, now in told.items()
        if day.services.get(service, {}).get(name, now) != now
    ]


def environment_of(told: Told, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which a service has the settings told. A file would count more than a value."""
    chosen = {name: value for name, value in told.items() if name not in _OF_THE_RECORDING}
    files = {f"{name}_FILE" for name in chosen}
    return {**{name: value for name, value in inherited.items() if name not in files}, **chosen}


def said_of_settings(day: DaySettings | None, services: Iterable[str], *, present: bool) -> Iterator[str]:
    """Say whose settings a replay has, and where the present ones are others."""
    if day is None or not day.services:
        yield "the recording does not say with which settings it was made: the environment's are used"
        return
    whose = "the environment's settings, as --present asks" if present else "the settings of the day"
    yield f"with {whose}; those of the day are in settings.json of the recording"
    try:
        now = present_settings(services)
    except Misconfigured as e:
        yield f"how they differ from the present ones cannot be said: {e}"
        return
    yield from _said_of_each(day, now)


def _said_of_each(day: DaySettings, present: Mapping[str, Told]) -> Iterator[str]:
    for service in present:
        if service not in day.services and service != "notifier":
            yield f"{service} was not there on the day: it has the environment's settings"
    for one in differences(day, present):
        yield f"{one.service} {one.name}: {_value(one.then)} on the day, {_value(one.now)} at present"
    for change in (each for each in day.changes if each.service in present):
        at = datetime.fromisoformat(change.at).astimezone(IST)
        yield (
            f"{change.service} {change.name}: was changed at {at:%H:%M:%S} from {_value(change.old)} to "
            f"{_value(change.new)}, which the replay has all day"
        )
    for what, then, now in (
        ("rulebook", day.rulebook, rulebook_told()),
        ("version", day.version, _version()),
    ):
        if then != now:
            yield f"{what}: {then} on the day, {now} at present; the replay has the present one"


def _version() -> str:
    return version("oi-common")


def _value(text: str) -> str:
    return text or "(not set)"
