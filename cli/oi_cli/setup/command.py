"""`oi setup`: ask for what the live system needs, try it, and write it down."""

import os
from pathlib import Path
from typing import Annotated

import typer

from oi_cli.setup.asking import ask_all, check_or_ask_again
from oi_cli.setup.env_file import read_text, save, values_in, with_values
from oi_cli.setup.given import Given, Values, from_given, given_by, lines_to_write, settings_of
from oi_cli.setup.login import try_login
from oi_cli.setup.names import check_names
from oi_common.broker.settings import BrokerSettings
from oi_common.errors import Unavailable
from oi_common.logs import redacted

_EXAMPLE = ".env.example"

NonInteractive = Annotated[
    bool, typer.Option("--non-interactive", help="Ask nothing: take everything from the environment.")
]
Untested = Annotated[
    bool, typer.Option("--write-untested", help="Write also when the broker cannot be asked just now.")
]
File = Annotated[Path, typer.Option("--env-file", help="The file to write.", dir_okay=False)]


def setup(
    non_interactive: NonInteractive = False,  # noqa: FBT002 - typer's way to say a flag
    write_untested: Untested = False,  # noqa: FBT002
    file: File = Path(".env"),
) -> None:
    """Ask for segment, names and credentials, test the login once, and write .env for your eyes alone.

    Everything can be given by environment too: FEED_SEGMENT, MCX_NAME, INDICES, ANGEL_API_KEY, ANGEL_CLIENT_CODE,
    ANGEL_PIN and ANGEL_TOTP_SECRET, or NAME_FILE. What the file says already is offered, and its other lines stay.
    """
    text = read_text(file) or read_text(file.parent / _EXAMPLE)
    given = given_by(os.environ, values_in(text))
    values = from_given(given) if non_interactive else ask_all(given)
    note = _check(given, values, non_interactive=non_interactive)
    if note:
        typer.echo(f"note: {redacted(note)}")
    _test(settings_of(values), write_untested=write_untested, non_interactive=non_interactive)
    save(file, with_values(text, lines_to_write(values, given)))
    typer.echo(
        f"{file} is written, readable by you alone; `docker compose up -d --wait` starts the live system"
    )


def _check(given: Given, values: Values, *, non_interactive: bool) -> str | None:
    if non_interactive:
        return check_names(settings_of(values))
    return check_or_ask_again(given, values)


def _test(settings: BrokerSettings, *, write_untested: bool, non_interactive: bool) -> None:
    """Raises WrongCredentials; and Unavailable, unless an untested file is wanted."""
    try:
        try_login(settings)
    except Unavailable as e:
        typer.echo(f"the login could not be tested: {redacted(str(e))}")
        if not write_untested and (non_interactive or not typer.confirm("Write the file untested?")):
            raise Unavailable(f"nothing was written; try again later, or use --write-untested ({e})") from e
    else:
        typer.echo("the login works")
