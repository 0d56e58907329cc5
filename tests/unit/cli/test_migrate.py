"""Migrating waits for the database, and says so."""

from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy import create_engine, inspect
from typer.testing import CliRunner

from oi_cli.exits import Exit
from oi_cli.main import app
from oi_cli.migrate import outcome, shown, upgrade_when_up
from oi_cli.migration_progress import Shown
from oi_common.errors import Misconfigured, Unavailable
from support import predecessors


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


def test_a_database_lost_after_long_work_is_waited_for_anew():
    time, said, lasted = Time(), [], [600, 0]

    def run(_url):
        if not lasted:
            return "0001", "0001"
        time.now += lasted.pop(0)
        raise Unavailable("database: gone away")

    upgrade_when_up("sqlite://", say=said.append, run=run, monotonic=time.monotonic, sleep=time.sleep)

    assert [line[:38] for line in said] == [
        "waiting for the database, 60 s more: d",
        "waiting for the database, 58 s more: d",
    ]


def test_a_revision_of_other_migrations_is_said_at_once(tmp_path):
    url = f"sqlite:///{tmp_path}/oi.db"
    with create_engine(url).begin() as connection:
        predecessors.run(
            connection,
            [
                "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
                "INSERT INTO alembic_version VALUES ('abc123')",
            ],
        )

    with pytest.raises(Misconfigured, match="alembic_version is not of these migrations"):
        upgrade_when_up(url, say=print)


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


def blocked_by_a_file(tmp_path):
    (tmp_path / "file").touch()
    return tmp_path / "file" / "oi.db"


def blocked_by_a_folder(tmp_path):
    (tmp_path / "oi.db").mkdir()
    return tmp_path / "oi.db"


def no_database(tmp_path):
    (tmp_path / "oi.db").write_text("this is a letter, not a database\n" * 100)
    return tmp_path / "oi.db"


@pytest.mark.parametrize("path", [blocked_by_a_file, blocked_by_a_folder, no_database])
def test_a_file_that_can_never_be_opened_is_said_at_once(tmp_path, path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path(tmp_path)}")

    done = CliRunner().invoke(app, ["migrate"])

    assert done.exit_code == Exit.MISCONFIGURED
    assert "DATABASE_URL" in done.output
    assert "waiting" not in done.output


def test_a_predecessors_table_is_told_step_by_step_and_the_second_time_there_is_nothing_to_do(
    tmp_path, monkeypatch
):
    url = f"sqlite:///{tmp_path}/oi.db"
    with create_engine(url).begin() as connection:
        predecessors.run(connection, [predecessors.tracker_table(keys="", is_sqlite=True)])
        predecessors.insert(connection, {"ce_oi": 1}, {"ce_oi": 2})
    monkeypatch.setenv("DATABASE_URL", url)

    first, second = (CliRunner().invoke(app, ["migrate"]).output for _ in range(2))

    assert "found: option_snapshots of a predecessor, 2 rows" in first
    assert "backup: option_snapshots_before_" in first
    assert "1 of 2 rows are in the ledger" in first
    assert "done: from a database without our tables" in first
    assert "nothing to do" in second


def console(*, is_terminal):
    return Console(file=StringIO(), force_terminal=is_terminal, width=120)


def test_progress_is_plain_lines_now_and_then_and_always_the_last():
    out, time = console(is_terminal=False), Time()

    with Shown(out, monotonic=time.monotonic) as shown_here:
        for done in range(0, 1001, 100):
            shown_here.advance("backing up", done, 1000)
            time.sleep(1)

    assert out.file.getvalue().splitlines() == [
        *(f"backing up: {done} of 1,000 rows" for done in range(0, 1000, 200)),
        "backing up: 1,000 of 1,000 rows",
    ]


def test_progress_is_a_bar_in_a_terminal():
    out = console(is_terminal=True)

    with Shown(out) as shown_here:
        shown_here.advance("rebuilding", 500, 1000)

    assert "━" in out.file.getvalue()
    assert "500/1000" in out.file.getvalue()
