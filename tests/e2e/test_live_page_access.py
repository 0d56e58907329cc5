"""Who may open the live page, tried with a real browser and a real process."""

from functools import partial

import pytest
from playwright.sync_api import expect

from support.browser import running_browser
from support.live_site import SOON, started

TOKEN = "a-token-of-enough-characters"  # pragma: allowlist secret


@pytest.fixture
def start(running_process, redis_url, sqlite_url, tmp_path):
    return partial(started, running_process, redis_url, sqlite_url, tmp_path)


def test_bound_elsewhere_it_asks_for_the_token_and_stops_when_told(start):
    site = start(DASHBOARD_HOST="0.0.0.0", DASHBOARD_TOKEN=TOKEN)
    with running_browser() as browser:
        context = browser.new_context()
        page = context.new_page()
        refused = page.goto(f"{site.url}/?token=wrong-but-long-enough", timeout=2 * SOON)
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Open").click()
        chain = page.locator('[data-panel="chain"]')
        expect(chain).to_contain_text("No bucket of NIFTY is stored yet.", timeout=SOON)
        cookies = [cookie["httpOnly"] for cookie in context.cookies() if cookie["name"] == "oi_dashboard"]

    assert (refused.status, cookies) == (401, [True])
    assert TOKEN not in site.process.output
    assert site.process.stop(within=30) == 0


def test_bound_elsewhere_without_a_token_it_refuses_to_start(start):
    with pytest.raises(RuntimeError, match=r"ended with 78[\s\S]*DASHBOARD_TOKEN: is needed"):
        start(DASHBOARD_HOST="0.0.0.0")
