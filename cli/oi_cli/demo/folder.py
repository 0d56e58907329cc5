"""The folder a demo works in: fresh, and removed at the end unless it was asked for."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from oi_common.errors import Misconfigured


@dataclass(slots=True)
class Folder:
    """`is_kept` may be set while the demo runs: after a failure its logs are worth something."""

    path: Path
    is_kept: bool


@contextmanager
def demo_folder(given: Path | None) -> Iterator[Folder]:
    """Make the folder, with one for logs in it. Raises Misconfigured when the given one holds something."""
    if given is None:
        folder = Folder(Path(tempfile.mkdtemp(prefix="oi-demo-")), is_kept=False)
    else:
        if given.exists() and (not given.is_dir() or any(given.iterdir())):
            raise Misconfigured(f"--keep: {given} is not an empty folder; name a new one")
        given.mkdir(parents=True, exist_ok=True)
        folder = Folder(given.resolve(), is_kept=True)
    (folder.path / "logs").mkdir()
    try:
        yield folder
    finally:
        if not folder.is_kept:
            shutil.rmtree(folder.path, ignore_errors=True)
