"""Of Redis a backup keeps what nobody can make again."""

import redis

from support.exporting import run_oi

STREAM, SPENT = "oi:polls:{NIFTY}:dead", "oi:ai:spent:{2026-11-20}"


def buried(client, number, field):
    return client.xadd(STREAM, {b"quotes": field, "dead_reason": "no JSON"}, id=f"{number}-1")


def test_dead_letters_and_spending_come_back(filled, redis_url, monkeypatch, tmp_path):
    monkeypatch.setenv("REDIS_URL", redis_url)
    with redis.Redis.from_url(redis_url) as client:
        for number in range(1, 451):
            buried(client, number, b"\xff\x00" + str(number).encode())
        client.set(SPENT, 1_250_000, ex=3600)
        before = client.xrange(STREAM)
        run_oi("backup", "--out", tmp_path / "kept")
        client.flushall()

        said = run_oi("restore", tmp_path / "kept", "--into", f"sqlite:///{tmp_path}/a.db", "--with-redis")
        again = run_oi("restore", tmp_path / "kept", "--into", f"sqlite:///{tmp_path}/b.db", "--with-redis")

        assert client.xrange(STREAM) == before
        assert client.get(SPENT) == b"1250000"
        assert 0 < client.ttl(SPENT) <= 3600
    assert "Redis: 451 of 451 put back" in said
    assert "Redis: 0 of 451 put back" in again


def test_without_redis_the_database_is_kept_and_the_rest_is_said(filled, free_port, monkeypatch, tmp_path):
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port}/0")

    said = run_oi("backup", "--out", tmp_path / "kept")

    assert "dead letters and the models' spending are NOT in this backup" in said
    assert not (tmp_path / "kept" / "redis.jsonl").exists()
    assert (tmp_path / "kept" / "manifest.json").exists()
