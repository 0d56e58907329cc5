"""Redis as docker-compose.yml starts it keeps what a user has written in a transaction or a script, whatever ends it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import redis

from redis_acl import text
from support import engine
from support.processes import Process, free_port
from support.redis_servers import is_redis_up
from support.users import secrets_made

ROOT = Path(__file__).resolve().parents[3]
KEY = "oi:once:{NIFTY}:polls:test"
SET_BOTH = "redis.call('SET', KEYS[1], '1'); return redis.call('SET', KEYS[2], '2')"


@pytest.fixture
def server(tmp_path):
    """(process, the poller's URL) of a Redis started by the script that compose mounts."""
    secrets, port, program = secrets_made(tmp_path / "secrets"), free_port(), engine.require_redis_program()
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    shutil.copy(ROOT / "deploy/redis/start.sh", tmp_path)
    (tmp_path / "users.acl").write_text(text(selectors="v=6." not in said))
    environment = {
        **os.environ,
        "SECRETS": str(secrets / "redis"),
        "ACL_FILE": str(tmp_path / "made.acl"),
        "PATH": os.pathsep.join([str(Path(program).parent), os.environ["PATH"]]),
    }
    command = ["/bin/sh", str(tmp_path / "start.sh"), "--port", str(port), "--dir", str(tmp_path)]
    process = Process(command, tmp_path / "log", environment)
    url = (secrets / "poller/redis_url").read_text().replace("redis:6379", f"127.0.0.1:{port}")
    process.wait_until(lambda: is_redis_up(url), within=60)
    yield process, url
    process.stop()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_users_wrote_at_once_is_there_after_a_restart(server, end):
    process, url = server
    with redis.Redis.from_url(url, decode_responses=True) as client:
        client.register_script(SET_BOTH)(keys=[f"{KEY}:three", f"{KEY}:four"])
        with client.pipeline(transaction=True) as pipe:
            pipe.set(f"{KEY}:one", "1").set(f"{KEY}:two", "2")
            pipe.execute()

    getattr(process, end)()
    process.start()
    process.wait_until(lambda: is_redis_up(url), within=60)

    with redis.Redis.from_url(url, decode_responses=True) as client:
        assert [client.get(f"{KEY}:{name}") for name in ("one", "two", "three", "four")] == ["1", "2"] * 2
    assert "AOF-loading-client" not in process.output


def test_the_user_that_reads_the_file_may_do_all_that_is_in_it(server, tmp_path):
    """Redis 6.2 reads its file whatever this user may, Redis 7 does not: there the test above fails without it."""
    [rules] = [line for line in (tmp_path / "made.acl").read_text().splitlines() if " default " in line]

    assert rules.split()[2] == "off"
    assert {"~*", "&*", "+@all"} <= set(rules.split())


def test_the_user_that_reads_the_file_is_nobody_elses(server):
    _, url = server
    address = url.rpartition("@")[2]

    for nobody in (f"redis://{address}", f"redis://default@{address}", f"redis://default:x@{address}"):
        with redis.Redis.from_url(nobody) as client, pytest.raises(redis.RedisError, match=r"(?i)auth|pass"):
            client.ping()
