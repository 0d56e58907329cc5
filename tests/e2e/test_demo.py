"""The whole system as real processes: it seals buckets, survives kills, and leaves nothing behind."""

import os
import re
import select
import signal
import time

import pytest

from oi_cli.demo.plan import SERVICES
from support.processes import eventually

LEDGER = ("--only", "ingest-ws,poller,bucketer")
WHOLE = ("--day", "2026-11-18", "--seed", "7", "--speed", "max", "--until", "09:31", *LEDGER)
TABLES = {
    "option_snapshots": ("created_at", "updated_at"),
    "chain_buckets": ("saved_at", "sealed_at"),
    "index_candles": (),
    "oi_changes": (),
}
CHAINS = 4  # two indices, two expiries each


@pytest.fixture(scope="module")
def undisturbed(start_demo):
    """A demo that ran to 09:31 without anything happening to it."""
    demo = start_demo(*WHOLE, bundled_redis=True)
    demo.wait_until_it_runs()
    demo.code = demo.end()
    return demo


def test_a_bounded_demo_seals_consecutive_buckets_of_each_index(undisturbed):
    assert undisturbed.code == 0, undisturbed.output
    runs = re.findall(r"(\w+) \d+ \w+: buckets .*longest run (\d+)", undisturbed.output)
    assert len(runs) == CHAINS
    assert {name for name, _ in runs} == {"NIFTY", "BANKNIFTY"}
    assert all(int(run) >= 5 for _, run in runs)
    assert undisturbed.restarts() == {}


def test_a_bounded_demo_says_what_it_handled(undisturbed):
    handled = re.search(r"handled: (\d+) ticks, (\d+) polls, (\d+) changes", undisturbed.output)

    ticks, polls, changes = map(int, handled.groups())
    assert ticks > 0
    assert polls == undisturbed.count("SELECT sum(polls) FROM chain_buckets")
    assert changes == undisturbed.count("SELECT count(*) FROM oi_changes")


def test_its_plain_output_holds_no_control_codes(undisturbed):
    assert "\x1b" not in undisturbed.output


def test_a_bounded_demo_leaves_nothing_running(undisturbed):
    assert set(undisturbed.seen.values()) >= {"redis", "simulator", "poller", "bucketer", "ingest-ws"}
    assert undisturbed.left_behind() == {}


def test_after_kills_of_the_bucketer_the_tables_equal_those_of_an_undisturbed_run(undisturbed, start_demo):
    demo = start_demo(*WHOLE)
    demo.wait_until_it_runs()
    demo.kill("bucketer")
    demo.wait_for_output("09:18  NIFTY")
    demo.kill("bucketer")

    assert demo.end() == 0, demo.output
    assert demo.restarts() == {"bucketer": "2"}
    for name, without in TABLES.items():
        assert demo.table(name, without=without) == undisturbed.table(name, without=without), name


def test_every_kind_of_process_may_be_killed_and_ctrl_c_leaves_nothing(start_demo):
    demo = start_demo("--day", "2026-11-18", "--speed", "60")
    demo.wait_until_it_runs()
    for name in ("simulator", "ingest-ws", "poller", "bucketer", "paper-trader", "redis"):
        demo.kill(name)
    saved = "SELECT count(*) FROM chain_buckets WHERE state = 'sealed'"
    before = demo.count(saved)
    eventually(lambda: demo.count(saved) > before + CHAINS, within=180, what="buckets are sealed again")

    demo.ask(signal.SIGINT)

    assert demo.end(within=90) == 0, demo.output
    struck = ("redis", "simulator", "ingest-ws", "poller", "bucketer", "paper-trader")
    assert demo.restarts() == dict.fromkeys(struck, "1")
    assert "Summary of Wed 18 Nov 2026" in demo.output
    assert "duplicates 0" in demo.output
    assert demo.left_behind() == {}


def test_the_live_screen_shows_the_chain_and_a_closed_terminal_ends_everything(start_demo, terminal):
    ours, its = terminal
    demo = start_demo("--day", "2026-11-18", "--speed", "60", terminal=its)
    os.close(its)
    seen = read_until(ours, "Strike", within=180)
    demo.processes()

    os.close(ours)
    demo.ask(signal.SIGHUP)  # the kernel sends it to the one whose terminal it was
    demo.end(within=90)

    assert "PCR" in seen
    assert len(demo.seen) == len(SERVICES) + 2  # with the simulator and Redis
    assert demo.left_behind() == {}


def test_a_killed_demo_leaves_no_orphans(start_demo):
    demo = start_demo("--day", "2026-11-18", *LEDGER)
    eventually(lambda: len(demo.processes()) == 5, within=120, what="all five processes run")

    demo.ask(signal.SIGKILL)
    demo.popen.wait(10)

    eventually(lambda: not demo.left_behind(), within=10, what="every process has ended")
    assert demo.left_behind() == {}


def test_a_recording_of_a_closed_day_saves_nothing_and_says_why(start_demo, tmp_path):
    stale = recording(
        tmp_path, collected=["2026-11-10 10:00:17", "2026-11-10 10:01:17"], stamp="2026-11-09 15:40:00"
    )
    demo = start_demo("--recording", str(stale), "--lot", "75", *LEDGER)

    assert demo.end() == 0, demo.output
    assert "nothing was saved" in demo.output
    assert demo.count("SELECT count(*) FROM option_snapshots") == 0


def test_a_recorded_chain_goes_through_the_whole_system(start_demo, tmp_path):
    times = [f"2026-11-18 09:{minute}:05" for minute in range(15, 31)]
    demo = start_demo(
        "--recording", str(recording(tmp_path, collected=times)), "--lot", "75", "--until", "09:31", *LEDGER
    )

    assert demo.end() == 0, demo.output
    assert demo.count("SELECT count(*) FROM chain_buckets WHERE state = 'sealed'") >= 4
    units = demo.count("SELECT ce_oi FROM option_snapshots WHERE strike = 24500 ORDER BY time")
    assert units % 75 == 0
    assert units > 0


def recording(folder, *, collected, stamp=None):
    """Write a recorded chain whose OI grows from poll to poll; `stamp` is what a closed exchange says for all."""
    file = folder / "chain.csv"
    head = (
        "collected_at,nse_timestamp,symbol,expiry,strike,option_type,oi_contracts,chg_oi_contracts,"
        "volume_contracts,iv_pct,ltp,net_change,bid_qty,bid,ask,ask_qty"
    )
    lines = [
        f"{at},{stamp or at},NIFTY,2026-11-23,{strike},{side},"
        f"{strike // 10 + poll},5.0,{100 + poll},12.5,{price},0.5,75,{price - 0.5},{price + 0.5},75"
        for poll, at in enumerate(collected)
        for strike in range(24000, 25050, 50)
        for side, price in (("CE", max(24_525 - strike, 0) + 20), ("PE", max(strike - 24_525, 0) + 20))
    ]
    file.write_text("\n".join([head, *lines, ""]))
    return file


def read_until(terminal, text, *, within):
    """Read what a program draws on a terminal until a text is there."""
    seen, deadline = "", time.monotonic() + within
    while text not in seen:
        assert time.monotonic() < deadline, seen[-2000:]
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
    return seen
