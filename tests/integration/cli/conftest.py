"""Databases that hold a predecessor's tables, or are about to; and one with a made day."""

import pytest
from sqlalchemy import create_engine

from support import archiving, exporting
from support.predecessors import Told


@pytest.fixture(params=["sqlite", "server"])
def old_url(request, tmp_path):
    """Each kind of database that the project supports, without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/old.db"
    return request.getfixturevalue("empty_database_url")


@pytest.fixture
def old_database(old_url):
    """A connection of the test's own, beside the migration's."""
    yield from connected(old_url)


@pytest.fixture
def old_server(empty_database_url):
    """The same on the real server only."""
    yield from connected(empty_database_url)


@pytest.fixture
def told():
    return Told()


def connected(url):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def filled(any_database_url, monkeypatch, tmp_path):
    """The URL of a database with a small made day, which `oi` uses in this test."""
    exporting.fill(any_database_url)
    monkeypatch.setenv("DATABASE_URL", any_database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return any_database_url


@pytest.fixture
def eight_days(any_database_url, monkeypatch, tmp_path):
    """The URL of a database with eight trading days, which `oi` uses in this test; DATA_DIR is tmp_path/data."""
    archiving.fill(any_database_url)
    monkeypatch.setenv("DATABASE_URL", any_database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return any_database_url
