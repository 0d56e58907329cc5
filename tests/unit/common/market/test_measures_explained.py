"""docs/measures.md has two sentences for every number, and leaves none out."""

import re
from pathlib import Path

import pytest

from oi_common.market.exposure import GEX_CONVENTION
from oi_common.tables import chain_buckets, option_snapshots

DOCS = Path(__file__).parents[4] / "docs"
TEXT = (DOCS / "measures.md").read_text()
ENTRIES = dict(re.findall(r"^- \*\*(.+?)\*\*.*?: (.+)$", TEXT, re.MULTILINE))
UNITS = ("rupees", "percent", "units", "points", "plain number", "per rupee", "0 to 1", "buckets", "5 %")

# Numbers of the rows that are no measures but what was quoted, traded or done; and those of verdicts.md.
PLAIN = re.compile(r"index_.*|.*_(ltp|bid|ask|buildup\w*|at|time)|.._ltp_.*|polls.*|candle_status")
ELSEWHERE = {
    "verdict",
    "verdict_score",
    "direction",
    "confidence",
    "trade_signal",
    "signal_reasons",
    "timeframes",
}
KEPT = {
    "time",
    "index_name",
    "expiry",
    "strike",
    "state",
    "source",
    "reason",
    "is_stub",
    "changed",
    "lot_size",
}


def measures():
    names = {column.name for table in (option_snapshots, chain_buckets) for column in table.columns}
    return sorted(name for name in names - ELSEWHERE - KEPT if not PLAIN.fullmatch(name))


def test_the_entries_are_found():
    assert len(ENTRIES) > 30
    assert {"PCR", "Max pain", "Flip", "IV", "Delta"} <= ENTRIES.keys()


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_two_sentences_and_names_its_unit(name):
    sentences = re.split(r"(?<=[a-z0-9)%`])\. (?=[A-Z])", ENTRIES[name])

    assert len(sentences) == 2, sentences
    assert any(unit in ENTRIES[name] for unit in UNITS) or "Units traded" in ENTRIES[name]


@pytest.mark.parametrize("name", measures())
def test_every_measure_of_the_tables_is_explained(name):
    assert f"`{name}`" in TEXT


def test_the_convention_in_the_text_is_the_one_that_is_printed():
    formula = GEX_CONVENTION.split(":", maxsplit=1)[0]

    assert formula in TEXT
