import json
import struct

import pytest

from simulator.core.faults import Switchboard
from simulator.core.feed import Drip, Ending, Feed
from simulator.core.tally import Tally
from simulator.testing import CALL, NIFTY, PUT, FixedMarket, moment

NOW = moment(10)


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def faults(tally):
    switches = Switchboard(tally)
    switches.turn({"ws_snapshot": False}, NOW)
    return switches


@pytest.fixture
def feed(faults, tally):
    return Feed(FixedMarket(), faults, tally, most_ticks_per_second=1000)


def subscribe(*instruments, mode=1, action=1):
    kinds = {"NSE": 1, "NFO": 2}
    lists = [{"exchangeType": kinds[each.exchange], "tokens": [each.token]} for each in instruments]
    return json.dumps({"action": action, "params": {"mode": mode, "tokenList": lists}})


def listener(feed, *instruments, mode=1, client="A"):
    number = feed.open(client)
    assert feed.hear(number, subscribe(*instruments, mode=mode), NOW) == []
    return number


def sequence(frame):
    return struct.unpack_from("<q", frame, 27)[0]


def test_a_socket_hears_what_it_subscribed_and_no_more(feed):
    first, second = listener(feed, CALL), listener(feed, PUT, mode=2)

    heard = feed.beat(NOW, 0.04)

    assert [len(frame) for frame in heard[first]] == [51]
    assert [len(frame) for frame in heard[second]] == [123]


def test_sockets_with_the_same_subscription_share_one_packet(feed):
    first, second = listener(feed, CALL), listener(feed, CALL)

    heard = feed.beat(NOW, 0.04)

    assert heard[first][0] is heard[second][0]


def test_a_token_in_three_modes_is_three_packets_a_second(feed):
    number = listener(feed, CALL)
    for mode in (2, 3):
        feed.hear(number, subscribe(CALL, mode=mode), NOW)

    assert sorted(map(len, feed.beat(NOW, 0.04)[number])) == [51, 123, 379]


def test_sequences_rise_on_each_exchange_and_indexes_have_none(feed):
    number = listener(feed, CALL, NIFTY)
    frames = [*feed.beat(NOW, 0.04)[number], *feed.beat(moment(10, 0, 1), 0.04)[number]]

    assert [sequence(frame) for frame in frames if frame[1] == 2] == [1, 2]
    assert [sequence(frame) for frame in frames if frame[1] == 1] == [0, 0]


def test_a_fourth_socket_of_a_client_is_refused_and_another_clients_is_not(feed):
    numbers = [feed.open("A") for _ in range(3)]

    assert feed.open("A") is None
    assert feed.open("B") is not None
    feed.close(numbers[0])
    assert feed.open("A") is not None


def test_a_closed_socket_hears_nothing_and_is_not_counted(feed, tally):
    number = listener(feed, CALL)

    feed.close(number)

    assert feed.beat(NOW, 0.04) == {}
    assert (tally.socket["open"], tally.socket["subscriptions"]) == (0, 0)


def test_a_snapshot_is_sent_at_subscription_only_for_what_is_new(feed, faults):
    number = listener(feed, CALL)
    faults.turn({"ws_snapshot": True}, NOW)

    frames = feed.hear(number, subscribe(CALL, PUT), NOW)

    assert [frame[2:7] for frame in frames] == [PUT.token.encode()]


def test_a_ping_is_answered_with_a_pong(feed):
    assert feed.hear(feed.open("A"), "ping", NOW) == ["pong"]


@pytest.mark.parametrize(("switch", "ending"), [("ws_close", Ending.CLEAN), ("ws_reset", Ending.RESET)])
def test_an_ending_reaches_every_socket_once(feed, faults, switch, ending):
    numbers = [listener(feed, CALL), listener(feed)]
    faults.turn({switch: True}, NOW)

    assert feed.beat(NOW, 0.04) == {number: [ending] for number in numbers}
    assert ending not in feed.beat(moment(10, 0, 1), 0.04)[numbers[0]]


def test_an_ending_waits_for_somebody_to_end(feed, faults):
    faults.turn({"ws_close": True}, NOW)
    assert feed.beat(NOW, 0.04) == {}

    number = feed.open("A")

    assert feed.beat(NOW, 0.04) == {number: [Ending.CLEAN]}


def test_a_stall_keeps_every_packet_back(feed, faults):
    listener(feed, CALL)
    faults.turn({"ws_stall": True}, NOW)

    assert feed.beat(NOW, 0.04) == {}


def test_a_slow_drip_strikes_one_packet_and_leaves_it_whole(feed, faults, tally):
    number = listener(feed, CALL, PUT)
    faults.turn({"ws_slow_drip": 40}, NOW)

    slow, usual = feed.beat(NOW, 0.04)[number]

    assert isinstance(slow, Drip)
    assert (len(slow.packet), slow.bytes_per_second) == (len(usual), 40)
    assert tally.faults["ws_slow_drip"] == 1


def test_packets_are_counted(feed, tally):
    listener(feed, CALL, PUT)

    feed.beat(NOW, 0.04)

    assert tally.socket["packets"] == 2
