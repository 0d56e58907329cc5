"""Where files go, and what they are called."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from oi_cli.export.choice import Choice, Format
from oi_cli.export.sets import ExportSet
from oi_common.errors import Misconfigured


def format_of(out: Path | None) -> Format:
    """Return the format that a file's name says, Parquet for any other."""
    return Format.CSV if out is not None and out.suffix == ".csv" else Format.PARQUET


def files_of(sets: Sequence[ExportSet], out: Path, form: Format, choice: Choice) -> list[Path]:
    """Return where each set goes: the file named, or a file of the folder named."""
    names_a_file = out.suffix in {f".{one}" for one in Format} and not out.is_dir()
    if names_a_file and len(sets) > 1:
        raise typer.BadParameter(f"--out {out} is one file, and several are made: name a folder")
    if names_a_file:
        return [out]
    if out.exists() and not out.is_dir():
        raise Misconfigured(f"--out: {out} is a file, and does not end with .parquet or .csv")
    return [out / f"{'_'.join((one.name, *_parts(choice)))}.{form}" for one in sets]


def sidecar(file: Path) -> Path:
    """Return the name of what describes a CSV file's columns."""
    return file.with_name(f"{file.name}.json")


def refuse_to_overwrite(files: Sequence[Path]) -> None:
    """Raise Misconfigured when one of the files, or what describes it, is there already."""
    for file in (*files, *(sidecar(file) for file in files)):
        if file.exists():
            raise Misconfigured(f"{file} is there already; --force overwrites it")


def _parts(choice: Choice) -> Iterator[str]:
    if choice.index_name is not None:
        yield choice.index_name
    if choice.expiry is not None:
        yield f"expiry-{choice.expiry}"
    if choice.first_day is not None and choice.first_day == choice.last_day:
        yield str(choice.first_day)
        return
    for word, day in (("from", choice.first_day), ("to", choice.last_day)):
        if day is not None:
            yield f"{word}-{day}"
