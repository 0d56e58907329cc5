"""`oi paper`: what is held on paper, what was traded, and what is left after charges."""

import json
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.paper.account import Account
from oi_cli.paper.reading import last_day, read_account
from oi_cli.paper.words import document, show
from oi_cli.reading import Settings, connect_reader, reading
from oi_common.errors import Unavailable

Day = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Default: the last day there is.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]
Plain = Annotated[bool, typer.Option("--plain", help="No colours, no control codes.")]


def paper(day: Day = None, as_document: Json = False, plain: Plain = False) -> None:  # noqa: FBT002 - typer's way to say a flag
    """Show the paper account: open positions, the day's trades, profit and loss gross and net of charges."""
    account = account_of(Settings.load().database_url, day.date() if day else None)
    if as_document:
        typer.echo(json.dumps(document(account), indent=2))
    else:
        show(Console(highlight=False, soft_wrap=True, no_color=plain or None), account)


def account_of(database_url: str, day: date | None) -> Account:
    """Read one day, the last one without `day`. Raises Unavailable when there is nothing to read."""
    engine = connect_reader(database_url)
    try:
        with reading(engine) as connection:
            chosen = day or last_day(connection)
            if chosen is not None:
                return read_account(connection, chosen)
    finally:
        engine.dispose()
    raise Unavailable(
        "nothing was traded on paper yet: is the paper trader running, and is it market hours? "
        "`oi demo` shows one at any hour"
    )
