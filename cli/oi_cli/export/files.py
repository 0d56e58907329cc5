"""Parquet and CSV files that are there whole or not at all, and the same for the same rows."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from oi_cli.export.choice import Format
from oi_cli.export.places import sidecar
from oi_common.errors import Misconfigured

_GROUP_ROWS, _GROUP_BYTES = 20_000, 32 * 1024 * 1024


def write(file: Path, form: Format, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write the file and return its rows. CSV has no place for units and meanings: they go beside it, as JSON."""
    with whole(file) as unfinished:
        rows = (_write_parquet if form is Format.PARQUET else _write_csv)(unfinished, schema, batches)
    if form is Format.CSV:
        with whole(sidecar(file)) as unfinished:
            unfinished.write_text(json.dumps(described(schema), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return rows


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Lend a name to write to; the file takes its own once it is whole and on the disk.

    Raises Misconfigured when it cannot be written there.
    """
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        to_disk(unfinished)
        unfinished.replace(file)
        to_disk(file.parent)
    except OSError as e:
        raise Misconfigured(f"{file} cannot be written ({e.strerror or e})") from e
    finally:
        unfinished.unlink(missing_ok=True)


def described(schema: pa.Schema) -> dict[str, Any]:
    """Return what the schema says of the table and of each column, for people and programs."""
    columns = [{"name": field.name, "type": str(field.type), **_told(field.metadata)} for field in schema]
    return {**_told(schema.metadata), "columns": columns}


def _told(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {name.decode(): value.decode() for name, value in metadata.items()}
    if "primary_key" in told:
        told["primary_key"] = json.loads(told["primary_key"])
    return told


def _write_parquet(file: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd", version="2.6") as writer:
        for group in _groups(schema, batches):
            writer.write_table(group, row_group_size=max(group.num_rows, 1))
            rows += group.num_rows
    return rows


def _groups(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Gather batches until a row group is worth it; where it ends depends on the rows alone."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(b.num_rows for b in held) >= _GROUP_ROWS or sum(b.nbytes for b in held) >= _GROUP_BYTES:
            yield pa.Table.from_batches(held, schema)
            held = []
    if held:
        yield pa.Table.from_batches(held, schema)


def _write_csv(file: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with arrow_csv.CSVWriter(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def to_disk(path: Path) -> None:
    """Return once a file, or a folder's names, would outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
