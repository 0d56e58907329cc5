"""The made day in a real database, and a connection to it as Grafana has one."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from oi_common.clock import WallClock
from oi_common.market.buckets import utc_naive
from oi_common.migrations import upgrade
from support import grafana_day
from support.databases import run_sql
from support.grafana_queries import CONNECTION, connected

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "it's $1 \\ safe"  # pragma: allowlist secret


def make_user(url):
    """Run the grants as the container does, with the password in hexadecimal."""
    sql = (ROOT / "deploy/mysql/grafana.sql").read_text()
    bare = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    password = f"SET @grafana_password = CONVERT(0x{PASSWORD.encode().hex()} USING utf8mb4)"
    run_sql(url, password, *(each.strip().removesuffix(";") for each in bare.split(";\n") if each.strip()))


def create_database(server_url, name):
    """Create a database of these tests' own, with the tables, and return its URL."""
    own = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    run_sql(server_url, f"DROP DATABASE IF EXISTS `{own}`", f"CREATE DATABASE `{own}` CHARACTER SET utf8mb4")
    url = make_url(server_url).set(database=own).render_as_string(hide_password=False)
    upgrade(url)
    return url


@pytest.fixture(scope="session")
def own_database():
    """Make a database on the server, with the tables, under a name."""
    return create_database


@pytest.fixture
def grafana_user():
    """Make, or renew, the user in the database of a URL."""
    return make_user


@pytest.fixture(scope="session")
def day_url(database_server_url):
    """A database of these tests' own, with the made day and the user: nothing here writes, so one does for all."""
    url = create_database(database_server_url, "oi_grafana")
    engine = create_engine(url)
    with engine.begin() as connection:
        grafana_day.fill(connection, utc_naive(WallClock().now()))
    engine.dispose()
    make_user(url)
    return url


@pytest.fixture
def grafana(day_url):
    """A connection of the user grafana to a database that holds the made day."""
    as_grafana = make_url(day_url).set(username=CONNECTION["user"], password=PASSWORD)
    with connected(as_grafana.render_as_string(hide_password=False)) as connection:
        yield connection
