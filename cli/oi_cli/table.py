"""`oi table`: the live chain in 18 columns."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.chain.choice import Choice
from oi_cli.chain.export import csv_text
from oi_cli.chain.look import Looker
from oi_cli.chain.terminal import follow_live, follow_plain, show_once, write_svg
from oi_cli.chain.view import ChainView
from oi_cli.reading import Settings, connect_reader
from oi_cli.streams import Streams

_HEIGHT_OF_ONE = 50

Index = Annotated[
    str | None, typer.Option("--index", help="NIFTY, BANKNIFTY, ...; default: the first of INDICES.")
]
Expiry = Annotated[
    datetime | None, typer.Option("--expiry", formats=["%Y-%m-%d"], help="Default: the nearest.")
]
Strikes = Annotated[
    int | None, typer.Option("--strikes", help="How many around the money. Default: what fits.", min=1)
]
Width = Annotated[
    int | None, typer.Option("--width", help="Columns of text. Default: the terminal's.", min=20)
]
Once = Annotated[bool, typer.Option("--once", help="Print it once and end.")]
Plain = Annotated[bool, typer.Option("--plain", help="No colours, no control codes.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print all columns and strikes, unrounded, once.")]
Svg = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="Write it as a picture, once.", dir_okay=False)
]


def table(
    index: Index = None,
    expiry: Expiry = None,
    strikes: Strikes = None,
    width: Width = None,
    once: Once = False,  # noqa: FBT002 - typer's way to say a flag
    plain: Plain = False,  # noqa: FBT002
    csv: Csv = False,  # noqa: FBT002
    svg: Svg = None,
) -> None:
    """Show a chain as it is saved, calls to the left of the strike and puts to the right; live.

    n and p (or the arrows) change the index, e the expiry, + and - the number of strikes; q ends. What a narrow
    terminal does not hold is left out on both sides: previous close, previous OI, Theta, Delta, Close %, Verdict, OI %.
    """
    settings = Settings.load()
    choice = Choice((index or settings.indices[0]).upper(), expiry.date() if expiry else None, strikes)
    console = Console(highlight=False, no_color=plain or None, width=width)
    looker = Looker(connect_reader(settings.database_url), Streams(settings.redis_url))
    try:
        if once or csv or svg is not None:
            _show_once(console, looker.look(choice).view, choice, csv=csv, svg=svg)
        elif plain or not console.is_terminal:
            follow_plain(console, looker, choice)
        else:
            follow_live(console, looker, choice, settings.indices)
    except KeyboardInterrupt:
        return
    finally:
        looker.close()


def _show_once(console: Console, view: ChainView, choice: Choice, *, csv: bool, svg: Path | None) -> None:
    if csv:
        typer.echo(csv_text(view), nl=False)
    elif svg is not None:
        write_svg(svg, view, choice, width=console.width, height=_HEIGHT_OF_ONE)
    else:
        show_once(console, view, choice, height=_HEIGHT_OF_ONE)
