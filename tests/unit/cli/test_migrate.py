"""Migrating waits for the database, and says so."""

import pytest
from sqlalchemy import create_engine, inspect

from oi_cli.migrate import outcome, shown, upgrade_when_up
from oi_common.errors import Unavailable


class Time:
    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def waited(run):
    time, said = Time(), []
    result = upgrade_when_up(
        "sqlite://", say=said.append, run=run, monotonic=time.monotonic, sleep=time.sleep
    )
    return result, said, time.now


def test_it_waits_for_a_database_that_comes_late():
    answers = [Unavailable("database: refused"), Unavailable("database: refused"), (None, "0001")]

    def run(_url):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    result, said, took = waited(run)

    assert result == (None, "0001")
    assert said == [
        "waiting for the database, 60 s more: database: refused",
        "waiting for the database, 58 s more: database: refused",
    ]
    assert took == 4


def test_it_gives_up_after_a_minute_and_says_what_to_do():
    def run(_url):
        raise Unavailable("database: refused")

    with pytest.raises(Unavailable, match=r"waited 60 s.*set DATABASE_URL"):
        waited(run)


def test_a_fresh_database_is_brought_to_the_newest_revision_and_then_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path}/oi.db"

    first = upgrade_when_up(url, say=print)
    second = upgrade_when_up(url, say=print)

    assert first[0] is None
    assert second == (first[1], first[1])
    assert "option_snapshots" in inspect(create_engine(url)).get_table_names()


def test_the_outcome_tells_before_and_after():
    assert outcome(None, "0001") == "done: from a database without our tables to revision 0001"
    assert outcome("0001", "0001") == "nothing to do: the database is at revision 0001"


def test_a_password_is_not_shown():
    assert "geheim" not in shown("mysql+pymysql://oi:geheim@db/oi")  # pragma: allowlist secret
