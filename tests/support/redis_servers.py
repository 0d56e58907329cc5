"""A real Redis for the tests, with the settings of production."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from support import engine
from support.processes import Process, eventually, free_port
from support.servers import Server, new_container, served

REDIS_SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": "",
}


@contextmanager
def redis_server(folder: Path) -> Iterator[Server]:
    """Run a Redis for as long as the block lasts; TEST_REDIS_URL names one to use instead."""
    with ExitStack() as stack:
        url, origin = served("TEST_REDIS_URL", stack, _redis_container(), _local_redis_url(folder))
        yield _described_redis(url, origin)


@contextmanager
def local_redis(folder: Path, *, within: float = 20) -> Iterator[tuple[Process, str]]:
    """Run a Redis process of one's own, which a test may kill and start again: (process, url)."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = {**REDIS_SETTINGS, "port": str(port), "bind": "127.0.0.1", "dir": str(folder)}
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    url = f"redis://127.0.0.1:{port}/0"
    process = Process([engine.require_redis_program(), *options], folder / "redis.log")
    try:
        process.wait_until(lambda: is_redis_up(url), within=within)
        yield process, url
    finally:
        process.stop()


def is_redis_up(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def _local_redis_url(folder: Path) -> Iterator[str]:
    with local_redis(folder) as (_, url):
        yield url


@contextmanager
def _redis_container() -> Iterator[str]:
    container = new_container(engine.REDIS_IMAGE).with_exposed_ports(6379)
    options = " ".join(f"--{name} '{value}'" for name, value in REDIS_SETTINGS.items())
    with container.with_command(f"redis-server {options}"):
        url = f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
        eventually(lambda: is_redis_up(url), within=60, what=f"{engine.REDIS_IMAGE} answers")
        yield url


def _described_redis(url: str, origin: str) -> Server:
    with redis.Redis.from_url(url) as client:
        return Server(url, f"Redis {client.info('server')['redis_version']} ({origin})")
