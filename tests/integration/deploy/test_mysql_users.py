"""Each service's user of MySQL writes the tables that are its own, and nothing else."""

import os
import shutil
import subprocess
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import make_url

from mysql_grants import ALL_BUT_CHATS, users, writers
from oi_common.tables import metadata
from support.databases import run_sql
from support.users import connected, database_users, make_database_users

ROOT = Path(__file__).resolve().parents[3]


REFUSED = (
    "DROP TABLE oi_changes",
    "TRUNCATE TABLE oi_changes",
    "ALTER TABLE oi_changes ADD mine INT",
    "CREATE TABLE mine (a INT)",
    "DELETE FROM services",
    "DELETE FROM paper_trades",
    "SELECT * FROM alembic_version",
    "SELECT * FROM mysql.user",
    "GRANT SELECT ON oi_changes TO 'operator'@'%'",
    "SET GLOBAL max_connections = 1",
    "CREATE USER 'another'@'%'",
)


@pytest.fixture(scope="module")
def urls(migrated_database_url):
    with database_users(migrated_database_url) as made:
        yield made


@pytest.fixture
def asked(urls):
    """Run a statement as a user: asked("poller", "SELECT 1")."""

    def ask(user, statement):
        with connected(urls[user]) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    return ask


@pytest.mark.parametrize("user", users())
def test_a_user_changes_the_tables_it_writes_and_no_others(urls, user):
    with connected(urls[user]) as connection, connection.cursor() as cursor:
        for table in metadata.tables.values():
            column = next(iter(table.primary_key)).name
            statement = f"UPDATE {table.name} SET {column} = {column} WHERE 1 = 0"
            if user in writers()[table.name] and table.name != "paper_trades":
                cursor.execute(statement)
            else:
                with pytest.raises(pymysql.MySQLError, match="denied"):
                    cursor.execute(statement)


@pytest.mark.parametrize("user", users())
def test_no_user_changes_tables_rights_or_the_server(urls, user):
    with connected(urls[user]) as connection, connection.cursor() as cursor:
        for statement in REFUSED:
            with pytest.raises(pymysql.MySQLError, match=r"denied|SUPER"):
                cursor.execute(statement)


def test_the_operator_reads_everything_but_whom_the_bot_talks_to(asked):
    for table in ALL_BUT_CHATS:
        assert len(asked("operator", f"SELECT COUNT(*) FROM {table}")) == 1
    with pytest.raises(pymysql.MySQLError, match="denied"):
        asked("operator", "SELECT * FROM telegram_chats")


def test_a_right_that_was_given_by_hand_is_taken_back(asked, migrated_database_url):
    run_sql(migrated_database_url, "GRANT DELETE ON oi_changes TO 'poller'@'%'")
    asked("poller", "DELETE FROM oi_changes")

    make_database_users(migrated_database_url)

    with pytest.raises(pymysql.MySQLError, match="denied"):
        asked("poller", "DELETE FROM oi_changes")


def test_a_user_without_its_password_stays_outside(urls, asked):
    assert asked("poller", "SELECT 1") == ((1,),)
    without = make_url(urls["poller"]).set(password="").render_as_string(hide_password=False)
    with pytest.raises(pymysql.MySQLError, match="denied"):
        connected(without)


@pytest.mark.skipif(shutil.which("mysql") is None, reason="the client is in the image that runs the script")
def test_the_containers_script_sets_the_passwords_whatever_is_in_them(urls, migrated_database_url, tmp_path):
    parts, password = make_url(migrated_database_url), "a'b\"c\\$d"  # pragma: allowlist secret
    for name in users():
        (tmp_path / name).write_text(f"{password}-{name}")
    (tmp_path / "root").write_text(parts.password or "")
    account = {"MYSQL_HOST": parts.host, "MYSQL_PORT": str(parts.port), "MYSQL_USER": parts.username}
    where = {**account, "MYSQL_DATABASE": parts.database, "SECRETS": str(tmp_path)}

    subprocess.run([ROOT / "deploy/mysql/accounts.sh"], env={**os.environ, **where}, check=True)

    own = make_url(urls["notifier"]).set(password=f"{password}-notifier")
    connected(own.render_as_string(hide_password=False)).close()
    make_database_users(migrated_database_url)
