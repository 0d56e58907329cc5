"""A migration from a predecessor's table that is killed, doubled or disturbed ends as if it had not been."""

import os
import signal
from functools import partial
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine, create_engine, event, inspect, text

from oi_common.errors import Misconfigured
from oi_common.legacy.progress import Silent
from oi_common.legacy.shapes import BACKUPS, COPY, NEW, REPLACED
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
def database(empty_database_url):
    engine = create_engine(empty_database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def oi_migrate(running_process, empty_database_url):
    def start(*, until=lambda: True):
        environment = {"DATABASE_URL": empty_database_url}
        return running_process("oi", "migrate", environment=environment, is_ready=until, within=60)

    return start


def tables(database):
    return set(inspect(database).get_table_names())


def backups(database):
    return sorted(name for name in tables(database) if name.startswith(BACKUPS))


def count(database, what):
    return database.execute(text(f"SELECT COUNT(*) FROM {what}")).scalar_one()


def newest_of_each_key(database, table):
    """Choose them by plain SQL of its own: the row of each key that was made last."""
    ranked = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {KEY} ORDER BY created_at DESC, id DESC) AS r FROM {table}"
    return database.execute(
        text(f"SELECT {CONTENT} FROM ({ranked}) AS ranked WHERE r = 1 ORDER BY {KEY}")
    ).all()


def has_rows(database, table):
    return table in tables(database) and count(database, f"(SELECT 1 FROM {table} LIMIT 1) AS some") > 0


POINTS = {
    "while the backup grows": lambda database: has_rows(database, COPY),
    "once the backup is complete": lambda database: bool(backups(database)),
    "while the new table grows": lambda database: has_rows(database, NEW),
    "once the tables are exchanged": lambda database: REPLACED in tables(database),
    "while our other tables are made": lambda database: "chain_buckets" in tables(database),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_half_way_and_run_again_gives_the_same(database, oi_migrate, point):
    old.run(database, [old.tracker_table(keys=""), old.many_rows(ROWS, keys=KEYS)])
    expected = newest_of_each_key(database, "option_snapshots")

    oi_migrate(until=lambda: POINTS[point](database)).kill()
    again = oi_migrate()
    eventually(lambda: not again.is_running, within=60, what="the second run ends")

    assert again.popen.returncode == 0, again.output
    assert len(expected) == KEYS
    assert database.execute(text(KEPT)).all() == expected
    (backup,) = backups(database)
    assert count(database, backup) == ROWS
    assert tables(database).isdisjoint({COPY, NEW, REPLACED})


def test_two_hundred_thousand_rows_with_duplicates_zeros_and_old_rows(database, oi_migrate):
    old.run(database, [old.tracker_table(keys=""), *old.PHASE_1, old.many_rows(200_000, keys=180_000)])
    expected = newest_of_each_key(database, "option_snapshots")

    process = oi_migrate()
    eventually(lambda: not process.is_running, within=120, what="oi migrate ends")

    assert process.popen.returncode == 0, process.output
    assert len(expected) == 180_000
    assert database.execute(text(KEPT)).all() == expected
    assert count(database, "option_snapshots WHERE source <> 'legacy'") == 0
    assert count(database, backups(database)[0]) == 200_000
    for said in ("200,000 rows; all of them go to a backup", "backing up: 200,000 of 200,000 rows"):
        assert said in process.output
    assert "20,000 duplicates are only in option_snapshots_before_" in process.output


def test_the_predecessors_own_kind_of_query_still_answers(database, empty_database_url):
    old.run(database, [old.tracker_table(), old.many_rows(400, keys=400)])
    query = text(
        "SELECT time, strike, ce_oi, ce_oi_change, pe_oi, pe_oi_change, ce_vs_pe_oi_bar, index_close, updated_at "
        "FROM option_snapshots WHERE index_name = 'NIFTY' AND expiry = '2025-08-28' ORDER BY time DESC, strike LIMIT 50"
    )
    before = database.execute(query).all()

    upgrade(empty_database_url)

    assert len(before) == 50
    assert database.execute(query).all() == before


def test_two_migrations_at_once_do_the_work_once(database, oi_migrate):
    old.run(database, [old.tracker_table(keys=""), old.many_rows(ROWS, keys=KEYS)])

    both = [oi_migrate(), oi_migrate()]
    eventually(lambda: not any(one.is_running for one in both), within=60, what="both end")

    assert [one.popen.returncode for one in both] == [0, 0], [one.output for one in both]
    assert sorted("nothing to do" in one.output for one in both) == [False, True]
    assert (count(database, "option_snapshots"), len(backups(database))) == (KEYS, 1)


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


def test_no_statement_is_one_after_which_it_may_not_be_killed(database, empty_database_url):
    made = [old.tracker_table(keys=""), old.many_rows(100, keys=80)]
    after, finished = 0, False

    while not finished:
        after += 1
        old.run(database, [f"DROP TABLE `{name}`" for name in tables(database)] + made)
        expected = newest_of_each_key(database, "option_snapshots")
        finished = writes_until_killed(empty_database_url, after) < after
        upgrade(empty_database_url)

        assert database.execute(text(KEPT)).all() == expected, f"after {after} writes"
        assert [count(database, name) for name in backups(database)] == [100], f"after {after} writes"
        assert tables(database).isdisjoint({COPY, NEW, REPLACED}), f"after {after} writes"

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
            assert count(connection, "option_snapshots WHERE source = 'legacy'") == 8
            assert [count(connection, name) for name in backups(connection)] == [10]
        engine.dispose()

    assert after > 10


class Disturbing(Silent):
    """Writes a row, once, when the new table is being filled: the predecessor's program still runs."""

    def __init__(self, database):
        self._database = database
        self._has_written = False

    def advance(self, what, done, total):  # noqa: ARG002
        if what == "rebuilding" and not self._has_written:
            self._has_written = True
            old.insert(self._database, {"time": "2025-08-15 10:00:00", "ce_oi": 7_777_777})


def test_a_table_that_is_still_written_to_is_not_replaced_and_the_next_run_has_the_new_rows(
    database, empty_database_url
):
    old.run(database, [old.tracker_table(), old.many_rows(100, keys=100)])

    with pytest.raises(Misconfigured, match="stop the program"):
        upgrade(empty_database_url, Disturbing(database))
    left = count(database, "option_snapshots")
    upgrade(empty_database_url)

    assert left == 101
    assert count(database, "option_snapshots WHERE ce_oi = 7777777 AND source = 'legacy'") == 1
    assert sorted(count(database, name) for name in backups(database)) == [100, 101]


def test_rows_written_in_the_last_moment_are_kept_in_a_backup_of_their_own(database, empty_database_url):
    old.run(database, [old.tracker_table(), old.many_rows(100, keys=100)])
    upgrade(empty_database_url)
    (backup,) = backups(database)
    extra = f"INSERT INTO {REPLACED} SELECT * FROM {backup} WHERE id > 1"
    old.run(database, [f"CREATE TABLE {REPLACED} LIKE {backup}", extra])

    upgrade(empty_database_url)

    assert [count(database, name) for name in backups(database)] == [100, 99]
    assert (count(database, "option_snapshots"), REPLACED in tables(database)) == (100, False)


def test_what_our_columns_cannot_hold_is_null_and_dates_of_zero_are_no_key(database, empty_database_url):
    wide = old.tracker_table(keys="").replace("ce_oi BIGINT", "note TEXT, ce_oi BIGINT")
    old.run(database, ["SET SESSION sql_mode = ''", wide])
    old.insert(
        database,
        {"ce_gamma": "99999.5", "pe_gamma": "0.0004", "ce_oi": 1, "created_at": "0000-00-00 00:00:00"},
        {"expiry": "0000-00-00"},
        {"time": "0000-00-00 00:00:00"},
    )

    upgrade(empty_database_url)

    names = "ce_oi, ce_gamma, CAST(pe_gamma AS CHAR), created_at"
    assert database.execute(text(f"SELECT {names} FROM option_snapshots")).all() == [
        (1, None, "0.00040000", None)
    ]
    assert count(database, backups(database)[0]) == 3
