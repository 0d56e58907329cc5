"""Entries on their way to disk and back, and what the disk says of a recorder's position."""

from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from oi_cli.exits import Failed
from oi_cli.record.files import (
    BEGINNING,
    folder_of,
    parts_in,
    position_of,
    sole_recorder,
    unfinished,
)
from oi_cli.record.inputs import Input, Recorded, day_of, inputs_of
from oi_cli.record.parquet import merge_parts, read_parts, write_part
from oi_cli.record.tape import Tape, TapePolicy
from oi_common.trimming import EntryId

DAY = date(2026, 11, 18)
POLLS = Input("polls", "NIFTY")


def poll(ms, *, at="10:00:20", day=DAY, **fields):
    return Recorded(EntryId(ms), {"v": "1", "polled_at": f"{day}T{at}+05:30", "quotes": "[]", **fields})


@pytest.fixture
def tape(tmp_path):
    return Tape(tmp_path, POLLS, DAY)


def test_entries_come_back_as_they_were_in_their_order(tmp_path):
    entries = [poll(1), poll(2, spot="24500.5"), poll(2**41, note="₹ 1")]

    part = write_part(tmp_path, POLLS, DAY, entries)

    assert list(read_parts([part])) == entries
    assert part.path.name == f"1-0_{2**41}-0.parquet"


def test_an_entry_that_is_no_text_or_uses_our_names_comes_back_as_it_was(tmp_path):
    entries = [poll(1), poll(2, quotes="\udcff\udcfe"), poll(3, entry_ms="9")]

    part = write_part(tmp_path, POLLS, DAY, entries)

    assert list(read_parts([part])) == entries


def test_a_file_says_of_what_it_is(tmp_path):
    part = write_part(tmp_path, POLLS, DAY, [poll(1)])

    told = pq.read_schema(part.path).metadata

    assert told[b"oi.schema_version"] == b"1"
    assert (told[b"oi.stream"], told[b"oi.day"]) == (b"oi:polls:{NIFTY}", b"2026-11-18")


def test_merged_parts_hold_the_same_entries_though_their_fields_differ(tmp_path):
    entries = [poll(1), poll(2, spot="1"), poll(3), poll(4, quotes="\udcff")]
    parts = [write_part(tmp_path, POLLS, DAY, [entry]) for entry in entries]

    merged = merge_parts(tmp_path, POLLS, DAY, parts)

    assert parts_in(tmp_path) == [merged]
    assert list(read_parts([merged])) == entries


def test_a_merge_that_was_killed_before_it_tidied_up_doubles_nothing(tmp_path):
    parts = [write_part(tmp_path, POLLS, DAY, [poll(ms)]) for ms in (1, 2, 3)]
    copies = {part.path: part.path.read_bytes() for part in parts}
    merged = merge_parts(tmp_path, POLLS, DAY, parts)

    for path, content in copies.items():
        path.write_bytes(content)

    assert parts_in(tmp_path) == [merged]


def test_the_position_is_the_last_id_on_disk(tmp_path, tape):
    tape.take([poll(1), poll(2)])
    assert position_of(tmp_path, POLLS) == BEGINNING

    tape.write()

    assert position_of(tmp_path, POLLS) == tape.written == EntryId(2)
    assert Tape(tmp_path, POLLS, DAY).read == EntryId(2)


def test_entries_of_two_days_are_written_in_their_order(tmp_path, tape):
    tape.take([poll(1), poll(2, day=DAY + timedelta(days=1)), poll(3)])

    tape.write()

    first = parts_in(folder_of(tmp_path, DAY, POLLS))
    assert [(part.first.ms, part.last.ms) for part in first] == [(1, 1), (3, 3)]
    assert len(parts_in(folder_of(tmp_path, DAY + timedelta(days=1), POLLS))) == 1


def test_an_entry_that_says_no_day_lies_with_the_one_before(tmp_path, tape):
    tape.take([poll(1), Recorded(EntryId(2), {"polled_at": "soon"})])

    tape.write()

    assert [entry.id.ms for entry in read_parts(parts_in(folder_of(tmp_path, DAY, POLLS)))] == [1, 2]


def test_a_tape_is_full_by_rows_and_by_size(tmp_path):
    by_rows, by_size = (
        Tape(tmp_path, POLLS, DAY, TapePolicy(rows=2)),
        Tape(tmp_path, POLLS, DAY, TapePolicy(size=100)),
    )

    by_rows.take([poll(1)])
    by_size.take([poll(1)])
    assert (by_rows.is_full, by_size.is_full) == (False, False)
    by_rows.take([poll(2)])
    by_size.take([poll(2, quotes="x" * 100)])

    assert (by_rows.is_full, by_size.is_full) == (True, True)


def test_the_end_of_a_day_is_written_at_once(tmp_path):
    tape = Tape(tmp_path, Input("days", "NIFTY"), DAY)

    tape.take([Recorded(EntryId(1), {"day": "2026-11-18"})])

    assert tape.is_due


def half_written(path):
    """What a recorder leaves that is killed while it writes."""
    with unfinished(path) as draft:
        draft.write_bytes(b"half")
    path.rename(draft)
    return draft


def test_a_file_that_was_not_finished_counts_for_nothing_and_is_removed(tmp_path):
    path = folder_of(tmp_path, DAY, POLLS) / "1-0_2-0.parquet"
    draft = half_written(path)

    assert position_of(tmp_path, POLLS) == BEGINNING
    with sole_recorder(tmp_path):
        assert not draft.exists()


def test_two_recorders_cannot_write_to_one_folder(tmp_path):
    with sole_recorder(tmp_path), pytest.raises(Failed, match="another"), sole_recorder(tmp_path):
        pass


@pytest.mark.parametrize(
    ("kind", "fields", "day"),
    [
        ("polls", {"polled_at": "2026-11-18T09:15:00+05:30", "feed_time": "2026-11-17T15:29:59+05:30"}, DAY),
        (
            "backfill",
            {"feed_time": "2026-11-18T09:15:00+05:30", "polled_at": "2026-11-19T10:00:00+05:30"},
            DAY,
        ),
        ("candles", {"time": "2026-11-17T22:00:00+00:00"}, DAY),
        ("days", {"day": "2026-11-18", "closed_at": "2026-11-19T00:10:00+05:30"}, DAY),
        ("ticks", {"received_at": "never"}, None),
    ],
)
def test_an_entry_belongs_to_the_day_that_it_is_about(kind, fields, day):
    assert day_of(kind, fields) == day


def test_india_vix_is_recorded_beside_indices_and_not_beside_commodities():
    assert Input("ticks", "INDIAVIX") in inputs_of(("NIFTY",), is_commodity=False)
    assert Input("ticks", "INDIAVIX") not in inputs_of(("SILVERMIC",), is_commodity=True)
