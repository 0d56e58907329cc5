"""`oi table`: the live chain."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text
from sqlalchemy import Engine

from oi_cli.chain.reading import chains_of_last_day, nearest, read_chain
from oi_cli.chain.screen import chain_table, plain_lines, title
from oi_cli.chain.view import ChainView
from oi_cli.reading import Settings, connect_reader, reading
from oi_cli.streams import PolledHeader, Streams
from oi_common.clock import WallClock
from oi_common.errors import Unavailable

_EVERY_SECONDS = 1.0
_PLAIN_EVERY_SECONDS = 3.0
_HEADER_LINES = 4
_PLAIN_ROWS = 41

Index = Annotated[
    str | None, typer.Option("--index", help="NIFTY, BANKNIFTY, ...; default: the first of INDICES.")
]
Expiry = Annotated[
    datetime | None, typer.Option("--expiry", formats=["%Y-%m-%d"], help="Default: the nearest.")
]
Once = Annotated[bool, typer.Option("--once", help="Print it once and end.")]
Plain = Annotated[bool, typer.Option("--plain", help="No colours, no control codes.")]


def table(index: Index = None, expiry: Expiry = None, once: Once = False, plain: Plain = False) -> None:  # noqa: FBT002
    """Show a chain as it is saved: OI, its change, LTP and volume on both sides of the strike; live."""
    settings = Settings.load()
    chosen = (index or settings.indices[0]).upper()
    day = expiry.date() if expiry else None
    engine, streams = connect_reader(settings.database_url), Streams(settings.redis_url)
    console = Console(highlight=False, soft_wrap=True, no_color=plain)
    try:
        if once:
            show_once(console, look(engine, streams, chosen, day), plain=plain or not console.is_terminal)
        elif plain or not console.is_terminal:
            follow_plain(console, engine, streams, chosen, day)
        else:
            follow_live(console, engine, streams, chosen, day)
    except KeyboardInterrupt:
        return
    finally:
        streams.close()
        engine.dispose()


def look(engine: Engine, streams: Streams, index_name: str, expiry: date | None) -> ChainView:
    """Read the chain as it is now. Raises Unavailable while there is nothing to show."""
    with reading(engine) as connection:
        chains = chains_of_last_day(connection, [index_name])
        chain = nearest(chains, index_name, expiry)
        if chain is None:
            raise Unavailable(nothing_yet(index_name, expiry, [each.expiry for each in chains]))
        poll, now = present(streams, index_name, chain.expiry)
        view = read_chain(connection, chain, poll=poll, now=now)
    if view is None:
        raise Unavailable(nothing_yet(index_name, expiry, []))
    return view


def present(streams: Streams, index_name: str, expiry: date) -> tuple[PolledHeader | None, datetime | None]:
    """Return the latest poll and the present moment; without Redis the snapshot alone is shown."""
    wall = WallClock().now()
    try:
        exchange = streams.exchange_time(wall.timestamp())
        return streams.last_poll(index_name, expiry), exchange.now if exchange else wall
    except Unavailable:
        return None, None


def nothing_yet(index_name: str, expiry: date | None, known: Sequence[date]) -> str:
    if expiry is not None and known:
        listed = ", ".join(day.isoformat() for day in known)
        return f"there is no snapshot of {index_name} {expiry} yet; there are those of {listed}"
    return (
        f"there is no snapshot of {index_name} yet: is the bucketer running, and is it market hours? "
        "`oi demo` shows one at any hour"
    )


def show_once(console: Console, view: ChainView, *, plain: bool) -> None:
    if plain:
        for line in plain_lines(view, rows=_PLAIN_ROWS):
            console.print(line, markup=False)
        return
    console.print(drawn(view, console))


def follow_plain(
    console: Console, engine: Engine, streams: Streams, index_name: str, expiry: date | None
) -> None:
    """Print the chain whenever a new bucket is saved or sealed."""
    shown: object = None
    while True:
        try:
            view = look(engine, streams, index_name, expiry)
            if (view.time, view.state) != shown:
                shown = (view.time, view.state)
                show_once(console, view, plain=True)
        except Unavailable as e:
            if str(e) != shown:
                shown = str(e)
                console.print(f"waiting: {e}", markup=False)
        time.sleep(_PLAIN_EVERY_SECONDS)


def follow_live(
    console: Console, engine: Engine, streams: Streams, index_name: str, expiry: date | None
) -> None:
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            try:
                live.update(drawn(look(engine, streams, index_name, expiry), console), refresh=True)
            except Unavailable as e:
                live.update(Text(f"waiting: {e}\n\nCtrl-C ends"), refresh=True)
            time.sleep(_EVERY_SECONDS)


def drawn(view: ChainView, console: Console) -> RenderableType:
    rows = max(console.height - _HEADER_LINES, 5)
    return Group(Text(title(view), style="bold"), Text(), chain_table(view, rows=rows, width=console.width))
