"""A backup is worth what can be restored of it."""

import json
from datetime import date, datetime

import pytest
from sqlalchemy import create_engine, insert, inspect, select

from oi_cli.backup.making import make_backup
from oi_cli.backup.restoring import restore
from oi_cli.export.comparing import comparable
from oi_common.clock import WallClock
from oi_common.database import Database
from oi_common.errors import Misconfigured
from oi_common.market.buckets import IST
from oi_common.migrations import revision_of, revisions
from oi_common.tables import metadata, option_snapshots, paper_trades, services
from support.exporting import At, run_oi
from support.made_rows import row
from support.predecessors import Told
from support.times import SteppingClock

LATER = datetime(2030, 1, 2, 18, 0, tzinfo=IST)


@pytest.fixture(params=["sqlite", "server"])
def target(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/restored/oi.db"
    return request.getfixturevalue("empty_database_url")


@pytest.fixture
def backup(filled, tmp_path):
    """A backup of the made day."""
    add_odd_rows(filled)
    run_oi("backup", "--no-redis", "--out", tmp_path / "kept")
    return tmp_path / "kept"


def add_odd_rows(url):
    """Rows that are hard to carry over: other scripts, quotes, long floats, no JSON, and numbers that are large."""
    words = "ऑप्शन 'x' \"y\" \\ \n 🙂 %s :name"
    odd = {
        "chain_buckets": {"time": datetime(2026, 11, 19, 9, 15), "expiry": date(2026, 11, 24), "support": [words]},  # noqa: DTZ001
        "oi_changes": {"index_name": "BANKNIFTY", "changed_ratio": 1 / 3, "changes": [{"strike": 1e-7}]},
        "ai_decisions": {"event_id": "Odd_1", "reason": words, "proposed": None, "evidence": {"b": 1, "a": [None]}},
        "ai_calls": {"call_id": "odd", "latency_ms": 1234.56789, "cost_inr": 0.000001},
        "telegram_chats": {"chat_id": -(2**62), "muted_rules": []},
        "instruments": {"contract": "NIFTY é", "tick_size": 0.05},
    }  # fmt: skip
    database = Database(url)
    with database.engine.begin() as connection:
        for name, known in odd.items():
            connection.execute(insert(metadata.tables[name]), [row(metadata.tables[name], **known)])
    database.close()


def rows_of(url):
    """Return every row of every table, read without what the backup reads with."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection.exec_driver_sql("SET time_zone = '+00:00'")
        found = {}
        for table in metadata.sorted_tables:
            kinds = {column.name: type(column.type).__name__ for column in table.c}
            listed = connection.execute(select(table)).mappings()
            found[table.name] = sorted(
                repr([plain(value, kinds[name]) for name, value in one.items()]) for one in listed
            )
    engine.dispose()
    return found


def plain(value, kind):
    """The order of names in JSON is nobody's; of a FLOAT MariaDB and MySQL keep six digits."""
    if kind == "JSON":
        return json.dumps(value, sort_keys=True)
    return comparable(value) if kind == "Float" else value


def tables_of(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        names, revision = inspect(connection).get_table_names(), revision_of(connection)
    engine.dispose()
    return set(names), revision


def test_what_is_restored_is_what_was_there_row_by_row(filled, backup, target):
    said = run_oi("restore", backup, "--into", target)

    before, after = rows_of(filled), rows_of(target)
    assert sum(map(len, before.values())) > 250
    assert [name for name in before if before[name] != after[name]] == []
    assert f"{sum(map(len, before.values()))} rows of {len(before)} tables, compared with the backup" in said
    assert tables_of(target) == (set(metadata.tables) | {"alembic_version"}, revisions()[-1])


def test_a_backup_is_of_one_moment(filled, tmp_path):
    database = Database(filled)

    def meddle():
        with database.engine.begin() as connection:
            connection.execute(services.delete())
            connection.execute(paper_trades.delete())
            connection.execute(option_snapshots.delete().where(option_snapshots.c.strike == 24500))

    before = rows_of(filled)
    made = make_backup(filled, None, tmp_path / "kept", WallClock(), At(then=meddle))
    database.close()

    assert {kept.table: kept.rows for kept in made.tables} == {
        name: len(rows) for name, rows in before.items()
    }
    assert rows_of(filled) != before


def test_a_database_that_is_not_empty_is_left_alone(filled, backup):
    before = rows_of(filled)

    said = run_oi("restore", backup, "--into", filled, code=78)

    assert "the database is not empty, it holds ai_calls, ai_decisions, alembic_version and" in said
    assert rows_of(filled) == before


def test_a_restore_that_is_broken_off_goes_on(filled, backup, target):
    with pytest.raises(KeyboardInterrupt):
        restore(backup, target, At("loading oi_changes"))

    told = Told()
    restore(backup, target, told)
    assert any(said.startswith("a restore was broken off here: going on") for said in told.facts)
    assert rows_of(target) == rows_of(filled)
    assert "restore_under_way" not in tables_of(target)[0]


def test_a_half_restored_database_takes_no_other_backup(filled, backup, tmp_path):
    other = f"sqlite:///{tmp_path}/half.db"
    make_backup(filled, None, tmp_path / "second", SteppingClock(LATER), Told())
    with pytest.raises(KeyboardInterrupt):
        restore(backup, other, At("loading"))

    with pytest.raises(Misconfigured, match="restore of another backup into this database was broken off"):
        restore(tmp_path / "second", other, Told())


def test_a_damaged_file_is_named_before_anything_is_written(backup, tmp_path):
    file = backup / "chain_buckets.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    into = f"sqlite:///{tmp_path}/never.db"

    assert f"{file} is damaged" in run_oi("restore", backup, "--into", into, code=1)
    file.unlink()
    assert f"{file} is missing from the backup" in run_oi("restore", backup, "--into", into, code=1)
    (backup / "manifest.json").write_text('{"form": 1')
    assert "manifest.json is damaged" in run_oi("restore", backup, "--into", into, code=1)
    (backup / "manifest.json").unlink()
    assert "is no backup" in run_oi("restore", backup, "--into", into, code=78)
    assert not (tmp_path / "never.db").exists()


def test_a_backup_of_an_older_schema_is_restored_and_migrated(filled, backup, target):
    newer = {"alerts_sent", "alert_outcomes", "alert_rules", "telegram_chats", "archived_days"}
    said = json.loads((backup / "manifest.json").read_text())
    said |= {"revision": "0005", "tables": [t for t in said["tables"] if t["table"] not in newer]}
    (backup / "manifest.json").write_text(json.dumps(said))

    run_oi("restore", backup, "--into", target)

    after = rows_of(target)
    assert tables_of(target)[1] == revisions()[-1]
    assert after["option_snapshots"] == rows_of(filled)["option_snapshots"]
    assert [name for name in newer if after[name]] == []


def test_a_backup_of_a_newer_schema_is_refused(backup, tmp_path):
    said = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps(said | {"revision": "9999"}))

    assert "take a newer one" in run_oi("restore", backup, "--into", f"sqlite:///{tmp_path}/n.db", code=78)


def test_rows_that_are_not_what_was_backed_up_are_told(backup, tmp_path):
    """As when another program writes into the database that is being restored."""

    database = Database(f"sqlite:///{tmp_path}/m.db")

    def meddle():
        with database.engine.begin() as connection:
            connection.execute(paper_trades.update().values(lots=7))

    with pytest.raises(Exception, match=r"paper_trades is not what .*: lots of the row d1, ENTER is 7"):
        restore(backup, f"sqlite:///{tmp_path}/m.db", At("loading paper_trades", meddle))
    database.close()


def test_a_backup_that_is_broken_off_leaves_nothing(filled, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(KeyboardInterrupt):
        make_backup(filled, None, tmp_path / "b" / "kept", WallClock(), At())

    assert list((tmp_path / "b").iterdir()) == []
    assert "is there already" in run_oi("backup", "--no-redis", "--out", tmp_path / "there", code=78)


def test_an_old_schema_is_not_backed_up(tmp_path, monkeypatch, sqlite_url):
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    assert "run `oi migrate` first" in run_oi("backup", "--no-redis", "--out", tmp_path / "b", code=78)
