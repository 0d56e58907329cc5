"""The file `.env` is changed in the lines that are asked for, and in no other."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as some

from oi_cli.setup.env_file import read_text, save, values_in, with_values
from oi_common.errors import Misconfigured

WRITTEN = """# Angel One
#ANGEL_CLIENT_CODE=
export STRIKES_AROUND=1111 # the old one

LOG_FORMAT='a b#c'   # stays
#INDICES=NIFTY,BANKNIFTY
  a line that says nothing
"""
VALUES = some.text(some.characters(exclude_categories=("C", "Z")) | some.just(" "), min_size=1).map(str.strip)


def test_values_are_read_with_and_without_quotes():
    text = 'A=1\nexport B = two words  # said\nC=\'$x #1\'\nD="q\\"\\$"\n#E=5\nA=2\nF=\n'

    assert values_in(text) == {"A": "2", "B": "two words", "C": "$x #1", "D": 'q"$', "F": ""}


def test_what_is_set_is_replaced_where_it_stands_and_all_other_lines_stay():
    changed = with_values(WRITTEN, {"STRIKES_AROUND": "2222"})

    assert changed == WRITTEN.replace("export STRIKES_AROUND=1111 # the old one", "STRIKES_AROUND=2222")


def test_what_is_not_set_comes_below_its_commented_default_or_at_the_end():
    lines = with_values(WRITTEN, {"ANGEL_CLIENT_CODE": "k", "FEED_SEGMENT": "NFO"}).splitlines()

    assert lines[1:3] == ["#ANGEL_CLIENT_CODE=", "ANGEL_CLIENT_CODE=k"]
    assert lines[-1] == "FEED_SEGMENT=NFO"
    assert [line for line in lines if line not in {"ANGEL_CLIENT_CODE=k", "FEED_SEGMENT=NFO"}] == (
        WRITTEN.splitlines()
    )


def test_a_name_is_not_taken_for_one_that_begins_with_it():
    assert with_values("INDICES_X=1\nSTRIKES_AROUND_FILE=/p\n", {"STRIKES_AROUND": "2"}) == (
        "INDICES_X=1\nSTRIKES_AROUND_FILE=/p\nSTRIKES_AROUND=2\n"
    )


def test_the_endings_of_lines_stay_and_a_missing_last_one_is_added():
    assert with_values("A=1\r\nB=2", {"B": "3", "C": "4"}) == "A=1\r\nB=3\r\nC=4\r\n"


@given(VALUES.filter(bool))
def test_whatever_is_written_is_read_back(value):
    assert values_in(with_values(WRITTEN, {"STRIKES_AROUND": value, "NEW": value})) == {
        "STRIKES_AROUND": value,
        "LOG_FORMAT": "a b#c",
        "NEW": value,
    }


def test_the_file_is_for_its_owner_alone_whatever_it_was_before_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / ".env"
    file.write_text("OLD=1\n")
    file.chmod(0o644)

    save(file, "NEW=2\n")

    assert file.read_text() == "NEW=2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_one(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    there, link = tmp_path / "elsewhere" / "env", tmp_path / ".env"
    there.write_text("OLD=1\n")
    link.symlink_to(there)

    save(link, "NEW=2\n")

    assert link.is_symlink()
    assert there.read_text() == "NEW=2\n"


def test_bytes_that_are_no_text_stay(tmp_path):
    file = tmp_path / ".env"
    file.write_bytes(b"# caf\xe9\nA=1\n")

    save(file, with_values(read_text(file), {"A": "2"}))

    assert file.read_bytes() == b"# caf\xe9\nA=2\n"


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path):
    there = tmp_path / ".env"
    (there / "in the way").mkdir(parents=True)

    with pytest.raises(Misconfigured, match=r"\.env: cannot be written"):
        save(there, "A=1\n")
    assert list(tmp_path.iterdir()) == [there]
