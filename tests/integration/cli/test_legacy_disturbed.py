"""A predecessor that still writes and reads while its table is taken over, and values that our columns cannot hold."""

import pytest
from sqlalchemy import text

from oi_common.errors import Misconfigured
from oi_common.legacy.progress import Silent
from oi_common.legacy.shapes import REPLACED
from oi_common.migrations import upgrade
from support import predecessors as old


def test_the_predecessors_own_kind_of_query_still_answers(old_server, empty_database_url):
    old.run(old_server, [old.tracker_table(), old.many_rows(400, keys=400)])
    query = text(
        "SELECT time, strike, ce_oi, ce_oi_change, pe_oi, pe_oi_change, ce_vs_pe_oi_bar, index_close, updated_at "
        "FROM option_snapshots WHERE index_name = 'NIFTY' AND expiry = '2025-08-28' ORDER BY time DESC, strike LIMIT 50"
    )
    before = old_server.execute(query).all()

    upgrade(empty_database_url)

    assert len(before) == 50
    assert old_server.execute(query).all() == before


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
    old_server, empty_database_url
):
    old.run(old_server, [old.tracker_table(), old.many_rows(100, keys=100)])

    with pytest.raises(Misconfigured, match="stop the program"):
        upgrade(empty_database_url, Disturbing(old_server))
    left = old.count(old_server, "option_snapshots")
    upgrade(empty_database_url)

    assert left == 101
    assert old.count(old_server, "option_snapshots WHERE ce_oi = 7777777 AND source = 'legacy'") == 1
    assert sorted(old.count(old_server, name) for name in old.backups(old_server)) == [100, 101]


def test_rows_written_in_the_last_moment_are_kept_in_a_backup_of_their_own(old_server, empty_database_url):
    old.run(old_server, [old.tracker_table(), old.many_rows(100, keys=100)])
    upgrade(empty_database_url)
    (backup,) = old.backups(old_server)
    extra = f"INSERT INTO {REPLACED} SELECT * FROM {backup} WHERE id > 1"
    old.run(old_server, [f"CREATE TABLE {REPLACED} LIKE {backup}", extra])

    upgrade(empty_database_url)

    assert [old.count(old_server, name) for name in old.backups(old_server)] == [100, 99]
    assert (old.count(old_server, "option_snapshots"), REPLACED in old.tables(old_server)) == (100, False)


def test_what_our_columns_cannot_hold_is_null_and_dates_of_zero_are_no_key(old_server, empty_database_url):
    wide = old.tracker_table(keys="").replace("ce_oi BIGINT", "note TEXT, ce_oi BIGINT")
    old.run(old_server, ["SET SESSION sql_mode = ''", wide])
    old.insert(
        old_server,
        {"ce_gamma": "99999.5", "pe_gamma": "0.0004", "ce_oi": 1, "created_at": "0000-00-00 00:00:00"},
        {"expiry": "0000-00-00"},
        {"time": "0000-00-00 00:00:00"},
    )

    upgrade(empty_database_url)

    names = "ce_oi, ce_gamma, CAST(pe_gamma AS CHAR), created_at"
    assert old_server.execute(text(f"SELECT {names} FROM option_snapshots")).all() == [
        (1, None, "0.00040000", None)
    ]
    assert old.count(old_server, old.backups(old_server)[0]) == 3
