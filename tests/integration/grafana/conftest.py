"""The made day in a real database, and a connection to it as Grafana has one."""

import os
from contextlib import contextmanager
from pathlib import Path

import pymysql
import pytest
import yaml
from sqlalchemy import create_engine, make_url

from oi_common.clock import WallClock
from oi_common.market.buckets import utc_naive
from oi_common.migrations import upgrade
from support import grafana_day
from support.databases import run_sql

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "it's $1 \\ safe"  # pragma: allowlist secret
CONNECTION = yaml.safe_load((ROOT / "grafana/provisioning/datasources/oi.yml").read_text())["datasources"][0]


def make_user(url):
    """Run the grants as the container does, with the password in hexadecimal."""
    sql = (ROOT / "deploy/mysql/grafana.sql").read_text()
    bare = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    password = f"SET @grafana_password = CONVERT(0x{PASSWORD.encode().hex()} USING utf8mb4)"
    run_sql(url, password, *(each.strip().removesuffix(";") for each in bare.split(";\n") if each.strip()))


@contextmanager
def connected(url):
    parts = make_url(url)
    with pymysql.connect(
        host=parts.host,
        port=parts.port or 3306,
        user=CONNECTION["user"],
        password=PASSWORD,
        database=parts.database,
        charset="utf8mb4",
        autocommit=True,
        init_command=f"SET time_zone = '{CONNECTION['jsonData']['timezone']}'",
    ) as connection:
        yield connection


@pytest.fixture
def grafana_user():
    """Make, or renew, the user in the database of a URL."""
    return make_user


@pytest.fixture(scope="session")
def day_url(database_server_url):
    """A database of these tests' own, with the made day and the user: nothing here writes, so one does for all."""
    name = f"oi_grafana_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    run_sql(
        database_server_url,
        f"DROP DATABASE IF EXISTS `{name}`",
        f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4",
    )
    url = make_url(database_server_url).set(database=name).render_as_string(hide_password=False)
    upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        grafana_day.fill(connection, utc_naive(WallClock().now()))
    engine.dispose()
    make_user(url)
    return url


@pytest.fixture
def grafana(day_url):
    """A connection of the user grafana to a database that holds the made day."""
    with connected(day_url) as connection:
        yield connection
