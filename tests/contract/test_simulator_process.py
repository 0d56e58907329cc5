"""The simulator as the console command that people and compose start."""

import json
import signal
import sys
import time
from pathlib import Path

import pytest
import redis as blocking_redis
import requests

from support.processes import answers_ok, free_port

SIMULATOR = str(Path(sys.executable).parent / "simulator")


@pytest.fixture
def start(running_process, redis_url):
    """Start `simulator` on ports of its own; returns (process, REST URL)."""
    ports = free_port(), free_port()
    url = f"http://127.0.0.1:{ports[0]}"

    def begin(is_ready=lambda: answers_ok(f"{url}/healthz"), **environment):
        given = {
            "REDIS_URL": redis_url,
            "SIM_REST_PORT": str(ports[0]),
            "SIM_WS_PORT": str(ports[1]),
            "SIM_SPEED": "60",
            "SIM_MASTER_FILLER": "0",
        }
        return running_process(SIMULATOR, environment=given | environment, is_ready=is_ready), url

    return begin


def clock_of(url):
    return requests.get(f"{url}/simulator/clock", timeout=20).json()["epoch"]


def test_it_publishes_its_time_and_ends_cleanly(start, redis_url):
    process, url = start()
    before = clock_of(url)
    time.sleep(0.2)
    assert clock_of(url) > before

    process.popen.send_signal(signal.SIGTERM)

    assert process.popen.wait(10) == 0
    with blocking_redis.Redis.from_url(redis_url, decode_responses=True) as client:
        published = client.hgetall("oi:clock")
    assert (published["day"], published["state"], published["speed"]) == ("2026-11-18", "running", "60.0")
    assert before < float(published["limit"]) < before + 3600


def test_killed_and_started_again_it_does_not_jump_back(start):
    process, url = start()
    time.sleep(0.3)
    reached = clock_of(url)

    process.popen.kill()
    process.popen.wait(10)
    _, url = start()

    assert clock_of(url) >= reached


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"SIM_DAY": "2026-11-22"}, "SIM_DAY"), ({"SIM_FAULTS": json.dumps({"x": 1})}, "SIM_FAULTS")],
)
def test_what_is_misconfigured_is_said_in_one_line_and_is_exit_code_78(start, wrong, named):
    process, _ = start(is_ready=lambda: True, **wrong)

    assert process.popen.wait(20) == 78
    [line] = process.output.strip().splitlines()
    assert line.startswith(f"simulator: {named}: ")
