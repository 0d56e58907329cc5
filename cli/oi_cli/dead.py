"""`oi dead`: entries that could not be processed."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oi_cli.exits import EXIT_CODES, Commands, Failed
from oi_cli.letters import DeadLetters, Letter, Pile, buried, origin
from oi_cli.reading import Settings

_SHOWN = 300  # characters of a field; quotes of a whole chain are long
_REASONS = 3

dead = typer.Typer(
    cls=Commands,
    help="Look at entries that could not be processed; put them back, or throw them away. "
    "When too many were buried, the service stops until the stream's fuse is reset.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Stream = Annotated[str, typer.Argument(help="The stream, with or without :dead, e.g. 'oi:polls:{NIFTY}'.")]
EntryId = Annotated[str | None, typer.Argument(help="One entry's id; all of them when left out.")]
Every = Annotated[bool, typer.Option("--all", help="Every entry of the stream.")]


@dead.command("list", epilog=EXIT_CODES)
def list_piles() -> None:
    """List the dead-letter streams: how many entries, since when, and what is wrong with them."""
    with dead_letters() as letters:
        piles, blown = letters.piles(), letters.blown()
    print_piles(piles)
    for fuse in blown:
        typer.echo(
            f"fuse blown: {fuse.group} could not process {fuse.share} entries of {fuse.stream} and takes no more; "
            f"mend the cause, then `oi dead reset '{fuse.stream}'`"
        )


def print_piles(piles: Sequence[Pile]) -> None:
    if not piles:
        typer.echo("nothing is buried")
        return
    table = Table("stream", "entries", "newest", "what is wrong", box=None, pad_edge=False)
    for pile in piles:
        reasons = "\n".join(f"{count} x {reason}" for reason, count in pile.reasons[:_REASONS])
        more = f"\nand {len(pile.reasons) - _REASONS} more" if len(pile.reasons) > _REASONS else ""
        table.add_row(pile.stream, str(pile.entries), pile.newest_at[:19], reasons + more)
    Console(highlight=False, markup=False).print(table)


@dead.command(epilog=EXIT_CODES)
def show(stream: Stream, entry_id: EntryId = None) -> None:
    """Show the entries of a stream with their fields and the reason."""
    with dead_letters() as letters:
        for letter in found(letters, stream, entry_id):
            typer.echo(f"{letter.entry_id}  {letter.reason}  (buried {letter.buried_at[:19]} UTC)")
            for name, value in letter.fields.items():
                cut = f"… {len(value)} characters" if len(value) > _SHOWN else ""
                typer.echo(f"  {name:<12} {printable(value[:_SHOWN])}{cut}")


@dead.command(epilog=EXIT_CODES)
def retry(stream: Stream, entry_id: EntryId = None, every: Every = False) -> None:  # noqa: FBT002
    """Put entries back onto their stream, as they were; what is still wrong is buried again."""
    with dead_letters() as letters:
        count = move(letters, stream, entry_id, letters.retry, every=every)
    typer.echo(f"{count} put back onto {origin(stream)}")


@dead.command(epilog=EXIT_CODES)
def drop(stream: Stream, entry_id: EntryId = None, every: Every = False) -> None:  # noqa: FBT002
    """Throw entries away for good."""
    with dead_letters() as letters:
        count = move(letters, stream, entry_id, letters.drop, every=every)
    typer.echo(f"{count} dropped from {buried(stream)}")


@dead.command(epilog=EXIT_CODES)
def reset(stream: Stream) -> None:
    """Let a service that stopped at this stream's blown fuse go on, once the cause is mended."""
    with dead_letters() as letters:
        groups = letters.reset(stream)
    if not groups:
        typer.echo(f"the fuse of {origin(stream)} was not blown")
        return
    typer.echo(f"reset: entries of {origin(stream)} are taken again by {', '.join(groups)}")


def move(
    letters: DeadLetters,
    stream: str,
    entry_id: str | None,
    action: Callable[[str, str], bool],
    *,
    every: bool,
) -> int:
    """Apply the action to one entry, or to all that are buried now; return how many it took effect on."""
    if (entry_id is None) is not every:
        raise typer.BadParameter("give one entry's id, or --all")
    ids = [letter.entry_id for letter in found(letters, stream, entry_id)]
    return sum(action(stream, one) for one in ids)


def found(letters: DeadLetters, stream: str, entry_id: str | None) -> list[Letter]:
    """Return the entries. Raises Failed when there are none."""
    there = list(letters.letters(stream, entry_id))
    if not there:
        what = f"no entry {entry_id}" if entry_id else "nothing"
        raise Failed(f"{what} in {buried(stream)}; `oi dead list` shows what there is")
    return there


def printable(text: str) -> str:
    """Return the text without what would steer a terminal: these entries come from anybody."""
    return text if text.isprintable() else json.dumps(text)


@contextmanager
def dead_letters() -> Iterator[DeadLetters]:
    letters = DeadLetters(Settings.load().redis_url)
    try:
        yield letters
    finally:
        letters.close()
