"""Arrow columns from Python values. `pyarrow.array` would do, but loads pandas: seconds, and tens of megabytes."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa


def texts(values: Sequence[str | None]) -> pa.Array:
    """Raises UnicodeEncodeError for what is no text."""
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def whole_numbers(values: Iterable[int]) -> pa.Array:
    """Return 64-bit integers, none of them unknown."""
    numbers = array("q", values)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def table_of(columns: Mapping[str, Any]) -> pa.Table:
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))
