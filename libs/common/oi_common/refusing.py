"""The end of a service that cannot go on before a person has done something, or its waiting for that person.

A supervisor that starts again whatever fails would have it ask the broker again and again with a login that was
refused, which can block the account; and what has ended without a fault is never started again. So with
UNCONFIGURED=wait a service stays, and says what it waits for.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, NoReturn

from oi_common.errors import EXIT_FUSE_BLOWN, EXIT_MISCONFIGURED, Misconfigured
from oi_common.health import Health, serve_health
from oi_common.logs import redacted
from oi_common.settings import ServiceSettings
from oi_common.waiting import wait

_WAITS: Final = "wait"
_LOOKS_EVERY: Final = timedelta(seconds=5)


def refuse(name: str, error: BaseException) -> NoReturn:
    """End the process with the exit code of a Misconfigured or a FuseBlown, and with one line that says why."""
    errors = list(errors_in(error))
    said = redacted("; ".join(map(str, errors)))
    sys.stderr.write(f"{name}: {said}\n")
    if not any(isinstance(each, Misconfigured) for each in errors):
        sys.exit(EXIT_FUSE_BLOWN)
    is_to_wait = os.environ.get("UNCONFIGURED") == _WAITS
    sys.exit(0 if is_to_wait and _was_stopped_while_waiting(said) else EXIT_MISCONFIGURED)


def errors_in(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors of a group, however deep, or the error itself."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from errors_in(each)
    else:
        yield error


def _was_stopped_while_waiting(said: str) -> bool:
    with suppress(Misconfigured):  # without a health port there is nowhere to say it
        surroundings = ServiceSettings.load({})
        return asyncio.run(_hold_back(said, surroundings.health_host, surroundings.health_port))
    return False


async def _hold_back(said: str, host: str, port: int) -> bool:
    """Say on /readyz what is wrong until SIGTERM (True), or until a file of settings has changed (False)."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    health, before = Health(), _files_of_settings()
    health.waiting_for(f"a person: {said}")
    async with serve_health(health, host, port):
        while not stop.is_set() and _files_of_settings() == before:
            await wait(stop, _LOOKS_EVERY)
    return stop.is_set()


def _files_of_settings() -> dict[str, str]:
    """Return what the files named by NAME_FILE hold; one that cannot be read holds nothing."""
    found = {}
    for name, path in os.environ.items():
        if name.endswith("_FILE"):
            with suppress(OSError, UnicodeDecodeError):
                found[name] = Path(path).read_text(encoding="utf-8")
    return found
