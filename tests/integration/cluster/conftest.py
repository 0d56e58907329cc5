"""A real Redis Cluster: one for the tests that leave it as it is, and one of a test's own to kill a node of."""

import pytest

from oi_common.connections import connect_redis
from support.redis_cluster import redis_cluster


@pytest.fixture(scope="session")
def session_cluster(tmp_path_factory):
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def cluster(session_cluster):
    """A cluster without data, whose nodes all live."""
    session_cluster.empty()
    return session_cluster


@pytest.fixture
def own_cluster(tmp_path):
    """A cluster whose nodes a test may kill."""
    with redis_cluster(tmp_path / "own-cluster") as running:
        yield running


@pytest.fixture
async def redis(cluster):
    client = connect_redis(cluster.url)
    yield client
    await client.aclose()
