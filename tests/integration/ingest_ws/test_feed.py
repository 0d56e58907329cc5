"""The feed against the simulated exchange and a real Redis: ticks arrive, and nothing the exchange does ends it."""

import json
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from oi_common.events import TickReceived
from oi_common.wire import decode

NIFTY, VIX = "oi:ticks:{NIFTY}", "oi:ticks:{INDIAVIX}"


async def newest(redis, stream=NIFTY, count=500):
    return [decode(TickReceived, fields) for _, fields in await redis.xrevrange(stream, count=count)]


def counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


@pytest.fixture
def more_ticks(redis, until):
    """Wait until the stream has grown: the feed lives."""

    async def wait_for_more(by=50):
        length = await redis.xlen(NIFTY)

        async def grown():
            return await redis.xlen(NIFTY) >= length + by

        await until(grown)

    return wait_for_more


@pytest.fixture
def turn(exchange, clock):
    def turn_switches(**switches):
        exchange.exchange.faults.turn(switches, clock.now())

    return turn_switches


async def test_index_future_and_chain_arrive_on_the_underlyings_stream(feeding, redis, until, more_ticks):
    await until(lambda: feeding.is_subscribed)
    await more_ticks(100)

    ticks = await newest(redis)
    index = next(tick for tick in ticks if tick.segment == "NSE")
    future = next(tick for tick in ticks if tick.expiry and not tick.strike)
    option = next(tick for tick in ticks if tick.option_type == "CE")
    assert index.symbol.upper().startswith("NIFTY")
    assert (index.oi, index.volume, index.bid) == (None, None, None)
    assert index.prev_close
    assert future.oi
    assert option.bid < option.ask
    assert option.index_name == "NIFTY"
    assert abs(option.strike - index.ltp) < 1000
    assert len({tick.event_id for tick in ticks}) == len(ticks)


async def test_the_vix_has_a_partition_of_its_own(feeding, redis, until):
    await until(lambda: redis.exists(VIX))

    [tick] = await newest(redis, VIX, 1)
    assert tick.index_name == "INDIAVIX"
    assert tick.strike is None


async def test_the_newest_entry_reads_like_a_record(feeding, redis, more_ticks):
    await more_ticks()

    [(entry_id, fields)] = await redis.xrevrange(NIFTY, count=1)
    assert list(fields)[:8] == [
        "v",
        "event_id",
        "segment",
        "token",
        "symbol",
        "exchange_time",
        "received_at",
        "ltp",
    ]
    assert int(entry_id.split("-")[0]) > 1_700_000_000_000


async def test_a_tick_says_both_the_exchanges_time_and_when_it_came(feeding, redis, more_ticks):
    await more_ticks()

    [tick] = await newest(redis, count=1)
    assert timedelta(0) <= tick.received_at - tick.exchange_time < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("switch", "reason"),
    [("ws_reset", "lost"), ("ws_close", "closed")],
)
async def test_a_connection_that_ends_is_opened_again_and_told_everything(
    feeding, redis, until, more_ticks, turn, exchange, switch, reason
):
    await until(lambda: feeding.is_subscribed)
    ended = counted("oi_ingest_ws_sockets_ended_total", reason=reason)
    held = exchange.exchange.tally.socket["subscriptions"]

    turn(**{switch: True})
    await until(lambda: counted("oi_ingest_ws_sockets_ended_total", reason=reason) > ended)

    await until(lambda: feeding.is_subscribed)
    await until(lambda: exchange.exchange.tally.socket["subscriptions"] >= held)
    await more_ticks()


@pytest.mark.parametrize(
    ("switch", "reason"), [("ws_truncated", "unreadable"), ("ws_unknown_mode", "unreadable")]
)
async def test_bad_packets_are_skipped_and_the_connection_stays(
    feeding, until, more_ticks, turn, exchange, switch, reason
):
    await until(lambda: feeding.is_subscribed)
    skipped = counted("oi_ingest_ws_packets_skipped_total", reason=reason)
    opened = exchange.exchange.tally.socket["opened"]

    turn(**{switch: {"times": 20}})

    await until(lambda: counted("oi_ingest_ws_packets_skipped_total", reason=reason) >= skipped + 20)
    await more_ticks()
    assert exchange.exchange.tally.socket["opened"] == opened


async def test_a_stall_behind_live_pongs_is_noticed_and_the_socket_replaced(
    feeding, until, more_ticks, turn, exchange
):
    await until(lambda: feeding.is_subscribed)
    ended = counted("oi_ingest_ws_sockets_ended_total", reason="no_ticks")

    turn(ws_stall=True)
    await until(lambda: counted("oi_ingest_ws_sockets_ended_total", reason="no_ticks") > ended)
    turn(ws_stall=False)

    await more_ticks()


async def test_text_garbage_is_counted_and_survived(feeding, until, more_ticks, turn, exchange):
    await until(lambda: feeding.is_subscribed)
    said = counted("oi_ingest_ws_socket_errors_total", code="unreadable")
    opened = exchange.exchange.tally.socket["opened"]

    turn(ws_text_garbage={"times": 10})

    await until(lambda: counted("oi_ingest_ws_socket_errors_total", code="unreadable") >= said + 10)
    await more_ticks()
    assert exchange.exchange.tally.socket["opened"] == opened


async def test_a_refused_request_is_read_and_counted_by_its_code(feeding, until, more_ticks):
    await until(lambda: feeding.is_subscribed)
    refused = counted("oi_ingest_ws_socket_errors_total", code="E1001")

    feeding._line.say([json.dumps({"correlationID": "bad", "action": 9})])

    await until(lambda: counted("oi_ingest_ws_socket_errors_total", code="E1001") > refused)
    await more_ticks()


async def test_revoked_tokens_are_renewed_once_and_the_feed_goes_on(
    feeding, until, more_ticks, turn, exchange
):
    await until(lambda: feeding.is_subscribed)
    unauthorized = counted("oi_ingest_ws_sockets_ended_total", reason="unauthorized")
    exchange.exchange._accounts.revoke_all()

    turn(ws_reset=True)

    await until(
        lambda: counted("oi_ingest_ws_sockets_ended_total", reason="unauthorized") == unauthorized + 1
    )
    await more_ticks()


async def test_a_crowded_broker_is_asked_again_later(feeding, until, more_ticks, turn):
    await until(lambda: feeding.is_subscribed)
    refused = counted("oi_ingest_ws_sockets_ended_total", reason="too_many")

    turn(ws_refused={"value": 429, "times": 2}, ws_close=True)

    await until(lambda: counted("oi_ingest_ws_sockets_ended_total", reason="too_many") == refused + 2)
    await more_ticks()
