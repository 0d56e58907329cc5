"""`oi export`: rows of the tables as Parquet or CSV files."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.export.choice import Choice, Format
from oi_cli.export.places import files_of, format_of, refuse_to_overwrite
from oi_cli.export.sets import ALL, SETS, ExportSet, named
from oi_cli.migration_progress import Shown
from oi_cli.reading import Settings

_DAY = ["%Y-%m-%d"]
_NAMES = ", ".join((*(one.name for one in SETS), ALL))

What = Annotated[str, typer.Argument(metavar="WHAT", help=f"{_NAMES}; or a table's name.")]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First market day.")]
To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last market day, included.")]
Day = Annotated[datetime | None, typer.Option("--day", formats=_DAY, help="This market day only.")]
Index = Annotated[str | None, typer.Option("--index", help="NIFTY, BANKNIFTY, ...; default: all.")]
Expiry = Annotated[datetime | None, typer.Option("--expiry", formats=_DAY, help="Default: all.")]
Form = Annotated[Format | None, typer.Option("--format", help="Default: what --out ends with, or parquet.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE_OR_DIR", help="Default: DATA_DIR/exports. `all` needs a folder."),
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="COLUMN", help="Leave a column out; repeatable.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]


def export(
    what: What,
    first: From = None,
    last: To = None,
    day: Day = None,
    index: Index = None,
    expiry: Expiry = None,
    form: Form = None,
    out: Out = None,
    without: Without = None,
    force: Force = False,  # noqa: FBT002 - typer's way to say a flag
) -> None:
    """Write rows to Parquet or CSV files, ordered by their key; the same rows make the same file, byte for byte.

    Units and meanings of the columns stand in the Parquet schema, beside a CSV file in FILE.csv.json. `time` is IST
    wall time, every other moment UTC. OI and volume are units, prices rupees; an empty value is unknown.
    """
    settings = Settings.load()
    choice = Choice(*days(first, last, day), index and index.upper(), expiry.date() if expiry else None)
    left_out = without or []
    sets = chosen_sets(what, left_out)
    chosen = form or format_of(out)
    files = files_of(sets, out or settings.data_dir / "exports", chosen, choice)
    if not force:
        refuse_to_overwrite(files)
    from oi_cli.export.job import Job  # noqa: PLC0415 - Arrow is slow to import

    with Shown(Console(highlight=False, soft_wrap=True, stderr=True)) as shown:
        written = Job(choice, left_out, chosen, shown).run(settings.database_url, sets, files)
    for one in written:
        typer.echo(f"{one.file}: {one.rows:,} rows, {one.file.stat().st_size / 1024:,.0f} KiB")


def days(
    first: datetime | None, last: datetime | None, day: datetime | None
) -> tuple[date | None, date | None]:
    if day is not None and (first or last):
        raise typer.BadParameter("--day is one day; --from and --to are for several")
    if day is not None:
        return day.date(), day.date()
    if first and last and last < first:
        raise typer.BadParameter(f"--to {last.date()} is before --from {first.date()}")
    return first and first.date(), last and last.date()


def chosen_sets(what: str, without: Sequence[str]) -> tuple[ExportSet, ...]:
    try:
        sets = named(what.lower())
    except KeyError as e:
        raise typer.BadParameter(f"{what} is nothing that can be exported; there are {_NAMES}") from e
    for name in without:
        if not any(name in one.table.c for one in sets):
            raise typer.BadParameter(f"--without {name}: there is no such column")
        if any(name in one.table.primary_key.columns for one in sets):
            raise typer.BadParameter(f"--without {name}: the rows are told apart by it")
    return sets
