"""Setting a demo up: Redis, the database, the exchange, the services."""

import os
import sys
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from oi_cli.demo.asking import document, not_ready_because
from oi_cli.demo.child import Program
from oi_cli.demo.plan import COMMANDS, SIMULATOR, inherited, service_environment, simulator_environment
from oi_cli.demo.redis_server import redis_server
from oi_cli.demo.stage import Stage
from oi_cli.demo.stopping import Interrupted
from oi_cli.migrate import upgrade_when_up
from oi_cli.quality.reading import read_headers
from oi_cli.reading import connect_reader, reading
from oi_common.errors import Misconfigured

_READY_WITHIN = 90.0


def set_up(stage: Stage) -> date:
    """Start everything and return the day that is played, with time held just before its open."""
    start_redis(stage)
    migrate(stage)
    day, credentials = _open_exchange(stage)
    _refuse_used_database(stage, day)
    _start_services(stage, credentials)
    return day


def start_redis(stage: Stage, *, is_durable: bool = True) -> None:
    stage.reporter.step("starting Redis")
    stage.supervisor.start(redis_server(stage.site, inherited(os.environ), is_durable=is_durable))
    stage.wait_until(lambda: None if stage.streams.is_up() else "no answer", within=20, what="Redis")


def migrate(stage: Stage) -> None:
    stage.reporter.step("migrating the database")
    upgrade_when_up(
        stage.site.database_url, say=stage.reporter.note, sleep=lambda seconds: _pause(stage, seconds)
    )


def _open_exchange(stage: Stage) -> tuple[date, dict[str, str]]:
    stage.reporter.step("opening the simulated exchange")
    if stage.plan.held_at is not None:
        stage.hold.at(stage.plan.held_at)
    stage.supervisor.start(program_of(stage, SIMULATOR, simulator_environment(stage.plan, stage.site)))
    stage.wait_until(
        lambda: not_ready_because(stage.site.ready_url(SIMULATOR)), within=_READY_WITHIN, what="the simulator"
    )
    day = date.fromisoformat(document(f"{stage.site.simulator_url}/simulator/clock")["day"])
    return day, dict(document(f"{stage.site.simulator_url}/simulator/env"))


def _refuse_used_database(stage: Stage, day: date) -> None:
    engine = connect_reader(stage.site.database_url)
    try:
        with reading(engine) as connection:
            used = bool(read_headers(connection, day))
    finally:
        engine.dispose()
    if used:
        raise Misconfigured(f"--database-url: it holds buckets of {day} already; give an empty database")


def _start_services(stage: Stage, credentials: dict[str, str]) -> None:
    stage.reporter.step(f"starting {', '.join(stage.plan.services)}")
    for name in stage.plan.services:
        environment = {**credentials, **service_environment(name, stage.plan, stage.site)}
        stage.supervisor.start(program_of(stage, name, environment))
    wait_until_ready(stage, stage.plan.services)


def wait_until_ready(stage: Stage, services: Iterable[str]) -> None:
    for name in services:
        stage.wait_until(
            lambda name=name: not_ready_because(stage.site.ready_url(name)),  # type: ignore[misc]
            within=_READY_WITHIN,
            what=name,
        )


def program_of(stage: Stage, name: str, environment: dict[str, str]) -> Program:
    first, *rest = COMMANDS.get(name, (name,))
    command = Path(sys.executable).parent / first
    if not command.exists():
        raise Misconfigured(f"{command} is not there; run `make setup`")
    told = {**inherited(os.environ), **environment}
    return Program(name, (str(command), *rest), told, stage.site.logs / f"{name}.log")


def _pause(stage: Stage, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if stage.stopping.is_asked:
            raise Interrupted("stopped while waiting for the database")
        stage.moment()
