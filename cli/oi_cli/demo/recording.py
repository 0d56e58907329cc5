"""What must be known of a recording before it is played: which indices it holds."""

from pathlib import Path
from typing import Any

from oi_common.errors import Misconfigured

_COLUMN = "symbol"


def recorded_indices(file: Path) -> tuple[str, ...]:
    """Return the underlyings of a recorded chain (CSV, plain or gzipped, or Parquet).

    Raises Misconfigured for a file that is none.
    """
    try:
        column = _parquet(file) if file.suffix == ".parquet" else _csv(file)
        names = sorted({str(name) for name in column.unique().to_pylist() if name})
    except (OSError, ValueError, KeyError) as e:
        raise Misconfigured(f"--recording: {file} is not a recorded chain we can read ({e})") from e
    if not names:
        raise Misconfigured(f"--recording: {file} holds no rows")
    return tuple(names)


def _parquet(file: Path) -> Any:
    from pyarrow import parquet  # noqa: PLC0415 - slow to import, and only recordings need it

    return parquet.read_table(file, columns=[_COLUMN])[_COLUMN]


def _csv(file: Path) -> Any:
    from pyarrow import csv  # noqa: PLC0415 - as above

    options = csv.ConvertOptions(include_columns=[_COLUMN])
    return csv.read_csv(file, convert_options=options)[_COLUMN]
