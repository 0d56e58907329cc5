"""Entries as Parquet: a column for each field as it is on the wire, the entry's id in two more."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from oi_cli.record.arrow import table_of, texts, whole_numbers
from oi_cli.record.files import Part, part_path, unfinished
from oi_cli.record.inputs import Input, Recorded
from oi_common.trimming import EntryId

SCHEMA_VERSION: Final = "1"
ROWS_TOGETHER: Final = 20_000  # of a row group, which is what a reader holds in memory
BYTES_TOGETHER: Final = 16 * 2**20

_MS, _SEQUENCE = "entry_ms", "entry_sequence"
# What is no text, and so has no place in a text column: the whole entry as JSON.
_RAW = "entry_raw"
_OURS = frozenset({_MS, _SEQUENCE, _RAW})


def write_part(folder: Path, recorded: Input, day: date, entries: Sequence[Recorded]) -> Part:
    """Write entries, in their order, as one file. Whoever reads the folder sees all of it or nothing."""
    first, last = entries[0].id, entries[-1].id
    path = part_path(folder, first, last)
    table = _table(entries).replace_schema_metadata(_told(recorded, day))
    with unfinished(path) as draft:
        pq.write_table(table, draft, compression="zstd", row_group_size=ROWS_TOGETHER)
    return Part(first, last, path)


def merge_parts(folder: Path, recorded: Input, day: date, parts: Sequence[Part]) -> Part:
    """Make one file of several, a row group in memory at a time. Killed midway, the several still count."""
    path = part_path(folder, parts[0].first, parts[-1].last)
    schema = pa.unify_schemas([pq.read_schema(part.path).remove_metadata() for part in parts])
    schema = schema.with_metadata(_told(recorded, day))
    with (
        unfinished(path) as draft,
        pq.ParquetWriter(draft, schema, compression="zstd") as writer,
    ):
        for table in _together(_tables(parts)):
            writer.write_table(_completed(table, schema))
    for part in parts:
        part.path.unlink()
    return Part(parts[0].first, parts[-1].last, path)


def read_parts(parts: Iterable[Part]) -> Iterator[Recorded]:
    """Return the entries as they were, a row group in memory at a time."""
    for table in _tables(parts):
        columns = [(name, table.column(name).to_pylist()) for name in table.column_names]
        values = dict(columns)
        ms, sequences, raw = values[_MS], values[_SEQUENCE], values.get(_RAW)
        fields = [(name, each) for name, each in columns if name not in _OURS]
        for row in range(table.num_rows):
            entry_id = EntryId(ms[row], sequences[row])
            if raw is not None and raw[row] is not None:
                yield Recorded(entry_id, json.loads(raw[row]))
            else:
                said = {name: each[row] for name, each in fields if each[row] is not None}
                yield Recorded(entry_id, said)


def count_entries(parts: Iterable[Part]) -> int:
    return sum(pq.read_metadata(part.path).num_rows for part in parts)


def _table(entries: Sequence[Recorded]) -> pa.Table:
    try:
        return _table_of([entry.fields for entry in entries], entries)
    except UnicodeEncodeError:
        return _table_of([None if _is_torn(entry) else entry.fields for entry in entries], entries)


def _table_of(told: Sequence[Any], entries: Sequence[Recorded]) -> pa.Table:
    """`told` has None for an entry that is kept whole."""
    told = [None if fields is not None and _OURS & fields.keys() else fields for fields in told]
    names = list(dict.fromkeys(name for fields in told if fields is not None for name in fields))
    columns: dict[str, pa.Array] = {
        _MS: whole_numbers(entry.id.ms for entry in entries),
        _SEQUENCE: whole_numbers(entry.id.sequence for entry in entries),
    }
    for name in names:
        columns[name] = texts([None if fields is None else fields.get(name) for fields in told])
    if None in told:
        pairs = zip(told, entries, strict=True)
        raw = [json.dumps(dict(entry.fields)) if fields is None else None for fields, entry in pairs]
        columns[_RAW] = texts(raw)
    return table_of(columns)


def _is_torn(entry: Recorded) -> bool:
    try:
        "".join(part for pair in entry.fields.items() for part in pair).encode()
    except UnicodeEncodeError:
        return True
    return False


def _tables(parts: Iterable[Part]) -> Iterator[pa.Table]:
    for part in parts:
        with pq.ParquetFile(part.path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group).replace_schema_metadata(None)


def _together(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Gather small tables until they are worth a row group."""
    gathered: list[pa.Table] = []
    for table in tables:
        gathered.append(table)
        rows, size = sum(one.num_rows for one in gathered), sum(one.nbytes for one in gathered)
        if rows >= ROWS_TOGETHER or size >= BYTES_TOGETHER:
            yield pa.concat_tables(gathered, promote_options="default")
            gathered = []
    if gathered:
        yield pa.concat_tables(gathered, promote_options="default")


def _completed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table.column(field.name) if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _told(recorded: Input, day: date) -> dict[str, str]:
    return {
        "oi.schema_version": SCHEMA_VERSION,
        "oi.stream": recorded.stream,
        "oi.day": day.isoformat(),
        "oi.fields": "as on the wire, see docs/events.md; entry_ms and entry_sequence are the stream's entry id",
    }
