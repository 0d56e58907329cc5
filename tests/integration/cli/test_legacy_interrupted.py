"""A migration from a predecessor's table that is killed, doubled or disturbed ends as if it had not been."""

import os
import signal
from functools import partial
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine, create_engine, event, text

from oi_common.legacy.shapes import COPY, NEW, REPLACED
from oi_common.migrations import upgrade
from support import predecessors as old
from support.processes import eventually

ROWS, KEYS = 45_000, 40_000
KEY = "time, index_name, expiry, strike"
CONTENT = f"{KEY}, ce_oi, pe_oi, ce_ltp, created_at"
KEPT = f"SELECT {CONTENT} FROM option_snapshots ORDER BY {KEY}"


class Killed(BaseException):
    """Ends a migration in the middle, past every `except Exception`."""


@pytest.fixture
def oi_migrate(running_process, empty_database_url):
    def start(*, until=lambda: True):
        environment = {"DATABASE_URL": empty_database_url}
        return running_process("oi", "migrate", environment=environment, is_ready=until, within=60)

    return start


def newest_of_each_key(old_server, table):
    """Choose them by plain SQL of its own: the row of each key that was made last."""
    ranked = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {KEY} ORDER BY created_at DESC, id DESC) AS r FROM {table}"
    return old_server.execute(
        text(f"SELECT {CONTENT} FROM ({ranked}) AS ranked WHERE r = 1 ORDER BY {KEY}")
    ).all()


def has_rows(old_server, table):
    return (
        table in old.tables(old_server)
        and old.count(old_server, f"(SELECT 1 FROM {table} LIMIT 1) AS some") > 0
    )


POINTS = {
    "while the backup grows": lambda old_server: has_rows(old_server, COPY),
    "once the backup is complete": lambda old_server: bool(old.backups(old_server)),
    "while the new table grows": lambda old_server: has_rows(old_server, NEW),
    "once the tables are exchanged": lambda old_server: REPLACED in old.tables(old_server),
    "while our other tables are made": lambda old_server: "chain_buckets" in old.tables(old_server),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_half_way_and_run_again_gives_the_same(old_server, oi_migrate, point):
    old.run(old_server, [old.tracker_table(keys=""), old.many_rows(ROWS, keys=KEYS)])
    expected = newest_of_each_key(old_server, "option_snapshots")

    oi_migrate(until=lambda: POINTS[point](old_server)).kill()
    again = oi_migrate()
    eventually(lambda: not again.is_running, within=60, what="the second run ends")

    assert again.popen.returncode == 0, again.output
    assert len(expected) == KEYS
    assert old_server.execute(text(KEPT)).all() == expected
    (backup,) = old.backups(old_server)
    assert old.count(old_server, backup) == ROWS
    assert old.tables(old_server).isdisjoint({COPY, NEW, REPLACED})


def test_two_hundred_thousand_rows_with_duplicates_zeros_and_old_rows(old_server, oi_migrate):
    old.run(old_server, [old.tracker_table(keys=""), *old.PHASE_1, old.many_rows(200_000, keys=180_000)])
    expected = newest_of_each_key(old_server, "option_snapshots")

    process = oi_migrate()
    eventually(lambda: not process.is_running, within=120, what="oi migrate ends")

    assert process.popen.returncode == 0, process.output
    assert len(expected) == 180_000
    assert old_server.execute(text(KEPT)).all() == expected
    assert old.count(old_server, "option_snapshots WHERE source <> 'legacy'") == 0
    assert old.count(old_server, old.backups(old_server)[0]) == 200_000
    for said in ("200,000 rows; all of them go to a backup", "backing up: 200,000 of 200,000 rows"):
        assert said in process.output
    assert "20,000 duplicates are only in option_snapshots_before_" in process.output


def test_two_migrations_at_once_do_the_work_once(old_server, oi_migrate):
    old.run(old_server, [old.tracker_table(keys=""), old.many_rows(ROWS, keys=KEYS)])

    both = [oi_migrate(), oi_migrate()]
    eventually(lambda: not any(one.is_running for one in both), within=60, what="both end")

    assert [one.popen.returncode for one in both] == [0, 0], [one.output for one in both]
    assert sorted("nothing to do" in one.output for one in both) == [False, True]
    assert (old.count(old_server, "option_snapshots"), len(old.backups(old_server))) == (KEYS, 1)


def raise_killed():
    raise Killed


def writes_until_killed(url, after, kill=raise_killed):
    """Migrate until the given number of statements that write has been run; return how many there were."""
    seen = 0

    def count_it(_connection, _cursor, statement, *_others):
        nonlocal seen
        if statement.split(maxsplit=1)[0].upper() in {"CREATE", "INSERT", "RENAME", "DROP", "ALTER"}:
            seen += 1
            if seen == after:
                kill()

    event.listen(Engine, "after_cursor_execute", count_it)
    try:
        upgrade(url)
    except Killed:
        pass
    finally:
        event.remove(Engine, "after_cursor_execute", count_it)
    return seen


def test_no_statement_is_one_after_which_it_may_not_be_killed(old_server, empty_database_url):
    made = [old.tracker_table(keys=""), old.many_rows(100, keys=80)]
    after, finished = 0, False

    while not finished:
        after += 1
        old.run(old_server, [f"DROP TABLE `{name}`" for name in old.tables(old_server)] + made)
        expected = newest_of_each_key(old_server, "option_snapshots")
        finished = writes_until_killed(empty_database_url, after) < after
        upgrade(empty_database_url)

        assert old_server.execute(text(KEPT)).all() == expected, f"after {after} writes"
        assert [old.count(old_server, name) for name in old.backups(old_server)] == [100], (
            f"after {after} writes"
        )
        assert old.tables(old_server).isdisjoint({COPY, NEW, REPLACED}), f"after {after} writes"

    assert after > 15


def killed_after_a_write(url, after):
    """Migrate in a process that kills itself after the given number of writes; return whether it came to that."""

    def migrate():
        try:
            writes_until_killed(url, after, kill=partial(os.kill, os.getpid(), signal.SIGKILL))
        finally:
            os._exit(0)

    child = get_context("fork").Process(target=migrate)
    child.start()
    child.join(30)
    return child.exitcode == -signal.SIGKILL


def test_on_sqlite_too_no_statement_is_one_after_which_it_may_not_be_killed(tmp_path):
    after, was_killed = 0, True

    while was_killed:
        after += 1
        url = f"sqlite:///{tmp_path}/{after}.db"
        engine = create_engine(url)
        with engine.begin() as connection:
            old.run(connection, [old.tracker_table(keys="", is_sqlite=True)])
            old.insert(connection, *({"ce_oi": n, "strike": 24000 + n % 8} for n in range(10)))
        engine.dispose()
        was_killed = killed_after_a_write(url, after)
        upgrade(url)

        with engine.connect() as connection:
            assert old.count(connection, "option_snapshots WHERE source = 'legacy'") == 8
            assert [old.count(connection, name) for name in old.backups(connection)] == [10]
        engine.dispose()

    assert after > 10
