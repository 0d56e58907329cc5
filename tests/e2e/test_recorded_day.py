"""A recorded chain of the exchange goes through the whole system, and nothing is lost or made up on the way.

The recording is not part of this project: without it (OI_REFERENCE_DATA, or a checkout beside it) this is skipped.
"""

import csv
import gzip
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from oi_common.database import connect_database
from support.reference import reference_data

BIN = Path(sys.executable).parent
LOT = 75
UNTIL = "10:45"  # past the recording's hole of nineteen minutes; `oi demo` plays the whole day
NEAR_EXPIRY = "nse_oc_nifty_20250829_near_expiry.csv.gz"
PUBLISHED = "reference/pcr_maxpain_published.csv"
STALE = "nse_oc_nifty_20250827_market_holiday_stale.parquet"


def demo(recording, folder, *more):
    command = [
        BIN / "oi",
        "demo",
        "--recording",
        recording,
        "--lot",
        str(LOT),
        "--keep",
        folder,
        "--plain",
        "--only",
        "ingest-ws,poller,bucketer",
        *more,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)


def recorded(path):
    """Return [(collected, stamped, {(strike, side): OI in units})] of a recording, by collection time."""
    polls = defaultdict(dict)
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["collected_at"]), datetime.fromisoformat(row["nse_timestamp"])
            polls[at][int(row["strike"]), row["option_type"]] = round(float(row["oi_contracts"]) * LOT)
    return [(*at, oi) for at, oi in sorted(polls.items())]


def polled(recording, session):
    """Return what a poller on the 20-second grid sees: at each slot, the newest collection."""
    opens, closes = session
    slot, seen = opens, []
    while slot < closes:
        known = [one for one in recording if one[0] <= slot]
        if known:
            seen.append((slot, known[-1][1], known[-1][2]))
        slot += timedelta(seconds=20)
    return seen


def first_changes(seen, session):
    """Return {bucket: {(strike, side): OI}} at each bucket's first change, by the stamps' own time."""
    saved, last, newest = {}, {}, None
    for slot, stamp, oi in seen:
        if not session[0] <= stamp < session[1] or (newest is not None and (stamp, slot) <= newest):
            continue
        newest = (stamp, slot)
        changed = {contract: value for contract, value in oi.items() if last.get(contract) != value}
        last = {**last, **oi}
        bucket = stamp.replace(minute=stamp.minute // 3 * 3, second=0)
        if changed and bucket not in saved:
            saved[bucket] = dict(last)
    return saved


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    recording = reference_data(NEAR_EXPIRY)
    folder = tmp_path_factory.mktemp("recorded") / "demo"
    done = demo(recording, folder, "--until", UNTIL)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    engine = connect_database(f"sqlite:///{folder}/oi.db")
    with engine.connect() as connection:
        yield recorded(recording), connection
    engine.dispose()


PLAYED = datetime(2025, 8, 29, 9, 15), datetime(2025, 8, 29, 10, 45)  # noqa: DTZ001 IST wall time, as columns are


def test_the_ledger_holds_exactly_the_recordings_oi_at_each_buckets_first_change(played):
    recording, connection = played
    rows = connection.execute(text("select time, strike, ce_oi, pe_oi from option_snapshots"))
    stored = defaultdict(dict)
    for time, strike, ce_oi, pe_oi in rows:
        for side, oi in (("CE", ce_oi), ("PE", pe_oi)):
            if oi is not None:
                stored[datetime.fromisoformat(str(time).split(".")[0])][strike, side] = oi

    expected = first_changes(polled(recording, PLAYED), PLAYED)

    assert stored.keys() == expected.keys()
    assert len(expected) > 20
    for bucket in expected:
        assert stored[bucket] == expected[bucket], bucket


def test_pcr_and_max_pain_are_those_that_were_published(played):
    _, connection = played
    with reference_data(PUBLISHED).open() as file:
        published = {
            row["metric"]: float(row["published_value"])
            for row in csv.DictReader(file)
            if (row["date"], row["time"]) == ("2025-08-29", "09:30:00")
        }

    # The newest stamp at 09:30 is of 09:29:15; it says what 09:28:45 said, with which the bucket of 09:27 was saved.
    # The figures of 11:00 are of a poll after its bucket's first change, those of 13:30 of a hole.
    pcr, pain = connection.execute(
        text("select pcr_oi, max_pain from chain_buckets where time = '2025-08-29 09:27:00.000000'")
    ).one()
    assert float(pcr) == pytest.approx(published["pcr_oi"], abs=5e-5)  # the column keeps four decimals
    assert pain == published["max_pain"]


def test_the_hole_of_nineteen_minutes_is_a_gap(played):
    _, connection = played
    gaps = connection.execute(text("select from_time, to_time from coverage_gaps order by 1")).all()
    spans = [(str(first)[11:16], str(last)[11:16]) for first, last in gaps]

    # Polls of 10:16 to 10:35 were never collected; the last stamp before is of 10:15, the first after of 10:33.
    assert spans == [("09:15", "09:18"), ("10:18", "10:30")]


def test_a_closed_days_stale_chain_yields_no_snapshot(tmp_path):
    done = demo(reference_data(STALE), tmp_path / "demo")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    engine = connect_database(f"sqlite:///{tmp_path}/demo/oi.db")
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from option_snapshots")).scalar_one() == 0
    engine.dispose()
