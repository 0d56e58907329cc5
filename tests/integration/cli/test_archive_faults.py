"""Whatever breaks off or changes while days are moved: no row is deleted that no file holds."""

from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from oi_cli.exits import Failed
from oi_common.errors import Misconfigured
from oi_common.tables import archived_days, option_snapshots
from support.archiving import (
    DAYS,
    FIRST,
    HOT,
    LEFT,
    SNAPSHOTS,
    STRIKES,
    change,
    content,
    counted,
    moved,
)
from support.exporting import At, run_oi


@pytest.mark.parametrize("step", ["option_snapshots", "comparing", "deleting option", "deleting ai_calls"])
def test_a_run_that_is_broken_off_goes_on(eight_days, tmp_path, step):
    before = content(eight_days)
    with pytest.raises(KeyboardInterrupt):
        moved(eight_days, tmp_path / "data" / "archive", At(step))

    moved(eight_days, tmp_path / "data" / "archive")

    assert counted(eight_days, *HOT) == LEFT
    for day in DAYS[:3]:
        run_oi("archive", "--load", day)
    assert content(eight_days) == before


def test_a_run_that_died_before_its_last_note_is_finished(eight_days, tmp_path):
    """All rows are deleted, and the note still says that they may be there."""
    moved(eight_days, tmp_path / "data" / "archive")
    change(eight_days, update(archived_days).values(state="kept"))

    moved(eight_days, tmp_path / "data" / "archive")

    run_oi("archive", "--load", FIRST)
    assert counted(eight_days, option_snapshots) == [LEFT[0] + SNAPSHOTS]


def test_a_row_that_changes_while_others_are_deleted_is_kept(eight_days, tmp_path):
    late = option_snapshots.c.strike == STRIKES[-1]
    of_last = option_snapshots.c.time >= datetime.combine(FIRST, datetime.min.time()) + timedelta(
        hours=10, minutes=42
    )
    of_first = option_snapshots.c.time < datetime.combine(DAYS[1], datetime.min.time())
    repaired = update(option_snapshots).where(late, of_last, of_first).values(pe_oi=77)
    folder = tmp_path / "data" / "archive"

    moved(
        eight_days, folder, At(f"deleting option_snapshots of {FIRST}", lambda: change(eight_days, repaired))
    )

    assert counted(eight_days, option_snapshots) == [LEFT[0] + 2]
    moved(eight_days, folder)
    assert counted(eight_days, option_snapshots) == [LEFT[0]]
    assert pq.read_metadata(folder / "option_snapshots" / f"{FIRST}.2.parquet").num_rows == 2
    said = run_oi("archive", "--load", FIRST)
    assert f"2 rows of option_snapshots/{FIRST}.parquet were in option_snapshots with other values" in said
    assert counted(eight_days, select(option_snapshots).where(option_snapshots.c.pe_oi == 77).subquery()) == [
        2
    ]
    assert counted(eight_days, option_snapshots) == [LEFT[0] + SNAPSHOTS]


def test_rows_that_change_while_the_file_is_written_are_not_deleted(eight_days, tmp_path):
    changed = update(option_snapshots).where(option_snapshots.c.strike == STRIKES[0]).values(pe_oi=77)

    with pytest.raises(Failed, match=r"changed while it was written: pe_oi of the row .* nothing is deleted"):
        moved(eight_days, tmp_path / "archive", At("option_snapshots", lambda: change(eight_days, changed)))

    assert counted(eight_days, option_snapshots) == [LEFT[0] + 3 * SNAPSHOTS]


def test_a_damaged_file_deletes_nothing_more_and_is_not_loaded(eight_days, tmp_path):
    folder = tmp_path / "data" / "archive"
    with pytest.raises(KeyboardInterrupt):
        moved(eight_days, folder, At("deleting option"))
    file = folder / "option_snapshots" / f"{FIRST}.parquet"
    whole, left = file.read_bytes(), counted(eight_days, option_snapshots)
    middle = len(whole) // 2
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])

    with pytest.raises(Failed, match="is damaged"):
        moved(eight_days, folder)
    assert counted(eight_days, option_snapshots) == left
    file.write_bytes(whole)
    moved(eight_days, folder)
    file.unlink()
    assert f"{FIRST}.parquet is missing" in run_oi("archive", "--load", FIRST, code=1)


def test_another_databases_file_is_never_overwritten(eight_days, tmp_path):
    file = tmp_path / "archive" / "option_snapshots" / f"{FIRST}.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"another's")

    with pytest.raises(Misconfigured, match="is there already, with other rows"):
        moved(eight_days, tmp_path / "archive")

    assert file.read_bytes() == b"another's"
    assert counted(eight_days, option_snapshots) == [LEFT[0] + 3 * SNAPSHOTS]
