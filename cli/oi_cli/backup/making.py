"""Making a backup: every table as of one moment, a Parquet file each, and a manifest."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Table

from oi_cli.backup.manifest import NAME, Kept, Manifest, sha256_of
from oi_cli.backup.redis_part import keep_redis
from oi_cli.export.choice import Format
from oi_cli.export.columns import schema_of
from oi_cli.export.files import write
from oi_cli.export.rows import Rows
from oi_cli.export.run import told
from oi_cli.export.selection import everything
from oi_cli.export.view import one_view
from oi_common.clock import Clock
from oi_common.errors import Misconfigured
from oi_common.legacy.progress import Progress
from oi_common.migrations import revision_of, revisions
from oi_common.tables import metadata


def make_backup(
    database_url: str, redis_url: str | None, folder: Path, clock: Clock, progress: Progress
) -> Manifest:
    """Back the database up into a new folder, which has its name once all is in it.

    Raises Misconfigured when the folder is there already, or the database is not at this version's revision.
    """
    with _whole_folder(folder) as unfinished, one_view(database_url) as connection:
        made_at = clock.now().isoformat(timespec="seconds")
        revision = _revision(connection)
        tables = [_keep(connection, table, unfinished, progress) for table in metadata.sorted_tables]
        redis = keep_redis(redis_url, unfinished, progress) if redis_url else None
        manifest = Manifest(made_at, revision, connection.dialect.name, tuple(tables), redis)
        (unfinished / NAME).write_text(manifest.text(), "utf-8")
    return manifest


def _revision(connection: Connection) -> str:
    found, ours = revision_of(connection), revisions()[-1]
    if found != ours:
        raise Misconfigured(
            f"the database is at revision {found}, this version backs up {ours}: run `oi migrate` first"
        )
    return ours


def _keep(connection: Connection, table: Table, folder: Path, progress: Progress) -> Kept:
    rows = everything(schema_of(table))
    file = folder / f"{table.name}.parquet"
    batches = told(Rows(connection, rows).batches(), table.name, rows.count(connection), progress)
    written = write(file, Format.PARQUET, rows.schema, batches)
    return Kept(file.name, written, sha256_of(file), table.name)


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    if folder.exists():
        raise Misconfigured(f"{folder} is there already: a backup needs a folder of its own")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        yield unfinished
        unfinished.rename(folder)
    except OSError as e:
        raise Misconfigured(f"{folder} cannot be written ({e.strerror or e})") from e
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
