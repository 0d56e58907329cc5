"""Read tables from Parquet or CSV files, and say where one is wrong."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from oi_common.market.black76 import Floats

Names = tuple[str, ...]
_NOTHING = ("", "-", "NA", "NaN", "nan", "null", "None")


class UnreadableRecording(ValueError):
    """A recording is not what it should be; the message names the file, the column and the row."""


def read_table(path: Path) -> "Table":
    """Read the whole file; CSV may be compressed (`.csv.gz`)."""
    try:
        columns = (
            pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path, **_as_text(path))
        )
    except (pa.ArrowInvalid, OSError) as e:
        raise UnreadableRecording(f"{path}: {e}") from e
    return Table(path, columns, np.arange(columns.num_rows) + 1)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns looked up by any of their names, without case; `rows` are the file's row numbers from 1."""

    path: Path
    columns: Any  # pyarrow.Table: the library has no types
    rows: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def has(self, names: Names) -> bool:
        return self._find(names) is not None

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Table":
        return Table(self.path, self.columns.filter(pa.array(chosen)), self.rows[chosen])

    def texts(self, names: Names) -> npt.NDArray[np.str_]:
        values = self._column(names).cast(pa.string()).to_pylist()
        for row, value in enumerate(values):
            if value is None:
                self.refuse(names, row, "must not be empty")
        return np.array(values, dtype=np.str_)

    def numbers(self, names: Names, *, is_needed: bool = True) -> Floats:
        """Return numbers, NaN where the file is silent; a column not needed may be missing altogether."""
        if not is_needed and not self.has(names):
            return np.full(len(self), np.nan)
        column = self._column(names)
        if pa.types.is_string(column.type):
            column = _silenced(column)
        cast = self._cast(column, pa.float64(), names, "must be a number")
        return np.asarray(pc.fill_null(cast, float("nan")).to_numpy(), dtype=np.float64)

    def moments(self, names: Names) -> npt.NDArray[np.datetime64]:
        """Return moments or days; each row must have one."""
        column = self._column(names)
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.string())
        if column.null_count:
            self.refuse(names, pc.index(pc.is_null(column), True).as_py(), "must not be empty")
        cast = self._cast(column, pa.timestamp("us"), names, "must be a date or a moment")
        return np.asarray(cast.to_numpy(), dtype="datetime64[us]")

    def refuse(self, names: Names, row: int, fault: str) -> NoReturn:
        column = self._find(names) or names[0]
        raise UnreadableRecording(f"{self.path}: column {column}, row {self.rows[row]}: {fault}")

    def _find(self, names: Names) -> str | None:
        by_name = {str(name).lower(): str(name) for name in self.columns.column_names}
        return next((by_name[name] for name in names if name in by_name), None)

    def _column(self, names: Names) -> Any:
        found = self._find(names)
        if found is None:
            raise UnreadableRecording(
                f"{self.path}: column {names[0]} is missing (or {', '.join(names[1:])})"
            )
        return self.columns[found].combine_chunks()

    def _cast(self, column: Any, wanted: Any, names: Names, fault: str) -> Any:
        try:
            return column.cast(wanted)
        except pa.ArrowInvalid:
            for row, value in enumerate(column):
                self._cast_one(value, wanted, names, row, fault)
            raise

    def _cast_one(self, value: Any, wanted: Any, names: Names, row: int, fault: str) -> None:
        try:
            value.cast(wanted)
        except pa.ArrowInvalid:
            self.refuse(names, row, f"{fault}, was {value.as_py()!r}")


def _silenced(column: Any) -> Any:
    """Turn the ways of writing nothing into null."""
    return pc.if_else(pc.is_in(column, pa.array(_NOTHING)), pa.scalar(None, pa.string()), column)


def _as_text(path: Path) -> dict[str, Any]:
    """Read every column as text, so that a wrong value can be shown with its row."""
    with pa.input_stream(str(path), compression="detect") as stream:
        header = stream.read(1 << 16).decode("utf-8", errors="replace").partition("\n")[0]
    names = [name.strip().strip('"') for name in header.split(",")]
    types = dict.fromkeys(names, pa.string())
    return {"convert_options": pa_csv.ConvertOptions(column_types=types, strings_can_be_null=True)}
