"""`oi archive`: old days out of the database, and back."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.migration_progress import Shown
from oi_cli.reading import Settings

_DAY = ["%Y-%m-%d"]

Before = Annotated[datetime | None, typer.Option("--before", formats=_DAY, help="Move the days before it.")]
KeepDays = Annotated[
    int | None,
    typer.Option("--keep-days", min=5, help="Move all but the last N trading days that are stored."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be moved.")]
Load = Annotated[datetime | None, typer.Option("--load", formats=_DAY, help="Bring this day back.")]


def archive(
    before: Before = None,
    keep_days: KeepDays = None,
    dry_run: DryRun = False,  # noqa: FBT002 - typer's way to say a flag
    load: Load = None,
) -> None:
    """Move old days of option_snapshots, oi_changes and ai_calls into Parquet files in DATA_DIR/archive.

    Each file is compared with the rows before they are deleted, a few hundred at a time, so that services go on.
    Broken off, it goes on when it is run again. Buckets, candles, decisions, trades and all else stay.
    """
    if sum(chosen is not None for chosen in (before, keep_days, load)) != 1:
        raise typer.BadParameter("say one of --before, --keep-days and --load")
    settings, until = Settings.load(), before.date() if before else None
    from oi_cli.retention.bringing import bring_back  # noqa: PLC0415
    from oi_cli.retention.job import move_old_days, would_move  # noqa: PLC0415 - Arrow is slow to import

    folder = settings.data_dir / "archive"
    with Shown(Console(highlight=False, soft_wrap=True, stderr=True)) as shown:
        if dry_run:
            lines = would_move(settings.database_url, until, keep_days)
        elif load is not None:
            lines = bring_back(settings.database_url, folder, load.date(), shown)
        else:
            lines = move_old_days(settings.database_url, folder, until, keep_days, shown)
        for line in lines:
            typer.echo(line)
