"""The servers of the tests have the settings of production, and each test finds them as new."""

import pytest
import redis
from sqlalchemy import create_engine, inspect, text

from support.redis_servers import is_redis_up


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.mark.parametrize(
    ("setting", "value"),
    [("appendonly", "yes"), ("appendfsync", "always"), ("maxmemory-policy", "noeviction"), ("save", "")],
)
def test_redis_has_the_settings_of_production(client, setting, value):
    assert client.config_get(setting) == {setting: value}


@pytest.mark.parametrize("time", ["first", "second"])
def test_redis_is_empty_each_time(client, time):
    assert client.dbsize() == 0

    client.set(time, "left behind")


def test_a_killed_redis_has_lost_nothing_when_it_is_back(own_redis):
    process, url = own_redis
    with redis.Redis.from_url(url) as client:
        client.set("kept", "1")

        process.kill()
        assert not is_redis_up(url)

        process.start()
        process.wait_until(lambda: is_redis_up(url), within=10)
        assert client.get("kept") == b"1"


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_migrated_database_is_without_rows_each_time(any_database_url, time):
    database = create_engine(any_database_url)
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM services")).scalar_one() == 0

        left_behind = "INSERT INTO services VALUES ('x', :time, 1, '2026-01-01', '2026-01-01', 'ready')"
        connection.execute(text(left_behind), {"time": time})


def test_an_empty_database_has_no_tables(empty_database_url):
    assert inspect(create_engine(empty_database_url)).get_table_names() == []


def test_the_server_speaks_utf8mb4_and_reads_what_is_committed(database_url):
    # MariaDB and MySQL call the same setting by different names.
    asked = "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation', 'character_set_server')"
    with create_engine(database_url).connect() as connection:
        found = {value for _, value in connection.execute(text(asked))}

    assert found == {"READ-COMMITTED", "utf8mb4"}
