"""One replay, from an empty folder to its comparison with the live day."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from oi_cli.demo.folder import demo_folder
from oi_cli.demo.hold import TimeHold
from oi_cli.demo.ports import free_ports
from oi_cli.demo.reporters import Reporter, reporter_for
from oi_cli.demo.setting_up import migrate, program_of, start_redis, wait_until_ready
from oi_cli.demo.stage import Stage
from oi_cli.demo.stopping import Interrupted, Stopping
from oi_cli.demo.supervisor import Supervisor
from oi_cli.exits import Exit, Failed
from oi_cli.replay.ending import conclude
from oi_cli.replay.feeder import Feeder
from oi_cli.replay.feeding import Fed, end_time, feed_all, first_moment, look
from oi_cli.replay.plan import BUCKETER, ReplayPlan, ReplaySite, replayed_environment
from oi_cli.replay.seeding import seed
from oi_cli.replay.settings import said_of_settings
from oi_cli.replay.target import refuse_live, refuse_used_database, refuse_used_redis
from oi_cli.streams import Streams
from oi_common.errors import Misconfigured


def run_replay(
    plan: ReplayPlan, *, plain: bool, keep: Path | None, into: str | None, redis_url: str | None
) -> Exit:
    """Replay a day and return the exit code. Whatever happens, no process is left.

    Raises Misconfigured for a target that is or may become live, Failed when a service cannot be kept running; then
    its logs are kept.
    """
    refuse_live(into, redis_url, os.environ)
    if redis_url is not None:
        refuse_used_redis(redis_url)
    if into is not None:
        refuse_used_database(into)
    with Stopping() as stopping, reporter_for(plain=plain) as reporter, demo_folder(keep) as folder:
        site = _site(folder.path, plan, into, redis_url)
        try:
            return _run(plan, site, reporter, stopping, kept=keep)
        except Interrupted as e:
            reporter.close()
            reporter.console.print(str(e), markup=False)
            return Exit.BROKEN
        except Failed:
            folder.is_kept = True
            raise


def _site(folder: Path, plan: ReplayPlan, into: str | None, redis_url: str | None) -> ReplaySite:
    port, *health = free_ports(1 + len(plan.services))
    return ReplaySite(
        folder=folder,
        redis_port=port,
        rest_port=0,
        ws_port=0,
        health_ports=dict(zip(plan.services, health, strict=True)),
        given_database_url=into,
        given_redis_url=redis_url,
    )


def _run(
    plan: ReplayPlan, site: ReplaySite, reporter: Reporter, stopping: Stopping, *, kept: Path | None
) -> Exit:
    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor())
        streams = Streams(site.redis_url)
        stack.callback(streams.close)
        stage = Stage(plan.cast, site, supervisor, streams, TimeHold(streams), reporter, stopping)
        _set_up(plan, site, stage)
        fed = _feed(plan, site, stage)
        dead = [reason for name in plan.recording.indices for reason in _buried(streams, name)]
        supervisor.stop(plan.services)
        reporter.close()
        return conclude(reporter.console, plan, site.database_url, fed, dead, kept)


def _set_up(plan: ReplayPlan, site: ReplaySite, stage: Stage) -> None:
    if site.given_redis_url is None:
        start_redis(stage, is_durable=False)
    migrate(stage)
    for line in said_of_settings(plan.recording.settings, plan.services, present=plan.is_present):
        stage.reporter.note(line)
    if rows := seed(plan, site.database_url):
        stage.reporter.note(f"{rows} rows of the day before: the first changes are counted from them")
    for hole in plan.recording.holes:
        stage.reporter.note(f"never recorded, for it was trimmed before: {hole}")


def _feed(plan: ReplayPlan, site: ReplaySite, stage: Stage) -> Fed:
    feeder = Feeder(site.redis_url, partial(look, stage))
    try:
        began = first_moment(plan)
        if began is None:
            raise Misconfigured(f"--day: no entry of {plan.recording.folder} says when it was told")
        feeder.tell_time(began, speed=None, until=began)
        _start(plan, site, stage, feeder, (BUCKETER,))
        fed = feed_all(plan, stage, feeder, partial(_start, plan, site, stage, feeder))
        end_time(feeder, fed)
        feeder.wait_until_handled(plan.recording.indices)
        return fed
    finally:
        feeder.close()


def _start(plan: ReplayPlan, site: ReplaySite, stage: Stage, feeder: Feeder, services: Sequence[str]) -> None:
    stage.reporter.step(f"starting {', '.join(services)}")
    for name in services:
        stage.supervisor.start(program_of(stage, name, replayed_environment(name, plan, site)))
    wait_until_ready(stage, services)
    feeder.readers += services
    stage.reporter.close()


def _buried(streams: Streams, name: str) -> list[str]:
    from oi_cli.streams import LEDGER  # noqa: PLC0415 - beside the recording's own of that name

    return [reason for event in LEDGER for reason in streams.dead(event, name)]
