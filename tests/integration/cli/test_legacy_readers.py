"""Who reads the ledger knows a predecessor's rows for what they are."""

from datetime import date, datetime

import pytest
from sqlalchemy import create_engine, text

from bucketer.adapters.restore import last_oi
from oi_cli.quality.checks import faults
from oi_cli.quality.reading import read_ledger
from oi_common.migrations import upgrade
from support import predecessors

BEFORE, DAY, EXPIRY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 24)


@pytest.fixture
def ledger(tmp_path):
    """A connection to a ledger that was a predecessor's until now, its last row of the trading day before."""
    url = f"sqlite:///{tmp_path}/old.db"
    engine = create_engine(url)
    told = {"time": datetime(2026, 11, 19, 15, 27), "expiry": EXPIRY, "ce_oi": 6500, "pe_oi": 0}  # noqa: DTZ001 IST
    with engine.begin() as connection:
        predecessors.run(connection, [predecessors.tracker_table(keys="", is_sqlite=True)])
        predecessors.insert(connection, {name: str(value) for name, value in told.items()})
    upgrade(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_predecessors_oi_is_no_base_for_a_change_through_the_day(ledger):
    taken_over = last_oi(ledger, "NIFTY", EXPIRY, DAY)
    ledger.execute(text("UPDATE option_snapshots SET source = 'live'"))
    our_own = last_oi(ledger, "NIFTY", EXPIRY, DAY)

    assert taken_over == {}
    assert sorted(our_own.values()) == [0, 6500]


def test_a_predecessors_day_breaks_no_check(ledger):
    assert faults(read_ledger(ledger, BEFORE)) == ()
