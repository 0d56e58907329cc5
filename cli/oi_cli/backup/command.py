"""`oi backup` and `oi restore`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.migrate import shown as shown_url
from oi_cli.migration_progress import Shown
from oi_cli.reading import Settings
from oi_common.clock import WallClock
from oi_common.errors import Misconfigured
from oi_common.settings import ServiceSettings

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="A new folder. Default: one in DATA_DIR/backups."),
]
NoRedis = Annotated[bool, typer.Option("--no-redis", help="The database alone.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="What `oi backup` made.", file_okay=False)]
Into = Annotated[str, typer.Option("--into", metavar="DATABASE_URL", help="An empty database of any kind.")]
WithRedis = Annotated[
    bool, typer.Option("--with-redis", help="Put dead letters and today's spending into REDIS_URL, too.")
]


def backup(out: Out = None, no_redis: NoRedis = False) -> None:  # noqa: FBT002 - typer's way to say a flag
    """Keep the whole database, as of one moment, in a folder: a Parquet file for each table, and a manifest.

    Services go on meanwhile. Of Redis the dead letters and the models' spending are kept; the rest is made again.
    """
    from oi_cli.backup.making import make_backup  # noqa: PLC0415 - Arrow is slow to import

    settings, clock = Settings.load(), WallClock()
    folder = out or settings.data_dir / "backups" / f"{clock.now():%Y-%m-%d_%H%M%S}"
    with Shown(_console()) as shown:
        made = make_backup(
            settings.database_url, None if no_redis else settings.redis_url, folder, clock, shown
        )
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1024 / 1024
    typer.echo(f"{folder}: {made.rows:,} rows of {len(made.tables)} tables, {size:,.1f} MiB")


def restore(folder: Folder, into: Into, with_redis: WithRedis = False) -> None:  # noqa: FBT002
    """Bring a backup into an empty database: load it, compare every row with the files, migrate to today's schema.

    Broken off, it goes on when it is run again. Stop the services first, and set DATABASE_URL to the new database
    afterwards.
    """
    from oi_cli.backup.redis_part import give_back  # noqa: PLC0415 - Arrow is slow to import
    from oi_cli.backup.restoring import restore as restore_into  # noqa: PLC0415

    settings = Settings.load()
    url = _checked(into)
    with Shown(_console()) as shown:
        done = restore_into(folder, url, shown)
    typer.echo(f"{shown_url(url)}: {done.rows:,} rows of {len(done.tables)} tables, compared with the backup")
    if with_redis and done.redis is not None:
        lines, put = give_back(settings.redis_url, folder / done.redis.file)
        typer.echo(f"Redis: {put} of {lines} put back, the others are there or older than what is there")


def _checked(url: str) -> str:
    """Return the URL as the other settings have it. Raises Misconfigured for one that names no database."""
    try:
        return ServiceSettings(database_url=url).database_url
    except ValueError as e:
        raise Misconfigured(
            "--into is no database URL we can use; it begins with sqlite:// or mysql://"
        ) from e


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, stderr=True)
