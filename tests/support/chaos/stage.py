"""Setting a chaotic day up: servers of its own, a wire per service and server, the exchange, the services."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import redis
from sqlalchemy import make_url

from support.chaos.crew import Crew
from support.chaos.plan import Plan, common_environment, exchange_environment, inherited
from support.databases import own_database, run_sql
from support.processes import BIN, Process, answers_ok, free_port
from support.proxy import Proxies, Proxy
from support.redis_servers import local_redis

MOMENT = 0.02
REDIS, DATABASE, SIMULATOR = "redis", "database", "simulator"
# What is committed must survive a kill: the other tests' servers need not.
_DURABLE = {"innodb-flush-log-at-trx-commit": "1"}


@dataclass
class Stage:
    """The parts of a running day."""

    plan: Plan
    folder: Path
    crew: Crew
    redis_url: str
    database_url: str
    exchange_url: str
    wires: dict[tuple[str, str], Proxy] = field(default_factory=dict)
    health_ports: dict[str, int] = field(default_factory=dict)
    each_moment: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.redis = redis.Redis.from_url(self.redis_url, decode_responses=True, socket_timeout=5)
        self.began = time.monotonic()

    def moment(self) -> None:
        """Let a moment pass in which everything is kept going."""
        for line in self.crew.look():
            self.say(line)
        for each in self.each_moment:
            each()
        time.sleep(MOMENT)

    def say(self, text: str) -> None:
        print(f"  {time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def wait_until(self, is_so: Callable[[], bool], *, within: float, what: Callable[[], str]) -> None:
        """Let moments pass until it is so; past the deadline, fail saying what was waited for."""
        deadline = time.monotonic() + within
        told = time.monotonic()
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {within:g} s: {what()}; logs in {self.folder}")
            if time.monotonic() - told > 5:
                told = time.monotonic()
                self.say(f"waiting: {what()}")
            self.moment()

    def exchange_time(self) -> datetime:
        return datetime.fromisoformat(self.ask("/simulator/clock")["now"])

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """Ask the exchange's control plane."""
        data = None if body is None else json.dumps(body).encode()
        question = Request(f"{self.exchange_url}{path}", data, method=method)
        with urlopen(question, timeout=10) as reply:
            return json.load(reply)


@contextmanager
def stage(plan: Plan, folder: Path) -> Iterator[Stage]:
    """Set up everything but the services; ends every process at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        crew, rest, ws = Crew(), free_port(), free_port()
        redis_process, redis_url = stack.enter_context(local_redis(folder / REDIS))
        database, server_url = stack.enter_context(own_database(folder / DATABASE, _DURABLE))
        crew.add(REDIS, redis_process)
        crew.add(DATABASE, database)
        proxies = stack.enter_context(Proxies())
        built = Stage(plan, folder, crew, redis_url, _new_database(server_url), f"http://127.0.0.1:{rest}")
        stack.callback(_end, built)
        _start_exchange(built, rest, ws)
        for name in plan.all_instances:
            built.wires[name, REDIS] = proxies.to(make_url(redis_url).port or 0)
            built.wires[name, DATABASE] = proxies.to(make_url(server_url).port or 0)
        yield built


def start_services(built: Stage) -> None:
    """Start every instance; time begins once the pollers pace it."""
    credentials = built.ask("/simulator/env")
    for name in built.plan.all_instances:
        port = built.health_ports[name] = free_port()
        environment = {
            **inherited(),
            **credentials,
            **common_environment(built.plan, name, built.folder, port),
            "REDIS_URL": _through(built.redis_url, built.wires[name, REDIS]),
            "DATABASE_URL": _through(built.database_url, built.wires[name, DATABASE]),
        }
        service = name.rsplit("-", 1)[0]
        built.crew.add(name, Process([str(BIN / service)], built.folder / f"{name}.log", environment))


def _start_exchange(built: Stage, rest: int, ws: int) -> None:
    health = free_port()
    environment = {
        **inherited(),
        **common_environment(built.plan, SIMULATOR, built.folder, health),
        **exchange_environment(built.plan, rest, ws),
        "REDIS_URL": built.redis_url,
    }
    process = Process([str(BIN / SIMULATOR)], built.folder / "simulator.log", environment)
    built.crew.add(SIMULATOR, process)
    process.wait_until(lambda: answers_ok(f"http://127.0.0.1:{health}/readyz"), within=60)


def _new_database(server_url: str) -> str:
    from oi_common.migrations import upgrade  # noqa: PLC0415 - Alembic is slow to load

    run_sql(server_url, "CREATE DATABASE oi CHARACTER SET utf8mb4")
    url = make_url(server_url).set(database="oi").render_as_string(hide_password=False)
    upgrade(url)
    return url


def _through(url: str, wire: Proxy) -> str:
    """Return the address with its port replaced by the wire's."""
    old = make_url(url).port
    return url.replace(f"127.0.0.1:{old}", f"127.0.0.1:{wire.port}")


def _end(built: Stage) -> None:
    built.redis.close()
    for member in built.crew.members.values():
        member.process.kill()
