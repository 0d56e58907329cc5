"""The certificate of a day: its numbers, in words, as JSON and as a picture."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PIL import Image
from rich.console import Console

from oi_cli.exits import Exit
from oi_cli.quality.certificate import ages_of, certified
from oi_cli.quality.ledger import Chain, Gap, Greeks, Ledger
from oi_cli.quality.picture import draw
from oi_cli.quality.words import document, show_certificate
from oi_cli.verify import verdict
from oi_common.market.grades import Grade, score_said

FAR = Chain("NIFTY", date(2026, 12, 1))


@pytest.fixture
def morning(ledgers):
    """Until 09:40: live, no change, repaired, missing, then underway; a second chain with a live bucket."""
    nobody = {"polls": 0, "changed": 0, "reason": None}
    ledger = ledgers.ledger(
        ledgers.header("09:15", slots_missed=3, last_feed=ledgers.at("09:17")),
        ledgers.header("09:18", changed=0, reason=None, last_feed=ledgers.at("09:20")),
        ledgers.header("09:21", polls=0, source="backfill", slots_missed=9),
        ledgers.header("09:24", **nobody, state="missing", candle_status="missing", slots_missed=9),
        ledgers.header("09:15", chain=FAR),
        gaps={ledgers.nifty: (Gap(1, is_repaired=True), Gap(2, is_repaired=False))},
        greeks={ledgers.nifty: Greeks(164, broker=80, model=2)},
        legacy={Chain("BANKNIFTY", date(2026, 11, 24)): 41},
    )
    return certified(ledger, ledgers.at("09:30"))


def test_the_numbers_of_a_chain_are_those_of_its_due_buckets(morning):
    [near, _] = morning.chains

    assert (len(near.due), near.seen, near.saved, near.sealed, near.merged) == (4, 2, 2, 3, 3)
    assert near.slots == (36, 21)
    assert near.ages == (60, 60, 60)
    assert near.score == pytest.approx(100 * (0.9 + 1 + 0.9 + 0) / 4)
    assert near.grade == Grade.F


def test_the_day_has_the_grade_of_its_worst_chain(morning):
    assert [chain.grade for chain in morning.chains] == [Grade.F, Grade.A_PLUS]
    assert (morning.grade, morning.score) == (Grade.F, morning.chains[0].score)
    assert morning.is_so_far


def test_a_broken_check_lowers_the_chain_it_is_of_and_no_other(ledgers):
    whole, broken = ledgers.header(), ledgers.header(chain=FAR, reason=None)

    certificate = certified(ledgers.ledger(whole, broken), ledgers.at("09:18"))

    assert [chain.grade for chain in certificate.chains] == [Grade.A_PLUS, Grade.D]


def test_ages_are_by_the_nearest_rank():
    seconds = [timedelta(seconds=n) for n in range(1, 21)]

    assert ages_of(seconds) == (10.5, 19, 20)
    assert ages_of(seconds[:1]) == (1, 1, 1)
    assert ages_of([]) is None


def test_a_score_that_is_not_perfect_never_reads_100():
    assert score_said(99.99) == "99.9"
    assert score_said(100.0) == "100.0"
    assert score_said(97.9) == "97.9"


def said(certificate):
    console = Console(width=100, highlight=False, soft_wrap=True, force_terminal=False)
    with console.capture() as captured:
        show_certificate(console, certificate)
    return captured.get()


def test_in_words_it_fits_100_columns_and_tells_everything(morning):
    text = said(morning)

    assert max(map(len, text.splitlines())) <= 100
    assert "Wed 18 Nov 2026 so far, graded up to the bucket of 09:24   grade F   70.0 of 100" in text
    assert "  09:15 █▒rx····" in text
    assert "buckets: 4 expected, 2 seen, 2 saved, 3 sealed, 1 repaired, 1 missing" in text
    assert "polls: 36 slots, 15 seen, 21 missed" in text
    assert "age of the newest data at a bucket's end: median 60 s, p95 60 s, most 60 s" in text
    assert "candles: 3 of 4 merged" in text
    assert "Greeks: 82 of 164 legs have an IV (broker 80, model 2)" in text
    assert "gaps: 2, 1 repaired, longest 2 buckets" in text
    assert "BANKNIFTY 24 Nov: 41 legacy rows, not graded" in text
    assert "all 7 checks hold" in text


def test_a_day_of_legacy_rows_only_is_listed_and_not_graded(ledgers):
    ledger = Ledger(day=ledgers.day, legacy={ledgers.nifty: 410})

    certificate = certified(ledger, ledgers.at("23:00"))

    assert certificate.grade is None
    assert "NIFTY 24 Nov: 410 legacy rows, not graded" in said(certificate)
    assert verdict(certificate, None) == Exit.FINE
    assert verdict(certificate, Grade.F) == Exit.BROKEN


def test_the_json_is_one_document(morning):
    read = json.loads(json.dumps(document(morning)))

    near = read["chains"][0]
    assert (read["grade"], read["score"], read["so_far"], read["holds"]) == ("F", 70.0, True, True)
    assert (near["buckets_expected"], near["buckets_missing"], near["poll_slots_missed"]) == (4, 1, 21)
    assert near["age_at_bucket_end"] == {"median": 60, "p95": 60, "max": 60}
    assert near["cells"][:2] == [["09:15", "live"], ["09:18", "no change"]]
    assert near["longest_sealed_run"] == 3
    assert read["legacy"] == [{"index_name": "BANKNIFTY", "expiry": "2026-11-24", "rows": 41}]


def test_the_exit_code_tells_of_broken_checks_and_of_too_low_a_grade(ledgers, morning):
    perfect = certified(ledgers.ledger(ledgers.header()), ledgers.at("09:18"))
    broken = certified(ledgers.ledger(ledgers.header(reason=None)), ledgers.at("09:18"))

    assert verdict(perfect, None) == verdict(perfect, Grade.A_PLUS) == Exit.FINE
    assert verdict(morning, None) == verdict(morning, Grade.F) == Exit.FINE
    assert verdict(morning, Grade.D) == verdict(broken, None) == Exit.BROKEN


def test_the_picture_is_dark_small_and_shows_each_kind_in_its_colour(tmp_path, morning, ledgers):
    draw(morning, tmp_path / "c.png")
    draw(replace(morning, chains=()), tmp_path / "none.png")

    with Image.open(tmp_path / "c.png") as opened:
        picture = opened.convert("RGB")
    assert picture.width == 1080
    assert (tmp_path / "c.png").stat().st_size < 150_000
    assert max(picture.getpixel((2, 2))) < 40
    colours = [picture.getpixel((51 + 7 * place + place // 2, 390)) for place in range(4)]
    assert [max(range(3), key=colour.__getitem__) for colour in colours] == [
        1,
        1,
        2,
        0,
    ]  # green green blue red


def test_other_commands_do_not_import_the_plotting_library():
    code = "import sys, oi_cli.main; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
