"""The migration that makes `instruments`, where something of that name is there already."""

import pytest

from oi_common.database import Database
from oi_common.errors import Misconfigured
from oi_common.migrations import upgrade


def one_revision_back(url):
    database = Database(url)
    database.run_blocking(lambda c: c.exec_driver_sql("update alembic_version set version_num = '0001'"))
    database.close()


def test_a_migration_cut_short_after_the_table_was_made_is_run_again(any_database_url):
    one_revision_back(any_database_url)

    before, after = upgrade(any_database_url)

    assert before == "0001" < after


def test_another_table_of_that_name_is_not_touched(sqlite_url):
    one_revision_back(sqlite_url)
    database = Database(sqlite_url)
    database.run_blocking(lambda c: c.exec_driver_sql("alter table instruments drop column seen_at"))
    database.close()

    with pytest.raises(Misconfigured, match="another table called instruments"):
        upgrade(sqlite_url)
