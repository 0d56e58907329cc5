"""What a backup says it holds, and whether it does."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from oi_cli.exits import Failed
from oi_common.errors import Misconfigured
from oi_common.legacy.progress import Progress

NAME = "manifest.json"
_FORM = 1  # of the manifest; another is another program's


@dataclass(frozen=True)
class Kept:
    """One file of a backup."""

    file: str
    rows: int
    sha256: str
    table: str = ""  # none: what was in Redis


@dataclass(frozen=True)
class Manifest:
    """All that a backup holds."""

    made_at: str
    revision: str
    database: str
    tables: tuple[Kept, ...]
    redis: Kept | None = None

    @property
    def rows(self) -> int:
        return sum(kept.rows for kept in self.tables)

    def text(self) -> str:
        return json.dumps({"form": _FORM, **asdict(self)}, indent=2) + "\n"


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Raises Misconfigured when the folder holds no backup that we can read."""
    try:
        said = json.loads((folder / NAME).read_text("utf-8"))
    except OSError as e:
        raise Misconfigured(f"{folder} is no backup: its {NAME} cannot be read ({e.strerror})") from e
    except ValueError as e:
        raise Failed(f"{folder / NAME} is damaged: {e}") from e
    if not isinstance(said, dict) or said.pop("form", None) != _FORM:
        raise Misconfigured(f"{folder / NAME} is not in a form that this version reads")
    try:
        redis = Kept(**said["redis"]) if said["redis"] else None
        return Manifest(**{**said, "tables": tuple(Kept(**kept) for kept in said["tables"]), "redis": redis})
    except (KeyError, TypeError) as e:
        raise Failed(f"{folder / NAME} is damaged: {e}") from e


def check_files(folder: Path, files: Iterable[Kept], progress: Progress) -> None:
    """Raise Failed, with its name, when a file of the backup is missing or not what was written."""
    listed = list(files)
    for number, kept in enumerate(listed, start=1):
        file = folder / kept.file
        if not file.is_file():
            raise Failed(f"{file} is missing from the backup")
        if sha256_of(file) != kept.sha256:
            raise Failed(f"{file} is damaged: it is not what was backed up (its SHA-256 differs)")
        progress.advance("checking the files", number, len(listed))
