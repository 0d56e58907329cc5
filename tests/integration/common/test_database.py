"""Migrations and upserts on every database the project supports."""

import threading
import time
from datetime import date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select
from sqlalchemy.exc import OperationalError

from oi_common.database import Database, connect_database
from oi_common.errors import Unavailable
from oi_common.migrations import upgrade
from oi_common.tables import chain_buckets, coverage_gaps, metadata, option_snapshots, partition_fences
from oi_common.upserts import upsert

TIME = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001 IST wall time, as `time` columns are
KEY = {"time": TIME, "index_name": "NIFTY", "expiry": date(2026, 11, 24)}
FED = datetime(2026, 11, 20, 3, 45, 20, 250_000)  # noqa: DTZ001 UTC, as moment columns are


@pytest.fixture
def database(any_database_url):
    opened = Database(any_database_url)
    yield opened
    opened.close()


def row(strike=24500, fed=FED, **columns):
    return {**KEY, "strike": strike, "feed_time": fed, "source": "live", "reason": "baseline", **columns}


def stored(database, *names):
    return database.run_blocking(
        lambda connection: [
            tuple(found[name] for name in names)
            for found in connection.execute(
                select(option_snapshots).order_by(option_snapshots.c.strike)
            ).mappings()
        ]
    )


def test_the_migrations_make_the_tables_that_the_code_describes(any_database_url):
    engine = connect_database(any_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, metadata) if not is_only_json(d)]
        keys = inspect(connection).get_pk_constraint("option_snapshots")["constrained_columns"]
    engine.dispose()

    assert differences == []
    assert keys == ["time", "index_name", "expiry", "strike"]


def is_only_json(difference):
    """MariaDB spells JSON as LONGTEXT and says so in the reflected type."""
    kinds = {part[0] for part in difference} if isinstance(difference, list) else {difference[0]}
    return kinds == {"modify_type"} and all("JSON" in repr(part) for part in difference)


def test_migrating_again_changes_nothing(any_database_url):
    before, after = upgrade(any_database_url)

    assert before == after


def test_an_upsert_inserts_and_then_updates_by_the_natural_key(database):
    database.run_blocking(
        lambda c: upsert(c, option_snapshots, [row(24550, ce_oi=65), row(24500, ce_oi=130)])
    )
    database.run_blocking(lambda c: upsert(c, option_snapshots, [row(24500, ce_oi=195)]))

    assert stored(database, "strike", "ce_oi", "feed_time") == [(24500, 195, FED), (24550, 65, FED)]


def test_an_older_row_does_not_overwrite_a_newer_one_in_any_column(database):
    def write(fed, **columns):
        database.run_blocking(
            lambda c: upsert(c, option_snapshots, [row(fed=fed, **columns)], guard="feed_time")
        )

    write(FED, ce_oi=130, pe_oi=260)
    write(FED - timedelta(microseconds=1), ce_oi=1, pe_oi=2)
    write(FED, ce_oi=131, pe_oi=261)

    assert stored(database, "ce_oi", "pe_oi", "feed_time") == [(131, 261, FED)]


def test_a_null_does_not_overwrite_what_is_to_be_filled_and_kept_columns_stay(database):
    fill = frozenset({"ce_iv"})
    database.run_blocking(lambda c: upsert(c, option_snapshots, [row(ce_iv=12.5, ce_oi=65)], fill=fill))
    database.run_blocking(lambda c: upsert(c, option_snapshots, [row(ce_iv=None, ce_oi=None)], fill=fill))
    gap = {"index_name": "NIFTY", "expiry": KEY["expiry"], "from_time": TIME, "to_time": TIME, "buckets": 1}
    for noticed in (FED, FED + timedelta(hours=1)):
        database.run_blocking(
            lambda c, noticed=noticed: upsert(
                c, coverage_gaps, [{**gap, "noticed_at": noticed}], keep=frozenset({"noticed_at"})
            )
        )

    assert [(float(iv), oi) for iv, oi in stored(database, "ce_iv", "ce_oi")] == [(12.5, None)]
    assert database.run_blocking(lambda c: c.execute(select(coverage_gaps.c.noticed_at)).scalar_one()) == FED


def test_a_list_in_a_header_comes_back_as_a_list(database):
    header = {
        **KEY, "polls": 2, "polls_expected": 9, "polls_missed": ["09:15:20"], "changed": 0, "state": "open",
        "is_stub": False,
    }  # fmt: skip
    database.run_blocking(lambda c: upsert(c, chain_buckets, [header]))

    assert database.run_blocking(lambda c: c.execute(select(chain_buckets.c.polls_missed)).scalar_one()) == [
        "09:15:20"
    ]


def test_writers_of_the_same_rows_do_not_deadlock(database_url):
    databases = [Database(database_url) for _ in range(4)]
    failures = []

    def write(number):
        try:
            for turn in range(15):
                rows = [row(24000 + 50 * n, ce_oi=number * 100 + turn) for n in range(80)]
                databases[number].run_blocking(lambda c, rows=rows: upsert(c, option_snapshots, rows))
        except Unavailable as e:
            failures.append(e)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for opened in databases:
        opened.close()

    assert failures == []


def test_a_database_that_is_away_is_unavailable(free_port):
    database = Database(f"mysql+pymysql://oi:none@127.0.0.1:{free_port}/oi")

    with pytest.raises(Unavailable, match="database: "):
        database.run_blocking(lambda connection: connection.execute(select(option_snapshots)).all())
    database.close()


def test_a_database_without_tables_says_what_to_run(empty_database_url, tmp_path):
    for url in (empty_database_url, f"sqlite:///{tmp_path}/empty.db"):
        database = Database(url)
        with pytest.raises(Unavailable, match="run `oi migrate`"):
            database.run_blocking(lambda connection: connection.execute(select(option_snapshots)).all())
        database.close()


def test_a_client_that_is_frozen_inside_a_transaction_keeps_nobody_out_for_long(database_url):
    fence = {"service": "bucketer", "partition_name": "NIFTY"}
    frozen, successor = Database(database_url), Database(database_url)
    frozen.run_blocking(lambda c: c.execute(partition_fences.insert().values(**fence, token=1)))
    held = frozen.engine.connect()
    held.execute(select(partition_fences).with_for_update()).all()

    before = time.monotonic()
    successor.run_blocking(lambda c: c.execute(partition_fences.update().values(token=2)))
    waited = time.monotonic() - before

    # The server drops who is silent for ten seconds: about as long as a lease lasts.
    assert 5 < waited < 15
    with pytest.raises(OperationalError):
        held.execute(partition_fences.update().values(token=1))
    held.invalidate()
    frozen.close()
    successor.close()


def test_reading_keeps_no_writer_waiting(database):
    reader = database.engine.connect().execution_options(oi_only_reads=True)
    reader.execute(select(option_snapshots)).all()

    database.run_blocking(lambda connection: upsert(connection, option_snapshots, [row()]))

    reader.close()
    assert stored(database, "strike") == [(24500,)]
