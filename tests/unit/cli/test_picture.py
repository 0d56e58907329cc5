"""What a running demo says and shows."""

import io
from dataclasses import replace
from datetime import datetime

from rich.console import Console

from oi_cli.chain.words import DASH
from oi_cli.demo.picture import Counts, IndexNow, Picture, bucket_line, speed_said
from oi_cli.demo.screen import screen
from oi_cli.demo.supervisor import Condition
from oi_common.market.buckets import IST


def test_a_saved_bucket_is_told_in_one_line(ledgers):
    header = ledgers.header("10:03", pcr_oi=0.83)
    saved = ledgers.saved(oi_change=120_000, index_close=24512.1)

    assert bucket_line(header, saved).split("  ") == [
        "10:03",
        "NIFTY 24 Nov",
        "",
        "",
        "",
        "saved",
        "41 strikes",
        "OI +1.20 lakh",
        "PCR 0.83",
        "candle 24512.10",
    ]


def test_what_is_unknown_of_a_bucket_is_a_dash(ledgers):
    line = bucket_line(ledgers.header(), ledgers.saved())

    assert line.endswith(f"OI {DASH} lakh  PCR {DASH}  candle {DASH}")


def test_no_change_and_no_data_are_told_apart(ledgers):
    quiet = ledgers.header(changed=0, reason=None)
    hole = replace(quiet, state="missing", polls=0)

    assert bucket_line(quiet, None).endswith("no change in 9 polls")
    assert bucket_line(hole, None).endswith("no data")


def test_the_speed_is_said_in_words():
    assert speed_said(60.0) == "60 x real time"
    assert speed_said(1e6) == "as fast as it can"
    assert speed_said(None) == DASH


def test_the_screen_fits_a_hundred_by_thirty_and_shows_restarts():
    picture = Picture(
        now=datetime(2026, 11, 18, 10, 4, tzinfo=IST),
        speed=60.0,
        indices=(IndexNow("NIFTY", 24512.1, 0.83), IndexNow("BANKNIFTY")),
        counts=Counts(ticks=12345, polls=60, changes=50, snapshots=20, dead=2),
        conditions=(Condition("poller", 10, 2), Condition("bucketer", None, 0)),
    )
    console = Console(width=100, height=30, record=True, file=io.StringIO())

    console.print(screen(picture, ["poller ended", "poller runs again"], width=100, height=30))

    text = console.export_text()
    assert len(text.splitlines()) <= 30
    assert "poller (2 restarts)" in text
    assert "bucketer down" in text
    assert "dead letters 2" in text
    assert f"BANKNIFTY {DASH}  PCR {DASH}" in text
