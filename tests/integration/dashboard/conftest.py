"""A made day in every table, read as the page reads it."""

from datetime import datetime

import pytest
from sqlalchemy import create_engine

from oi_common.database import Database
from support.grafana_day import fill

BEAT_AT = datetime(2026, 11, 20, 5, 0)  # noqa: DTZ001 - UTC, as heartbeats are


@pytest.fixture
def filled_url(any_database_url):
    """The URL of a database, each kind after the other, that holds a made day."""
    engine = create_engine(any_database_url)
    with engine.begin() as connection:
        fill(connection, BEAT_AT)
    engine.dispose()
    return any_database_url


@pytest.fixture
def database(filled_url):
    opened = Database(filled_url)
    yield opened
    opened.close()
