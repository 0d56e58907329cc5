"""`oi score`: how good were the decisions, after all costs?"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from sqlalchemy import Connection

from oi_cli.reading import Settings, connect_reader, reading
from oi_cli.score.card import Card, carded
from oi_cli.score.reading import Choice, last_scored_day, read_scores
from oi_cli.score.words import document, show_card
from oi_common.errors import Misconfigured, Unavailable

Horizon = Literal["3", "6", "15", "30", "path"]
_DAY = ["%Y-%m-%d"]

Day = Annotated[datetime | None, typer.Option("--day", formats=_DAY, help="Default: the last scored day.")]
First = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="The first of several days.")]
Last = Annotated[
    datetime | None, typer.Option("--to", formats=_DAY, help="The last of them; default: the last.")
]
Index = Annotated[str | None, typer.Option("--index", help="NIFTY, BANKNIFTY, ...; default: all.")]
Loop = Annotated[
    Literal["minimal", "rich"] | None, typer.Option("--loop", help="Only this loop's decisions.")
]
Closely = Annotated[
    Horizon, typer.Option("--horizon", help="What is looked at closely: minutes, or path (stop or target).")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]
Image = Annotated[
    Path | None,
    typer.Option("--image", metavar="FILE.png", help="Draw the scorecard as a picture, too.", dir_okay=False),
]


def score(
    day: Day = None,
    first: First = None,
    last: Last = None,
    index: Index = None,
    loop: Loop = None,
    horizon: Closely = "path",
    as_document: Json = False,  # noqa: FBT002 - typer's way to say a flag
    image: Image = None,
) -> None:
    """Score the decisions: model, rules and baselines, at 3, 6, 15 and 30 minutes and along stop and target.

    Each at prices that could have been had, after all charges, with intervals; what is too little to tell is not told.
    """
    if day is not None and (first is not None or last is not None):
        raise typer.BadParameter("--day is one day, --from and --to are several: give the one or the other")
    given = (first or day, last or day)
    wished = tuple(each.date() if each else None for each in given)
    card = _card_of(Settings.load().database_url, wished, index, loop, horizon)
    if as_document:
        typer.echo(json.dumps(document(card), indent=2))
    else:
        show_card(Console(highlight=False, soft_wrap=True), card)
    if image is not None:
        _save(card, image)


def _card_of(
    database_url: str,
    wished: tuple[date | None, ...],
    index: str | None,
    loop: str | None,
    horizon: str,
) -> Card:
    engine = connect_reader(database_url)
    try:
        with reading(engine) as connection:
            choice = _choice(connection, wished, index.upper() if index else None, loop)
            scores = read_scores(connection, choice) if choice else None
    finally:
        engine.dispose()
    if scores is None or not (scores.cases or scores.passed):
        raise Unavailable(
            "there is nothing to score: decision_outcomes has no such decision; let an AI loop and the paper trader run "
            "in market hours, or try `oi demo`"
        )
    return carded(scores, horizon)


def _choice(
    connection: Connection, wished: tuple[date | None, ...], index: str | None, loop: str | None
) -> Choice | None:
    first, last = wished
    last = last or last_scored_day(connection)
    return None if last is None else Choice(first or last, last, index, loop)


def _save(card: Card, file: Path) -> None:
    """Draw the card. Raises Misconfigured when the file cannot be written."""
    from oi_cli.score.picture import draw  # noqa: PLC0415 - matplotlib is slow to import

    try:
        draw(card, file)
    except OSError as e:
        raise Misconfigured(f"--image: {file} cannot be written ({e.strerror})") from e
