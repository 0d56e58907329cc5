"""`oi paper` over what the paper trader wrote."""

import json

import pytest
from typer.testing import CliRunner

from oi_cli.main import app
from support.paper import after, decision, spot, tick
from support.paper_running import drained, publish, running_paper_trader


@pytest.fixture
def oi(any_database_url):
    def run(*arguments):
        return CliRunner().invoke(app, ["paper", *arguments], env={"DATABASE_URL": any_database_url})

    return run


@pytest.fixture
async def a_morning(redis_url, any_database_url):
    """One round trip from 100 to 110 that cost 63.86, and one position that is open."""
    rules = {"paper_trail_by": 0, "paper_slippage_percent": 0}
    async with running_paper_trader(redis_url, any_database_url, **rules) as redis:
        await publish(redis, spot(), tick(ltp=100, bid=100, ask=100), decision(target=110.0))
        await publish(redis, tick(after(5), 110, 110, 110), tick(after(60), 50, 50, 50))
        await publish(redis, decision(at=after(60), stop_loss=40.0, target=70.0))
        await publish(redis, tick(after(61), 52, 51, 53), spot(after(200)))
        await drained(redis)


@pytest.mark.usefixtures("a_morning")
def test_it_shows_positions_trades_and_what_is_left_of_them(oi):
    answer = oi("--plain")

    assert answer.exit_code == 0, answer.output
    [_, _, _, held, _, _, *fills, _, _, total, _] = answer.output.split("\n")
    assert "Paper trading on Fri 20 Nov 2026" in answer.output
    assert "65 at 50.00 since 20 Nov 10:01:00  stop 40.00  target 70.00  bid 51.00" in held
    assert held.endswith("gross +65.00")
    assert [line.split()[0] for line in fills] == ["10:00:00", "10:00:05", "10:01:00"]
    assert fills[1].endswith("target  gross +650.00  net +586.14")
    assert "1 closed, 1 won  gross +650.00  charges 63.86  net +586.14  equity 100,6" in total


@pytest.mark.usefixtures("a_morning")
def test_it_gives_the_same_as_a_document_to_the_paisa(oi):
    told = json.loads(oi("--json", "--day", "2026-11-20").output)

    assert [trade["action"] for trade in told["trades"]] == ["ENTER", "EXIT", "ENTER"]
    assert [(t["gross"], t["charges"], t["net"]) for t in told["totals"]] == [("650.00", "63.86", "586.14")]
    assert [position["pnl_gross"] for position in told["positions"]] == ["65.00"]


@pytest.mark.usefixtures("a_morning")
def test_a_day_without_trades_still_shows_what_is_held(oi):
    told = json.loads(oi("--json", "--day", "2026-11-19").output)

    assert (len(told["positions"]), told["trades"], told["totals"]) == (1, [], [])


def test_before_anything_was_traded_it_says_what_to_look_at(oi):
    answer = oi()

    assert answer.exit_code == 69
    assert "nothing was traded on paper yet" in answer.output
