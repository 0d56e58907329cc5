"""Recordings and tables of others that some tests are checked against; they are no part of this project."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("OI_REFERENCE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def reference_data(name: str) -> Path:
    """Return a reference file, or report the test as skipped where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"reference data is absent: {path}")
    return path
