"""The live page as a process, looked at with a real browser: what it shows is what the tables hold."""

import time

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine

from oi_common.events import DecisionMade, TickReceived
from oi_common.tables import ai_decisions
from support.browser import running_browser
from support.grafana_day import BUCKETS, INDEX, MISSING, STRIKES, fill, time_of
from support.live_site import NOW, SOON, cell, opened, saved_event, started
from support.made_rows import row

FROZEN = 30  # seconds
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"

expect.set_options(timeout=SOON)


@pytest.fixture(scope="module")
def chromium():
    with running_browser() as browser:
        yield browser


@pytest.fixture
def site(running_process, redis_url, sqlite_url, tmp_path):
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        fill(connection, NOW.replace(tzinfo=None))
    engine.dispose()
    return started(running_process, redis_url, sqlite_url, tmp_path)


@pytest.fixture
def look(chromium):
    contexts = []

    def at(site, path="/", **size):
        context, page = opened(chromium, site, path, **size)
        contexts.append(context)
        return page

    yield at
    for context in contexts:
        context.close()


def test_the_chain_on_the_page_is_the_chain_in_the_database_and_nothing_comes_from_elsewhere(site, look):
    page = look(site)

    expect(page.locator("table.chain tbody tr")).to_have_count(len(STRIKES))
    for stored in site.stored(BUCKETS - 1):
        title = cell(page, stored["strike"], "ce.oi").get_attribute("title")
        assert title.startswith(f"{stored['ce_oi']:,} units")
        assert cell(page, stored["strike"], "pe.ltp").inner_text() == f"{stored['pe_ltp']:.2f}"
        assert cell(page, stored["strike"], "pe.dl").inner_text() == "\N{EN DASH}"
        assert cell(page, stored["strike"], "vd").inner_text() == "Range"
    expect(page.locator('[data-panel="tiles"]')).to_contain_text("24,579.00")
    expect(page.locator('[data-panel="windows"]')).to_contain_text("60 min")
    expect(page.locator('[data-panel="decisions"]')).to_contain_text("ENTER 24550 CE")
    expect(page.locator('[data-panel="paper"]')).to_contain_text("24550 CE")
    expect(page.locator('[data-panel="health"]')).to_contain_text("missing: 09:51")
    expect(page.locator('[data-panel="strip"]')).to_contain_text("late: 2 min old")
    assert page.locator(".chart canvas").count() == 2
    assert {address.split("/")[2] for address in site.requests if address.startswith("http")} == {
        f"127.0.0.1:{site.port}"
    }


def test_a_bucket_that_is_saved_appears_by_itself_on_every_open_page(site, look):
    pages = [look(site), look(site, width=360, height=780)]
    site.save_next(oi=7_654_321)
    site.publish(saved_event())

    for page in pages:
        expect(cell(page, 24600, "ce.oi")).to_have_text("76.5 L")
        expect(cell(page, 24600, "pe.oi")).to_have_text("\N{EN DASH}")
        expect(page.locator('[data-panel="tiles"]')).to_contain_text("1.23")


def test_a_bucket_appears_also_while_the_streams_are_silent(site, look):
    page = look(site)
    site.save_next(oi=7_654_321)

    expect(cell(page, 24600, "ce.oi")).to_have_text("76.5 L")


def test_a_browser_that_hangs_keeps_no_other_waiting(site, look):
    hung, other = look(site), look(site)
    expect(other.locator('[data-panel="strip"]')).to_contain_text("late")

    hung.evaluate(
        f"setTimeout(() => {{ const end = Date.now() + {FROZEN}000; while (Date.now() < end); }}, 0)"
    )
    until = time.monotonic() + FROZEN
    site.save_next(oi=7_654_321)
    site.publish(saved_event())

    expect(cell(other, 24600, "ce.oi")).to_have_text("76.5 L")
    assert time.monotonic() < until
    expect(cell(hung, 24600, "ce.oi")).to_have_text("76.5 L", timeout=3 * SOON)


def test_a_tick_and_a_decision_are_followed(site, look):
    page = look(site)
    decided = row(
        ai_decisions, event_id="d2", time=time_of(9), event_time=time_of(9), loop="rich", engine="llm", model="m",
        index_name=INDEX, decision="EXIT", reason=HOSTILE, evidence=["pcr_oi", HOSTILE], baselines={}, because="advised",
    )  # fmt: skip

    site.publish(
        TickReceived(
            segment="NSE", token="1", symbol=INDEX, exchange_time=NOW, received_at=NOW, ltp=24_601.05
        )
    )
    site.add(ai_decisions, decided)
    site.publish(
        DecisionMade(
            loop="rich", engine="llm", index_name=INDEX, event_time=NOW, decision="EXIT", reason=HOSTILE
        )
    )

    expect(page.locator('[data-panel="tiles"]')).to_contain_text("24,601.05")
    expect(page.locator('[data-panel="decisions"]')).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "OI Monitor"


def test_the_page_goes_back_in_time_and_live_returns(site, look):
    page = look(site)
    strip = page.locator('[data-panel="strip"]')
    now = cell(page, 24500, "ce.oi").inner_text()

    for step in range(2, 5):
        page.get_by_role("button", name="◀").click()
        expect(strip).to_contain_text(f"{time_of(BUCKETS - step):%H:%M}, not live")

    then = site.stored(BUCKETS - 4)[2]
    expect(page.locator('[data-panel="strip"]')).to_contain_text(
        f"as of 20 Nov 2026 {time_of(BUCKETS - 4):%H:%M}, not live"
    )
    expected = f"{then['ce_oi'] / 1000:.2f} K"
    expect(cell(page, 24500, "ce.oi")).to_have_text(expected)
    assert f"at={time_of(BUCKETS - 4):%Y-%m-%dT%H}" in page.url.replace("%3A", ":")
    page.get_by_role("button", name="LIVE").click()
    expect(cell(page, 24500, "ce.oi")).to_have_text(now)
    expect(page.locator('[data-panel="strip"]')).to_contain_text("late: 2 min old")


def test_the_slider_is_dragged_to_a_bucket_and_stays_where_it_is_let_go(site, look):
    page = look(site)
    slider = page.get_by_role("slider", name="Bucket of the day")
    strip = page.locator('[data-panel="strip"]')
    expect(strip).to_contain_text("late")
    track = page.locator(".slider").bounding_box()
    height = track["y"] + track["height"] / 2

    page.mouse.move(track["x"] + track["width"], height)
    page.mouse.down()
    for part in range(20, 9, -1):
        page.mouse.move(track["x"] + track["width"] * part / 20, height)
    site.save_next(oi=7_654_321)
    site.publish(saved_event())
    expect(cell(page, 24600, "ce.oi")).to_have_text("76.5 L")  # live goes on under the hand
    held = slider.get_attribute("aria-valuenow")
    expect(page.locator(".bucket")).to_have_text(f"{time_of(int(held)):%H:%M}")
    page.mouse.up()

    place = int(held)
    assert abs(place - BUCKETS / 2) <= 1
    expect(strip).to_contain_text(f"{time_of(place):%H:%M}, not live")
    then = site.stored(place)[2]
    expect(cell(page, 24500, "ce.oi")).to_have_text(f"{then['ce_oi'] / 1000:.2f} K")
    expect(slider).to_have_attribute("aria-valuenow", str(place))


def test_a_link_opens_the_bucket_it_was_made_at(site, look):
    at = time_of(MISSING)

    page = look(site, f"/?index={INDEX}&at={at:%Y-%m-%dT%H:%M}")

    expect(page.locator('[data-panel="chain"]')).to_contain_text(
        f"{at:%H:%M} has no snapshot of its own (nobody polled it): this is {time_of(MISSING - 1):%H:%M}."
    )
    expect(page.locator('[data-panel="decisions"]')).to_contain_text("ENTER")


def test_an_underlying_without_data_says_so(site, look):
    page = look(site)

    page.get_by_role("tab", name="BANKNIFTY").click()

    expect(page.locator('[data-panel="chain"]')).to_contain_text("No bucket of BANKNIFTY is stored yet.")
    expect(page.locator('[data-panel="tiles"]')).to_contain_text("No measures yet")


def test_a_page_whose_server_is_killed_says_so_and_comes_back_as_it_was(site, look):
    page = look(site, f"/?index={INDEX}&at={time_of(5):%Y-%m-%dT%H:%M}")
    before = cell(page, 24500, "ce.oi").inner_text()

    site.process.kill()
    expect(page.locator("#lost")).to_be_visible()
    assert "CONNECTION LOST: nothing heard for" in page.locator("#lost").inner_text()
    site.process.start()

    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator('[data-panel="strip"]')).to_contain_text("as of 20 Nov 2026 09:30, not live")
    expect(cell(page, 24500, "ce.oi")).to_have_text(before)
    site.save_next(oi=7_654_321)
    page.get_by_role("button", name="LIVE").click()
    expect(cell(page, 24600, "ce.oi")).to_have_text("76.5 L")


def test_on_a_phone_nothing_runs_out_of_the_screen_and_everything_is_there(site, look, tmp_path):
    page = look(site, width=360, height=780)

    expect(page.locator(".jumps a")).to_have_count(6)
    for strike in STRIKES:
        for kind in ("ce.oi", "ce.chg", "ce.vol", "ce.ltp", "ce.iv", "ce.dl", "ce.bu", "vd", "pe.oi"):
            box = cell(page, strike, kind).bounding_box()
            assert box["x"] >= 0, (strike, kind)
            assert box["x"] + box["width"] <= 360, (strike, kind)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    page.screenshot(path=tmp_path / "desktop.png", full_page=True)
    assert (tmp_path / "desktop.png").stat().st_size > 20_000
