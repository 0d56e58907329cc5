"""How a service starts while what it needs is away, and how it ends."""

import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import redis

from support.processes import accepts_connections, answers_ok, eventually, free_port

ABSENT = "http://no-such-simulator.invalid:8000"
ENDS_EARLY = """
from oi_common.service import run
from oi_common.settings import ServiceSettings

async def serve(runtime):
    runtime.health.ready()

run("brief", ServiceSettings, serve)
"""


def environment(redis_url, database_url, tmp_path, **more):
    return {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path / "data"),
        "HEALTH_PORT": str(free_port()),
        "SIMULATOR_URL": "",
        "UNCONFIGURED": "",
        "CLOCK": "",
        **more,
    }


def readiness(wanted):
    """Return what /readyz says, nothing while nobody answers."""
    try:
        with urlopen(f"http://127.0.0.1:{wanted['HEALTH_PORT']}/readyz", timeout=1) as reply:
            return reply.read().decode()
    except HTTPError as e:
        return e.read().decode()
    except (URLError, OSError):
        return ""


def says(wanted, text):
    eventually(lambda: text in readiness(wanted), within=60, what=f"/readyz says {text!r}")


@contextmanager
def simulator(port, told):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_said):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


def test_a_simulator_that_is_still_away_is_waited_for(redis_url, sqlite_url, tmp_path, running_process):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    wanted = environment(redis_url, sqlite_url, tmp_path, SIMULATOR_URL=address)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(
            "oi:clock", mapping={"sim": "1786000000", "real": "0", "speed": "1", "limit": "1786000000"}
        )
    process = running_process("bucketer", environment=wanted)
    says(wanted, f"SIMULATOR_URL: {address} does not answer")

    with simulator(port, {"CLOCK": "simulated"}):
        eventually(
            lambda: answers_ok(f"http://127.0.0.1:{wanted['HEALTH_PORT']}/readyz"),
            within=60,
            what="it is ready",
        )

    assert '"what": "simulator"' in process.output
    assert process.stop() == 0


def test_where_a_simulated_day_lies_the_name_of_its_exchange_is_waited_for(
    redis_url, sqlite_url, tmp_path, running_process
):
    with redis.Redis.from_url(redis_url) as client:
        client.set("oi:origin", "simulated")
    wanted = environment(redis_url, sqlite_url, tmp_path, SIMULATOR_URL=ABSENT)

    process = running_process("poller", environment=wanted)

    says(wanted, "is not on the network, but this Redis holds simulated data")
    assert process.is_running
    assert process.stop() == 0


def test_without_a_simulator_and_without_credentials_the_live_system_says_what_it_lacks(
    redis_url, sqlite_url, tmp_path, running_process
):
    wanted = environment(redis_url, sqlite_url, tmp_path, SIMULATOR_URL=ABSENT)

    process = running_process("poller", environment=wanted)

    assert process.popen.wait(60) == 78
    assert "ANGEL_PIN is not set" in process.output


def test_whether_this_is_the_demo_is_not_guessed_while_redis_is_away(sqlite_url, tmp_path, running_process):
    closed = f"redis://127.0.0.1:{free_port()}/0"
    wanted = environment(closed, sqlite_url, tmp_path, SIMULATOR_URL=ABSENT)

    process = running_process("poller", environment=wanted)

    says(wanted, "redis does not answer")
    assert process.stop() == 0


def test_told_to_wait_it_says_what_a_person_must_set_and_ends_with_0_only_when_asked_to(
    redis_url, sqlite_url, tmp_path, running_process
):
    wanted = environment(redis_url, sqlite_url, tmp_path, UNCONFIGURED="wait")

    process = running_process("poller", environment=wanted)

    says(wanted, "ANGEL_API_KEY is not set")
    assert "ANGEL_API_KEY is not set" in process.output
    assert process.stop() == 0


def test_told_to_wait_it_ends_to_be_started_again_once_its_files_say_more(
    redis_url, sqlite_url, tmp_path, running_process
):
    pin = tmp_path / "pin"
    pin.write_text("")
    wanted = environment(redis_url, sqlite_url, tmp_path, UNCONFIGURED="wait", ANGEL_PIN_FILE=str(pin))
    process = running_process("poller", environment=wanted)
    says(wanted, "ANGEL_PIN is not set")

    pin.write_text("1234")

    assert process.popen.wait(60) == 78


def test_what_comes_to_an_end_that_nobody_asked_for_does_not_end_with_0(
    redis_url, sqlite_url, tmp_path, running_process
):
    wanted = environment(redis_url, sqlite_url, tmp_path)

    process = running_process(sys.executable, "-c", ENDS_EARLY, environment=wanted)

    assert process.popen.wait(60) == 1
    assert "nobody asked for" in process.output
    assert not accepts_connections(int(wanted["HEALTH_PORT"]))
