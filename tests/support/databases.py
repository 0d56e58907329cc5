"""A real MySQL or MariaDB for the tests, on a private port and throw-away files."""

import os
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pymysql
from sqlalchemy import URL, Engine, create_engine, make_url, text

from support import engine
from support.processes import Process, eventually, free_port
from support.servers import Server, new_container, served

DATABASE_USER = "oi"
# Small and quick to start: the tests hold little, and crash safety of the server is not what they test.
DATABASE_SETTINGS = {
    "bind-address": "127.0.0.1",
    "character-set-server": "utf8mb4",
    "innodb-buffer-pool-size": "64M",
    "innodb-flush-log-at-trx-commit": "0",
    "max-connections": "100",
    "performance-schema": "OFF",
    "transaction-isolation": "READ-COMMITTED",
}


@contextmanager
def database_server(folder: Path) -> Iterator[Server]:
    """Run a MySQL or MariaDB for as long as the block lasts; TEST_DATABASE_URL names one to use instead."""
    with ExitStack() as stack:
        url, origin = served("TEST_DATABASE_URL", stack, _mysql_container(), _local_database(folder))
        yield _described_database(url, origin)


def is_database_up(url: str) -> bool:
    try:
        run_sql(url, "SELECT 1")
    except pymysql.MySQLError:
        return False
    return True


def run_sql(url: str, *statements: str) -> None:
    """Run statements by the bare driver, so that a server that is not up yet is a plain exception."""
    parts = make_url(url)
    with (
        pymysql.connect(
            host=parts.host,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.database,
            connect_timeout=5,
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)


def plain_engine(url: str) -> Engine:
    return create_engine(url, isolation_level="AUTOCOMMIT")


def empty_tables(url: str) -> None:
    """Delete every row of every table but Alembic's own."""
    database = plain_engine(url)
    with database.connect() as connection:
        for table in _tables(connection.execute(text("SHOW TABLES")).scalars()):
            connection.execute(text(f"DELETE FROM `{table}`"))
    database.dispose()


def _tables(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("alembic_version")]


@contextmanager
def _mysql_container() -> Iterator[str]:
    password = secrets.token_hex(12)
    container = new_container(engine.MYSQL_IMAGE).with_exposed_ports(3306)
    container.with_env("MYSQL_ROOT_PASSWORD", password).with_env("MYSQL_ROOT_HOST", "%")
    options = [f"--{name}={value}" for name, value in DATABASE_SETTINGS.items() if name != "bind-address"]
    with container.with_command(" ".join(options)):
        url = _database_url(
            "root", password, container.get_container_host_ip(), container.get_exposed_port(3306)
        )
        eventually(lambda: is_database_up(url), within=120, what=f"{engine.MYSQL_IMAGE} answers", every=0.5)
        yield url


@contextmanager
def _local_database(folder: Path) -> Iterator[str]:
    with local_database(folder) as (_, url):
        yield url


@contextmanager
def local_database(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[tuple[Process, str]]:
    """Run a database process of one's own, which a test may kill and start again: (process, url)."""
    folder.mkdir(parents=True, exist_ok=True)
    program, port, password = engine.require_database_program(), free_port(), secrets.token_hex(12)
    first = folder / "first.sql"
    first.write_text(
        f"CREATE USER IF NOT EXISTS '{DATABASE_USER}'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON *.* TO '{DATABASE_USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
    )
    _make_data_folder(program, folder / "data")
    chosen = {
        **DATABASE_SETTINGS,
        **(settings or {}),
        "port": str(port),
        "tmpdir": str(folder),
        "datadir": str(folder / "data"),
        "socket": str(folder / "s"),
        "pid-file": str(folder / "pid"),
        "init-file": str(first),
        "user": "root" if os.geteuid() == 0 else os.environ.get("USER", ""),
    }
    options = [f"--{name}={value}" for name, value in chosen.items() if value]
    url = _database_url(DATABASE_USER, password, "127.0.0.1", port)
    process = Process([program, "--no-defaults", "--skip-name-resolve", *options], folder / "database.log")
    try:
        process.wait_until(lambda: is_database_up(url), within=60)
        yield process, url
    finally:
        process.stop(within=20)


@contextmanager
def own_database(folder: Path, settings: Mapping[str, str]) -> Iterator[tuple[Process, str]]:
    """Run a database that may be killed and started again: a local program, or a container where there is none."""
    only_docker = engine.database_program() is None and engine.docker_engine_answers()
    with (_contained_database if only_docker else local_database)(folder, settings) as (process, url):
        yield process, url


class _ContainerProcess(Process):
    """A container in the foreground of `docker run`; its data are in a volume that outlives it."""

    def kill(self) -> int:
        if self.is_running:
            subprocess.run(["docker", "kill", self.log.stem], capture_output=True, check=False)
        return self.popen.wait()


@contextmanager
def _contained_database(folder: Path, settings: Mapping[str, str]) -> Iterator[tuple[Process, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    port, password, name = free_port(), secrets.token_hex(12), f"oi-test-{secrets.token_hex(4)}"
    chosen = {**DATABASE_SETTINGS, **settings, "bind-address": "0.0.0.0"}
    run = ["docker", "run", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:3306"]
    run += [
        "-v",
        f"{name}:/var/lib/mysql",
        "-e",
        f"MYSQL_ROOT_PASSWORD={password}",
        "-e",
        "MYSQL_ROOT_HOST=%",
    ]
    options = [f"--{option}={value}" for option, value in chosen.items()]
    url = _database_url("root", password, "127.0.0.1", port)
    process = _ContainerProcess([*run, engine.MYSQL_IMAGE, *options], folder / f"{name}.log")
    try:
        process.wait_until(lambda: is_database_up(url), within=120)
        yield process, url
    finally:
        process.kill()
        subprocess.run(["docker", "volume", "rm", name], capture_output=True, check=False)


def _make_data_folder(program: str, data: Path) -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if "MariaDB" in said:
        command = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        command += ["--auth-root-authentication-method=normal"]
    else:
        command = [program, "--no-defaults", "--initialize-insecure", f"--datadir={data}"]
    if os.geteuid() == 0:
        command.append("--user=root")
    # A starting server removes what it finds in its folder for temporary tables: two must not share /tmp.
    own = {**os.environ, "TMPDIR": str(data.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _database_url(user: str, password: str, host: str, port: int) -> str:
    url = URL.create("mysql+pymysql", user, password, host, int(port), query={"charset": "utf8mb4"})
    return url.render_as_string(hide_password=False)


def _described_database(url: str, origin: str) -> Server:
    database = plain_engine(url)
    with database.connect() as connection:
        version = connection.execute(text("SELECT VERSION()")).scalar_one()
    database.dispose()
    return Server(url, f"{'' if 'MariaDB' in version else 'MySQL '}{version} ({origin})")
