"""The exit codes of `oi`, and how an error becomes one."""

from enum import IntEnum
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from oi_common.errors import EXIT_MISCONFIGURED, Misconfigured, OiError, Unavailable
from oi_common.logs import redacted


class Exit(IntEnum):
    """What a caller may rely on; 69 and 78 are EX_UNAVAILABLE and EX_CONFIG of sysexits.h."""

    FINE = 0
    BROKEN = 1
    USAGE = 2
    AWAY = 69
    MISCONFIGURED = EXIT_MISCONFIGURED


EXIT_CODES = (
    "Exit codes: 0 all is well, 1 a check is broken, a day is not complete or the demo did not do what it must, "
    "2 wrong usage, 69 Redis, the database or a service is away, 78 a setting is missing or wrong."
)


class Failed(OiError):
    """The command did its work, and what it found is not as it must be."""


def code_of(error: OiError) -> Exit:
    if isinstance(error, Misconfigured):
        return Exit.MISCONFIGURED
    return Exit.AWAY if isinstance(error, Unavailable) else Exit.BROKEN


class Commands(TyperGroup):
    """Says in one line what went wrong and what to do next, instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OiError as e:
            Console(stderr=True, soft_wrap=True, highlight=False).print(
                f"oi: {redacted(str(e))}", markup=False
            )
            raise typer.Exit(code_of(e)) from e
