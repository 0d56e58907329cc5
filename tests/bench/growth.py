"""How many bytes a row needs in MariaDB or MySQL, its indexes included, and what a year makes of that.

Not among the benchmarks that `make bench` runs by itself: make bench ARGS=tests/bench/growth.py
GROWTH_DAYS says how many days are filled (60). The numbers of docs/retention.md are what this printed.
"""

import os
import time
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from oi_cli.backup.making import make_backup
from oi_cli.retention.days import ARCHIVED
from oi_cli.retention.job import move_old_days
from oi_common.clock import WallClock
from oi_common.legacy.progress import Progress, Silent
from oi_common.migrations import upgrade
from support import grafana_ledger
from support.databases import local_database, run_sql

DAYS, YEAR = int(os.environ.get("GROWTH_DAYS", "60")), 250  # trading days
SETTINGS = {"innodb-buffer-pool-size": "256M", "innodb-log-file-size": "1G"}
KEPT = DAYS // 3
MIB = 1024 * 1024

_SIZES = text(
    "SELECT table_name, data_length, index_length FROM information_schema.tables WHERE table_schema = DATABASE()"
)


def filled(server_url: str) -> str:
    run_sql(server_url, "CREATE DATABASE oi CHARACTER SET utf8mb4")
    url = f"{server_url.partition('?')[0].rstrip('/')}/oi?charset=utf8mb4"
    upgrade(url)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        grafana_ledger.fill(connection, grafana_ledger.Size(days=DAYS, strikes=41, decisions=200, changed=80))
    engine.dispose()
    return url


def sizes(connection: Connection, folder: Path) -> list[tuple[str, int, int, int, int]]:
    """Return for each table with rows: its rows, the bytes of rows and of indexes, and of its file."""
    found = []
    for name, data, index in connection.execute(_SIZES).all():
        rows = connection.exec_driver_sql(f"SELECT COUNT(*) FROM {name}").scalar_one()
        files = [file.stat().st_size for file in folder.rglob(f"oi/{name}.ibd")]
        if rows > 1:
            found.append((name, rows, int(data), int(index), sum(files)))
    return sorted(found, key=lambda one: -one[4])


def table(found: list[tuple[str, int, int, int, int]]) -> str:
    lines = [
        "| table | rows a day | bytes a row | of them indexes | MiB a day | GiB a year |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, rows, data, index, _file in found:
        a_day = (data + index) / DAYS
        lines.append(
            f"| `{name}` | {rows / DAYS:,.0f} | {(data + index) / rows:,.0f} | {index / rows:,.0f} "
            f"| {a_day / MIB:.1f} | {a_day * YEAR / MIB / 1024:.2f} |"
        )
    in_all = sum(data + index for _, _, data, index, _ in found) / DAYS
    return "\n".join([*lines, f"| together | | | | {in_all / MIB:.1f} | {in_all * YEAR / MIB / 1024:.2f} |"])


def backed_up(url: str, folder: Path, progress: Progress) -> str:
    began = time.perf_counter()
    made = make_backup(url, None, folder, WallClock(), progress)
    size = sum(file.stat().st_size for file in folder.iterdir())
    return f"backup: {made.rows:,} rows, {size / MIB:,.0f} MiB, {time.perf_counter() - began:.0f} s"


def archived(url: str, folder: Path, progress: Progress) -> str:
    began = time.perf_counter()
    moved = list(move_old_days(url, folder, None, KEPT, progress))
    took = time.perf_counter() - began
    assert len(moved) == len(ARCHIVED) * (DAYS - KEPT)
    files = {one.table.name: list((folder / one.table.name).glob("*.parquet")) for one in ARCHIVED}
    days = {name: sum(file.stat().st_size for file in of) / len(of) / MIB for name, of in files.items()}
    return f"archive of {DAYS - KEPT} days: {took:.0f} s; MiB a day: {days}"


def test_what_a_year_needs(tmp_path):
    tell = partial(print, flush=True)
    with local_database(tmp_path / "server", SETTINGS) as (_, server_url):
        began = time.perf_counter()
        url = filled(server_url)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            tell(f"\n{connection.exec_driver_sql('SELECT VERSION()').scalar_one()}")
            tell(f"{DAYS} days filled in {time.perf_counter() - began:.0f} s")
            tell(table(sizes(connection, tmp_path)))
            tell(f"files: {on_disk(connection, tmp_path):,.0f} MiB")
            tell(backed_up(url, tmp_path / "kept", Silent()))
            tell(archived(url, tmp_path / "archive", Silent()))
            tell(f"files afterwards: {on_disk(connection, tmp_path):,.0f} MiB")
            for one in ARCHIVED:
                connection.exec_driver_sql(f"OPTIMIZE TABLE {one.table.name}")
            tell(f"files after OPTIMIZE TABLE: {on_disk(connection, tmp_path):,.0f} MiB")
        engine.dispose()


def on_disk(connection: Connection, folder: Path) -> float:
    return sum(one[4] for one in sizes(connection, folder)) / MIB
