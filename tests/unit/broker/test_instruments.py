import json
from datetime import date, datetime, timedelta
from math import isnan

import pytest
from prometheus_client import REGISTRY

from oi_common.broker.instruments import load_instruments
from oi_common.broker.master import MasterRules
from oi_common.broker.settings import BrokerSettings
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST
from support.file_server import Reply, serving
from support.masters import NIFTY, chain, master, row

MORNING = datetime(2026, 8, 6, 8, 45, tzinfo=IST)
FEW = MasterRules(least_rows=3)
OTHERS = json.dumps([NIFTY, *(row(str(n), "X11AUG26100CE", "X", strike=100) for n in range(5))]).encode()


class Standing:
    """A clock that stands still."""

    def __init__(self, at=MORNING):
        self.at = at

    def now(self):
        return self.at


@pytest.fixture
def served():
    """(the file's URL, the reply it gives)."""
    reply = Reply(master())
    with serving(reply) as url:
        yield url, reply


def settings(url, folder, *names):
    return BrokerSettings(
        angel_api_key="k",
        angel_client_code="A1",
        angel_pin="4321",
        angel_totp_secret="JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
        angel_master_url=url,
        data_dir=folder,
        indices=names or ("NIFTY",),
    )


def counted(outcome):
    return REGISTRY.get_sample_value("oi_broker_master_loads_total", {"outcome": outcome}) or 0


async def test_a_good_master_is_kept_whole(served, tmp_path):
    url, reply = served

    await load_instruments(settings(url, tmp_path), Standing(), FEW)

    assert [file.name for file in tmp_path.iterdir()] == ["instruments.json"]
    assert (tmp_path / "instruments.json").read_bytes() == reply.body


async def test_the_connection_is_kept_for_the_next_download(served, tmp_path):
    url, reply = served

    for _ in range(3):
        await load_instruments(settings(url, tmp_path), Standing(), FEW)

    assert len(reply.connections) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"body": b"null"},
        {"body": master()[:-700]},
        {"body": b"Service Unavailable", "status": 503},
        {"body": b"[]"},
        {"body": OTHERS},
        {"body": json.dumps(chain()).encode()},
        {"missing": 20},
    ],
)
async def test_the_last_good_master_serves_when_todays_is_not_to_be_had(served, tmp_path, broken):
    url, reply = served
    await load_instruments(settings(url, tmp_path), Standing(), FEW)
    for fact, value in broken.items():
        setattr(reply, fact, value)
    before = counted("kept")

    found = await load_instruments(settings(url, tmp_path), Standing(MORNING + timedelta(days=1)), FEW)

    assert found.expiries("NIFTY", on=date(2026, 8, 7))
    assert found.downloaded_at == MORNING
    assert counted("kept") == before + 1
    assert (tmp_path / "instruments.json").read_bytes() == master()


async def test_the_age_is_that_of_the_copy_in_use(served, tmp_path):
    url, reply = served
    clock = Standing()
    await load_instruments(settings(url, tmp_path), clock, FEW)
    clock.at += timedelta(days=1)
    reply.body = b"null"
    await load_instruments(settings(url, tmp_path), clock, FEW)
    kept = REGISTRY.get_sample_value("oi_broker_master_age_seconds")
    reply.body = master()
    await load_instruments(settings(url, tmp_path), clock, FEW)
    clock.at += timedelta(minutes=1)

    fresh = REGISTRY.get_sample_value("oi_broker_master_age_seconds")

    assert not isnan(kept)
    assert (kept, fresh) == (86_400.0, 60.0)


async def test_without_any_good_master_it_is_unavailable(served, tmp_path):
    url, reply = served
    reply.status = 503

    with pytest.raises(Unavailable, match=r"503.*no earlier copy"):
        await load_instruments(settings(url, tmp_path), Standing(), FEW)


async def test_an_earlier_copy_that_is_of_no_use_either_is_said_with_both_reasons(served, tmp_path):
    url, reply = served
    reply.body = b"null"
    (tmp_path / "instruments.json").write_bytes(master()[:-700])

    with pytest.raises(Unavailable, match=r"got `null`.*; and the earlier copy in .*truncated"):
        await load_instruments(settings(url, tmp_path), Standing(), FEW)


async def test_a_name_that_no_master_lists_is_a_setting_to_change(served, tmp_path):
    url, _ = served
    await load_instruments(settings(url, tmp_path), Standing(), FEW)

    with pytest.raises(
        Misconfigured, match=r"INDICES: .*no options of BANKNIFTY; the nearest names are NIFTY"
    ):
        await load_instruments(settings(url, tmp_path, "NIFTY", "BANKNIFTY"), Standing(), FEW)


async def test_a_server_that_is_away_is_unavailable(tmp_path, free_port):
    with pytest.raises(Unavailable, match="cannot be downloaded"):
        await load_instruments(settings(f"http://127.0.0.1:{free_port}/x", tmp_path), Standing(), FEW)


async def test_a_master_that_cannot_be_kept_is_used_all_the_same(served, tmp_path):
    url, _ = served
    (tmp_path / "instruments.json").mkdir()

    found = await load_instruments(settings(url, tmp_path), Standing(), FEW)

    assert found.expiries("NIFTY", on=date(2026, 8, 6))
    assert [file.name for file in tmp_path.iterdir()] == ["instruments.json"]
