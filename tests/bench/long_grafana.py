"""How long each query of the dashboards takes on 60 trading days of four indices, and by which index it reads.

Grafana asks anew every 30 seconds, so the pages a dashboard needs are in memory: each query is asked once before it is timed.
Waits for other queries and Grafana's own work are not in it.
"""

import statistics
import time

from sqlalchemy import create_engine

from oi_common.migrations import upgrade
from support import grafana_ledger
from support.databases import local_database, run_sql
from support.grafana import expanded
from support.grafana_queries import DAY_SEEN, connected, queries, steps

SIZE = grafana_ledger.Size(days=60, strikes=41)
# The buffer pool is that of docker-compose.yml; a long log makes the filling quicker.
SETTINGS = {"innodb-buffer-pool-size": "256M", "innodb-log-file-size": "1G"}
ROUNDS = 7
SHOULD_TAKE = 0.2  # seconds


def filled(server_url):
    run_sql(server_url, "CREATE DATABASE oi CHARACTER SET utf8mb4")
    url = f"{server_url.partition('?')[0].rstrip('/')}/oi"
    upgrade(url)
    engine, began = create_engine(url), time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        grafana_ledger.fill(connection, SIZE)
        found = {
            name: connection.exec_driver_sql(f"SELECT COUNT(*) FROM {name}").scalar_one()
            for name in ("option_snapshots", "chain_buckets", "oi_changes", "decision_outcomes")
        }
    engine.dispose()
    print(f"\nfilled in {time.perf_counter() - began:.0f} s: {found}")  # noqa: T201 - its purpose
    return url


def timed(cursor, statement):
    """Return the median and the best time of a statement, its rows fetched, and how many they are."""
    cursor.execute(statement)
    rows = len(cursor.fetchall())
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        cursor.execute(statement)
        cursor.fetchall()
        took.append(time.perf_counter() - began)
    return statistics.median(took), min(took), rows


def measured(grafana):
    """Print a line for each query; yield its name and its best time, which what else the machine does disturbs least."""
    print("| dashboard | query | median ms | best ms | rows | read by |")  # noqa: T201
    print("| --- | --- | --- | --- | --- | --- |")  # noqa: T201
    with grafana.cursor() as cursor:
        for query in queries():
            statement = expanded(query.sql, DAY_SEEN)
            way = "; ".join(str(step) for step in steps(cursor, statement))
            median, best, rows = timed(cursor, statement)
            print(  # noqa: T201 - its purpose
                f"| {query.board} | {query.name} | {1000 * median:.1f} | {1000 * best:.1f} | {rows} | {way} |"
            )
            yield query.name, best


def test_every_query_of_a_day_is_answered_in_time(tmp_path):
    with local_database(tmp_path, SETTINGS) as (_, server_url), connected(filled(server_url)) as grafana:
        slow = [(name, best) for name, best in measured(grafana) if best > SHOULD_TAKE]

        assert slow == []
