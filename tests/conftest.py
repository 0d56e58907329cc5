"""Fixtures for real servers, and the report of which servers and how many tests of each kind there were."""

import os
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest
import redis
from hypothesis import settings
from sqlalchemy import make_url

from support import databases, engine, redis_servers
from support.processes import free_port as a_free_port
from support.processes import running_process as run_process

KINDS = ("unit", "contract", "integration", "e2e")
NEEDS_SERVERS = ("integration", "e2e")
# Folders of integration tests; what is in neither consumes the ledger.
LEDGER = ("bucketer", "common", "ingest_ws", "poller", "support")
OPERATIONS = ("cli", "cluster", "dashboard", "deploy", "grafana")
USED = pytest.StashKey[dict[str, str]]()
USED_BY_WORKERS = "servers"

# A busy machine is no fault of what is tested.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")


def kind_of(nodeid: str) -> str:
    return nodeid.split("/")[1] if nodeid.startswith("tests/") else ""


def pytest_addoption(parser):
    parser.addoption("--every-kind", action="store_true", help="fail when a kind of test has no test")


def pytest_configure(config):
    config.stash[USED] = {}
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts the tests in its background has it ignored, and every process of theirs would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header():
    origin = "Docker engine" if engine.docker_engine_answers() else "programs of this machine"
    return (
        f"servers: {origin} (TEST_SERVERS=docker|local, TEST_REDIS_URL, TEST_DATABASE_URL decide otherwise)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A test's folder is its marker; those that need servers run in groups, each with one set of servers."""
    for item in items:
        kind = kind_of(item.nodeid)
        if kind in KINDS[1:]:
            item.add_marker(kind)
        if kind in NEEDS_SERVERS:
            item.add_marker(pytest.mark.xdist_group(group_of(item.nodeid)))


def group_of(nodeid):
    """Whole groups go to one worker: they are of similar length, so that no worker ends long before the others."""
    if "/test_legacy" in nodeid:
        return "predecessors"
    if kind_of(nodeid) == "e2e":
        return "processes"
    folder = nodeid.split("/")[2]
    return "ledger" if folder in LEDGER else "operations" if folder in OPERATIONS else "consumers"


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash[USED].update(getattr(node, "workeroutput", {}).get(USED_BY_WORKERS, {}))


def pytest_sessionfinish(session):
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[USED_BY_WORKERS] = config.stash[USED]
    elif config.option.every_kind and missing_kinds(config) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    counted = tests_by_kind(config)
    terminalreporter.section("kinds of test")
    terminalreporter.line(", ".join(f"{counted[kind]} {kind}" for kind in KINDS))
    for what in sorted(config.stash[USED].values()):
        terminalreporter.line(f"used {what}")
    if config.option.every_kind and (missing := missing_kinds(config)):
        terminalreporter.line(f"FAILED: no test of kind {', '.join(missing)} was run", red=True)


def tests_by_kind(config) -> Counter[str]:
    """Count the tests that came to a verdict; one that was skipped did not."""
    stats = config.pluginmanager.get_plugin("terminalreporter").stats
    verdicts = [r for name in ("passed", "failed", "error", "xfailed") for r in stats.get(name, ())]
    return Counter(kind_of(nodeid) for nodeid in {report.nodeid for report in verdicts})


def missing_kinds(config) -> list[str]:
    counted = tests_by_kind(config)
    return [kind for kind in KINDS if not counted[kind]]


@pytest.fixture(scope="session")
def redis_session_url(request, tmp_path_factory):
    """The session's Redis; tests take `redis_url`, which is this one emptied."""
    with redis_servers.redis_server(tmp_path_factory.mktemp("redis")) as server:
        request.config.stash[USED]["redis"] = server.version
        yield server.url


@pytest.fixture
def redis_url(redis_session_url):
    """A real, empty Redis with the settings of production (append-only, fsync always, no eviction)."""
    with redis.Redis.from_url(redis_session_url) as client:
        client.flushall()
    return redis_session_url


@pytest.fixture
def own_redis(tmp_path):
    """(process, url) of a Redis of the test's own, which it may kill(), stop() and start() again."""
    with redis_servers.local_redis(tmp_path / "own-redis") as (process, url):
        yield process, url


@pytest.fixture(scope="session")
def database_server_url(request, tmp_path_factory):
    """The session's MySQL or MariaDB, without a database."""
    with databases.database_server(tmp_path_factory.mktemp("database")) as server:
        request.config.stash[USED]["database"] = server.version
        yield server.url


def new_database(server_url: str, name: str) -> str:
    """Create the named database anew, and return its URL."""
    own = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.run_sql(
        server_url, f"DROP DATABASE IF EXISTS `{own}`", f"CREATE DATABASE `{own}` CHARACTER SET utf8mb4"
    )
    return make_url(server_url).set(database=own).render_as_string(hide_password=False)


def migrated(url: str) -> str:
    from oi_common.migrations import upgrade  # noqa: PLC0415 - only tests that need a database pay for it

    upgrade(url)
    return url


@pytest.fixture(scope="session")
def migrated_database_url(database_server_url):
    """The session's migrated database; tests take `database_url`, which is this one emptied."""
    return migrated(new_database(database_server_url, "oi_test"))


@pytest.fixture
def database_url(migrated_database_url):
    """A real MySQL or MariaDB database, migrated, without rows."""
    databases.empty_tables(migrated_database_url)
    return migrated_database_url


@pytest.fixture
def empty_database_url(database_server_url):
    """A real MySQL or MariaDB database without tables: what a migration begins with."""
    return new_database(database_server_url, "oi_empty")


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite_file, tmp_path):
    """A SQLite database, migrated, without rows."""
    file = tmp_path / "oi.db"
    shutil.copy(migrated_sqlite_file, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", "server"])
def any_database_url(request):
    """Each migrated, empty database that the project supports, one after the other."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "database_url")


@pytest.fixture
def free_port():
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    return a_free_port()


@pytest.fixture
def running_process(tmp_path, request):
    """Start a console command until the test ends: running_process("poller", environment=…, is_ready=…)."""
    started = []

    def start(*command, environment=None, is_ready=lambda: True, within=30.0):
        log = tmp_path / f"{len(started)}-{Path(command[0]).name}.log"
        running = run_process(command, log=log, environment=environment, is_ready=is_ready, within=within)
        started.append((running, running.__enter__()))
        return started[-1][1]

    yield start
    for running, process in reversed(started):
        running.__exit__(None, None, None)
        request.node.add_report_section("teardown", process.log.name, process.output[-20_000:])
