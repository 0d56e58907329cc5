"""Holes that are found when the day is over, as after a restart of everything, in a simulated day that nobody has prolonged."""

import json
from urllib.request import urlopen

from support.chaos.reading import count_rows
from support.processes import answers_ok, eventually, free_port

HEADERS = "SELECT count(*) FROM chain_buckets"
MISSING = "SELECT count(*) FROM chain_buckets WHERE state = 'missing'"
OPEN_GAPS = "SELECT count(*) FROM coverage_gaps WHERE repaired_at IS NULL"
BUCKETS = 129
REPAIRED_WITHIN = 300


def test_the_simulated_day_does_not_end_before_its_holes_are_repaired(
    redis_url, database_url, running_process, tmp_path
):
    rest, health = free_port(), free_port()
    environment = {
        "REDIS_URL": redis_url, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "INDICES": "NIFTY",
        "EXPIRIES": "1", "STRIKES_AROUND": "3", "POLL_SECONDS": "60", "SIM_DAY": "2026-11-18", "SIM_END": "",
        "SIM_START": "15:49:55", "SIM_SPEED": "max", "SIM_REST_PORT": str(rest), "SIM_WS_PORT": str(free_port()),
        "SIM_PACERS": "1",
    }  # fmt: skip
    ready = f"http://127.0.0.1:{health}/readyz"
    running_process(
        "simulator",
        environment=environment | {"HEALTH_PORT": str(health)},
        is_ready=lambda: answers_ok(ready),
        within=90,
    )
    with urlopen(f"http://127.0.0.1:{rest}/simulator/env", timeout=20) as reply:
        environment |= json.load(reply)
    running_process("bucketer", environment=environment)

    running_process("poller", environment=environment)

    eventually(
        lambda: count_rows(database_url, HEADERS) == BUCKETS and not count_rows(database_url, MISSING),
        within=REPAIRED_WITHIN,
        every=0.5,
        what="every bucket of the day is told",
    )
    assert count_rows(database_url, OPEN_GAPS) == 0
