"""Tiles, timeframes, decisions, paper, alerts, health: what they say, and what they do not claim."""

import re
from datetime import datetime, timedelta

from dashboard.core.desk import Alert, Equity
from dashboard.core.desk_panels import alerts_list, decisions_list, paper_panel, sparkline
from dashboard.core.facts import Bucket, Point, Service, Tick, Wall
from dashboard.core.freshness import Freshness
from dashboard.core.health_panel import health_panel, state_of, strip, summary
from dashboard.core.tiles import tiles
from dashboard.core.windows import windows_table
from oi_common.market.buckets import IST
from oi_common.market.timeframes import BucketTotals, as_dicts, timeframes
from support.live_page import OPENS, STEP, bucket, chain, decision, position

NOW = datetime(2026, 11, 20, 4, 30)  # noqa: DTZ001 - UTC, as heartbeats are


def text_of(markup):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).strip()


def test_tiles_show_the_measures_and_dashes_for_the_unknown():
    shown = text_of(tiles(chain(bucket=bucket(max_pain=24_500, straddle=231.4, implied_move=0.944)), None))

    assert "Spot 24,512.35 +12.35 (+0.05 %) since open, 09:18 bucket" in shown
    assert "Max pain 24,500 -12 from spot" in shown
    assert "Straddle 231.40 implies ± 0.94 %" in shown
    assert "ATM IV \N{EN DASH} skew \N{EN DASH}, VIX \N{EN DASH}" in shown
    assert "Resistance \N{EN DASH}" in shown


def test_a_tick_of_the_socket_is_newer_than_the_bucket_s_spot():
    tick = Tick(24_520.0, datetime(2026, 11, 20, 9, 20, 5, tzinfo=IST))

    assert "Spot 24,520.00 +20.00 (+0.08 %) since open, tick 09:20:05" in text_of(tiles(chain(), tick))


def test_walls_say_which_is_new():
    walls = (Wall(24_700, 5_000_000), Wall(24_600, 100, is_fresh=True))

    assert "Resistance 24700 then 24600 new" in text_of(tiles(chain(bucket=bucket(resistance=walls)), None))


def test_without_a_bucket_there_are_no_tiles():
    assert "No measures yet" in tiles(chain(bucket=None), None)


def test_each_window_shows_its_change_or_why_it_has_none():
    day = [
        BucketTotals(OPENS + n * STEP, "sealed", 24_500.0 + n, 1_000_000 + 65_000 * n, 900_000 + 130_000 * n)
        for n in range(3)
    ]
    found = as_dicts(timeframes(day, [one.time for one in day]))

    shown = text_of(windows_table(Bucket(OPENS, "sealed", windows=found)))

    assert "3 min +65.0 K +1.30 L" in shown
    assert "60 min longer than the day so far" in shown
    assert "Yesterday yesterday is not stored" in shown


def test_a_window_with_a_hole_is_marked_and_says_how_many():
    window = {"status": "gaps", "missing": 2, "from_time": "2026-11-20T09:15:00+05:30", "ce_oi_change": 0}

    table = windows_table(Bucket(OPENS, "sealed", windows={"15m": window}))

    assert 'class="gaps"' in table
    assert "from 20 Nov 09:15, 2 buckets missing between" in table
    assert text_of(table).endswith("15 min 0 \N{EN DASH} \N{EN DASH} \N{EN DASH} \N{EN DASH}")


def test_without_windows_the_panel_says_what_it_takes():
    assert "it takes two buckets" in windows_table(None)
    assert "it takes two buckets" in windows_table(Bucket(OPENS, "open"))


def test_a_decision_shows_its_plan_its_reason_and_what_it_rests_on():
    shown = text_of(decisions_list([decision(net=-318.4)]))

    assert shown == (
        "09:15:00 ENTER 24500 CE rich · qwen 64 % 15 min -318 "
        "entry 101.50 SL 90.00 target 125.00 puts are written pcr_oi change.24500.pe"
    )


def test_a_decision_of_the_rules_says_why_no_model_decided():
    one = decision(engine="rules", model=None, decision="WAIT", side=None, strike=None, entry=None, stop_loss=None,
                   target=None, confidence=None, evidence=(), rejected_because="budget_spent")  # fmt: skip

    assert (
        text_of(decisions_list([one]))
        == "09:15:00 WAIT rich · rules puts are written the rules decided: budget spent"
    )


def test_what_a_model_writes_is_never_markup():
    hostile = "<img src=x onerror=alert(1)>"

    drawn = decisions_list([decision(reason=hostile, model=hostile, evidence=(hostile,))])

    assert "<img" not in drawn
    assert drawn.count("&lt;img") == 3


def test_open_positions_show_what_they_would_bring_and_closed_ones_what_they_brought():
    is_open = position(last=110.0, stop=95.0)
    closed = position(
        exited_at=OPENS + 5 * STEP,
        exit_price=90.0,
        exit_reason="stop",
        gross=-650.0,
        net=-710.5,
        charges=60.5,
    )

    shown = text_of(
        paper_panel([is_open, closed], [Equity(OPENS, 100_000.0), Equity(OPENS + STEP, 99_939.5)])
    )

    assert "Closed, net ₹-711 Open, gross ₹+650 Equity ₹99,940" in shown.replace("₹-710", "₹-711")
    assert "110.00 stop 95.00, target \N{EN DASH} +650" in shown
    assert "90.00 09:30 Stop" in shown


def test_a_position_without_a_price_is_worth_what_nobody_knows():
    shown = text_of(paper_panel([position()], []))

    assert "Closed, net \N{EN DASH} Open, gross \N{EN DASH} Equity \N{EN DASH}" in shown
    assert "65 100.00 09:15 \N{EN DASH} stop \N{EN DASH}, target \N{EN DASH} \N{EN DASH}" in shown


def test_a_line_of_one_value_is_no_line():
    assert sparkline([100.0]) == ""
    assert 'points="0.0,41.0 300.0,3.0"' in sparkline([1.0, 2.0])
    assert "nan" not in sparkline([5.0, 5.0, 5.0])


def test_alerts_show_their_severity():
    alert = Alert("a", OPENS, "critical", "no data <b>", "restart the poller", "stale")

    drawn = alerts_list([alert])

    assert '<li class="critical">' in drawn
    assert "no data &lt;b&gt;" in drawn


def test_empty_desks_say_so():
    assert "No decision of this day" in decisions_list([])
    assert "No paper position" in paper_panel([], [])
    assert "No alert of this day" in alerts_list([])


def test_a_service_lives_as_long_as_its_heart_beats():
    beats = {"ready": 10, "waiting for redis": 10, "ready; late": 31, "stopping": 999}
    services = [Service("s", status, status, NOW - timedelta(seconds=old)) for status, old in beats.items()]

    assert [state_of(one, NOW) for one in services] == ["up", "waiting", "silent", "stopped"]
    assert summary(services, NOW) == (1, 3)


def test_health_says_which_buckets_are_missing():
    points = tuple(Point(OPENS + n * STEP, "missing" if n == 1 else "sealed") for n in range(4))

    shown = text_of(
        health_panel([], chain(points=points, bucket=bucket(polls=8, polls_expected=9, source="live")), NOW)
    )

    assert "No service has written a heartbeat." in shown
    assert (
        "3 of 4 buckets of this chain are stored; 09:18: 8 of 9 polls, live, sealed; missing: 09:18" in shown
    )


def test_the_strip_says_the_worst_first_and_that_a_market_is_simulated():
    shown = text_of(strip(Freshness("stale", "STALE: 4 min old"), NOW, (5, 7), is_simulated=True))

    assert shown == "STALE: 4 min old 5/7 up SIM 04:30:00"
