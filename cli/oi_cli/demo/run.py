"""One demo, from an empty folder to its summary."""

from contextlib import ExitStack
from datetime import date
from pathlib import Path

from oi_cli.demo.ending import read_outcome, show_outcome
from oi_cli.demo.folder import demo_folder
from oi_cli.demo.hold import TimeHold
from oi_cli.demo.plan import DASHBOARD, SERVICES, SIMULATOR, Plan, Site
from oi_cli.demo.ports import free_ports
from oi_cli.demo.reporters import LiveReporter, Reporter, reporter_for
from oi_cli.demo.running import run_until_the_end, wind_down
from oi_cli.demo.setting_up import set_up
from oi_cli.demo.stage import Stage
from oi_cli.demo.stopping import Interrupted, Stopping
from oi_cli.demo.supervisor import Supervisor
from oi_cli.demo.watch import Watch
from oi_cli.exits import Exit, Failed
from oi_cli.keys import key_presses
from oi_cli.reading import connect_reader
from oi_cli.streams import Streams


def run_demo(plan: Plan, *, plain: bool, keep: Path | None, database_url: str | None) -> Exit:
    """Run a demo and return its exit code.

    Whatever happens, no process is left. Raises Failed when one cannot be kept running; then its logs are kept.
    """
    with Stopping() as stopping, reporter_for(plain=plain) as reporter, demo_folder(keep) as folder:
        try:
            return _run(plan, site_in(folder.path, database_url), reporter, stopping)
        except Interrupted as e:
            reporter.close()
            reporter.console.print(str(e), markup=False)
            return Exit.BROKEN
        except Failed:
            folder.is_kept = True
            raise


def site_in(folder: Path, database_url: str | None) -> Site:
    redis, rest, ws, page, *health = free_ports(4 + 1 + len(SERVICES))
    return Site(
        folder=folder,
        redis_port=redis,
        rest_port=rest,
        ws_port=ws,
        health_ports=dict(zip((SIMULATOR, *SERVICES), health, strict=True)),
        given_database_url=database_url,
        page_port=page,
    )


def _run(plan: Plan, site: Site, reporter: Reporter, stopping: Stopping) -> Exit:
    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor())
        streams = Streams(site.redis_url)
        stack.callback(streams.close)
        stage = Stage(plan, site, supervisor, streams, TimeHold(streams), reporter, stopping)
        return _play(stage, set_up(stage))


def _play(stage: Stage, day: date) -> Exit:
    plan, reporter = stage.plan, stage.reporter
    engine = connect_reader(stage.site.database_url)
    try:
        watch = Watch(engine, stage.streams, plan.indices, conditions=stage.supervisor.conditions)
        with key_presses(wanted=isinstance(reporter, LiveReporter)) as keys:
            reporter.note(f"everything runs; {day:%a %d %b %Y} is played, logs are in {stage.site.logs}")
            if DASHBOARD in plan.services:
                reporter.note(f"the live page: {stage.site.page_url}")
            stage.hold.release()
            has_ended = run_until_the_end(stage, watch, keys, day)
        drained = wind_down(stage)
        outcome = read_outcome(
            engine, stage.streams, day, plan, watch.counts(), stage.supervisor.restarts,
            was_drained=drained, was_whole=has_ended and plan.until is None,
        )  # fmt: skip
    finally:
        engine.dispose()
    reporter.close()
    return show_outcome(reporter.console, outcome)
