"""Showing a chain: once, line by line, or on a live screen with keys."""

import io
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from oi_cli.chain.choice import KEYS, Choice, after
from oi_cli.chain.look import Looker
from oi_cli.chain.screen import Drawing, draw
from oi_cli.chain.view import ChainView
from oi_cli.keys import KeyPresses, key_presses
from oi_cli.quality.ledger import Chain
from oi_common.errors import Unavailable

_EVERY_SECONDS = 1.0
_PLAIN_EVERY_SECONDS = 3.0
_PLAIN_HEIGHT = 50


def show_once(console: Console, view: ChainView, choice: Choice, *, height: int) -> None:
    for line in draw(view, width=console.width, height=height, strikes=choice.strikes).lines:
        if console.no_color or not console.is_terminal:
            line.rstrip()
        console.print(line, no_wrap=True, crop=False)


def follow_plain(console: Console, looker: Looker, choice: Choice) -> None:
    """Print the chain whenever a new bucket is saved or sealed."""
    shown: object = None
    while True:
        try:
            view = looker.look(choice).view
            if (view.time, view.state) != shown:
                shown = (view.time, view.state)
                show_once(console, view, choice, height=_PLAIN_HEIGHT)
        except Unavailable as e:
            if str(e) != shown:
                shown = str(e)
                console.print(f"waiting: {e}", markup=False)
        time.sleep(_PLAIN_EVERY_SECONDS)


def follow_live(console: Console, looker: Looker, choice: Choice, indices: Sequence[str]) -> None:
    """Draw the chain anew each second, and as soon as a key is pressed."""
    with key_presses(wanted=True) as keys, Live(console=console, auto_refresh=False, screen=True) as live:
        while not choice.has_ended:
            drawing, chains, choice = _look(console, looker, choice)
            live.update(Text("\n").join([*drawing.lines, Text(KEYS, "dim")]), refresh=True)
            choice = _obeyed(keys, choice, indices, chains, drawing.shown)


def _look(console: Console, looker: Looker, choice: Choice) -> tuple[Drawing, Sequence[Chain], Choice]:
    try:
        seen = looker.look(choice)
    except Unavailable as e:
        return Drawing([Text(f"waiting: {e}"), Text()], 0), (), choice
    size = console.size
    drawing = draw(seen.view, width=size.width, height=size.height - 1, strikes=choice.strikes)
    return drawing, seen.chains, replace(choice, expiry=seen.view.expiry)


def _obeyed(
    keys: KeyPresses, choice: Choice, indices: Sequence[str], chains: Sequence[Chain], shown: int
) -> Choice:
    for key in keys.within(_EVERY_SECONDS):
        choice = after(choice, key, indices, chains, shown)
    return choice


def write_svg(file: Path, view: ChainView, choice: Choice, *, width: int, height: int) -> None:
    """Draw the table as a terminal of that size would show it."""
    console = Console(
        width=width, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    show_once(console, view, choice, height=height)
    console.save_svg(str(file), title=f"oi table --index {view.index_name}")
