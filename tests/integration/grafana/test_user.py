"""Grafana's user reads what the dashboards show, and can do nothing else."""

import os
import shutil
import subprocess
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import make_url

from support.databases import plain_engine

SCRIPT = Path(__file__).resolve().parents[3] / "deploy/mysql/grafana_user.sh"

pytestmark = pytest.mark.usefixtures("grafana")


def grants(grafana):
    with grafana.cursor() as cursor:
        cursor.execute("SHOW GRANTS")
        return [row[0] for row in cursor.fetchall()]


def test_its_grants_are_only_select_on_tables(grafana):
    everywhere, *on_tables = sorted(grants(grafana), key=lambda grant: "*.*" not in grant)

    assert everywhere.startswith("GRANT USAGE ON *.*")
    assert on_tables
    assert all(grant.startswith("GRANT SELECT ON ") and ".*" not in grant for grant in on_tables)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO services (service, instance, pid, started_at, beat_at, status) VALUES ('a', 'b', 1, NOW(), NOW(), '')",
        "UPDATE chain_buckets SET polls = 0",
        "DELETE FROM option_snapshots",
        "DROP TABLE oi_changes",
        "CREATE TABLE mine (a INT)",
        "SELECT * FROM telegram_chats",
        "SELECT * FROM mysql.user",
    ],
)
def test_everything_else_is_refused(grafana, statement):
    with grafana.cursor() as cursor, pytest.raises(pymysql.MySQLError, match="denied"):
        cursor.execute(statement)


def test_a_right_that_was_given_by_hand_is_taken_back(grafana, grafana_user, day_url):
    database = plain_engine(day_url)
    with database.connect() as connection:
        connection.exec_driver_sql("GRANT DELETE ON chain_buckets TO 'grafana'@'%%'")

    grafana_user(day_url)

    database.dispose()
    with grafana.cursor() as cursor, pytest.raises(pymysql.MySQLError, match="denied"):
        cursor.execute("DELETE FROM chain_buckets")


@pytest.mark.skipif(shutil.which("mysql") is None, reason="the client is in the image that runs the script")
def test_the_containers_script_sets_the_password_whatever_is_in_it(day_url, grafana_user):
    parts, password = make_url(day_url), "a'b\"c\\$d"  # pragma: allowlist secret
    account = {"MYSQL_HOST": parts.host, "MYSQL_PORT": str(parts.port), "MYSQL_USER": parts.username}
    secrets = {"MYSQL_PWD": parts.password, "GRAFANA_MYSQL_PASSWORD": password}

    subprocess.run(
        [SCRIPT], env={**os.environ, **account, **secrets, "MYSQL_DATABASE": parts.database}, check=True
    )

    where = {"host": parts.host, "port": parts.port, "database": parts.database}
    pymysql.connect(user="grafana", password=password, **where).close()
    grafana_user(day_url)
