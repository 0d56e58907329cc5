"""What becomes of a predecessor's tables as a whole, on every database the project supports."""

import pytest
from sqlalchemy import inspect, text

from oi_common.errors import Misconfigured
from oi_common.migrations import upgrade
from oi_common.tables import metadata
from support import predecessors as old


def test_the_key_is_the_primary_key_and_the_old_id_is_gone(old_url, old_database):
    old.tracker(old_database, {"ce_oi": 1}, keys=old.KEY if old_database.dialect.name != "sqlite" else "")

    upgrade(old_url)

    found = inspect(old_database)
    assert found.get_pk_constraint("option_snapshots")["constrained_columns"] == [
        "time",
        "index_name",
        "expiry",
        "strike",
    ]
    assert "id" not in {column["name"] for column in found.get_columns("option_snapshots")}
    assert "chain_buckets" in found.get_table_names()


def test_a_table_without_expiry_is_set_aside_whole(old_url, old_database, told):
    row = "('2025-08-14 09:15:00', 'NIFTY24500', 'CE', 24500, 100, 24512.5, 0, 0)"
    old.run(old_database, [old.WITHOUT_EXPIRY, f"INSERT INTO option_snapshots VALUES {row}"])

    upgrade(old_url, told)

    (backup,) = old.backups(old_database)
    assert old.ledger(old_database, "time") == []
    assert old_database.execute(text(f"SELECT ce_oi FROM {backup}")).all() == [(100,)]
    assert "1 rows that do not say their expiry" in str(told)


def test_other_tables_of_the_predecessor_are_left_alone(old_url, old_database, told):
    old.tracker(old_database, {"ce_oi": 1})
    old.run(old_database, old.PHASE_1)

    upgrade(old_url, told)

    assert old_database.execute(text("SELECT * FROM options_raw_data")).all() == [(1, 65)]
    assert "options_raw_data, historical_oi_tracking, ai_trade_setups" in str(told)


def test_a_second_run_does_nothing(old_url, old_database, told):
    old.tracker(old_database, {"ce_oi": 1}, {"ce_oi": 2})
    upgrade(old_url)
    tables, rows = inspect(old_database).get_table_names(), old.ledger(old_database, "*")

    before, after = upgrade(old_url, told)

    assert before == after
    assert told.facts == told.steps == []
    assert (inspect(old_database).get_table_names(), old.ledger(old_database, "*")) == (tables, rows)


def test_a_table_nobody_knows_is_left_as_it_is_and_named(old_url, old_database):
    old.run(old_database, ["CREATE TABLE option_snapshots (id INT PRIMARY KEY, note VARCHAR(10))"])
    tables = inspect(old_database).get_table_names()

    with pytest.raises(Misconfigured, match="option_snapshots that is neither ours nor a predecessor's"):
        upgrade(old_url)

    assert inspect(old_database).get_table_names() == tables


def test_an_older_backup_is_never_written_over(old_url, old_database):
    old.tracker(old_database, {"ce_oi": 1})
    upgrade(old_url)
    (first,) = old.backups(old_database)
    metadata.drop_all(old_database)
    old.run(old_database, ["DROP TABLE alembic_version"])
    old.tracker(old_database, {"ce_oi": 7})

    upgrade(old_url)

    _, second = sorted(old.backups(old_database))
    assert old_database.execute(text(f"SELECT ce_oi FROM {first}")).all() == [(1,)]
    assert old_database.execute(text(f"SELECT ce_oi FROM {second}")).all() == [(7,)]
    assert old.ledger(old_database, "ce_oi") == [(7,)]


def test_a_foreign_table_under_a_name_of_ours_is_named_and_left_alone(old_url, old_database):
    old.run(old_database, ["CREATE TABLE services (id INT PRIMARY KEY)"])

    with pytest.raises(Misconfigured, match="another table called services"):
        upgrade(old_url)

    assert [column["name"] for column in inspect(old_database).get_columns("services")] == ["id"]
