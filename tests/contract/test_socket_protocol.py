"""The market socket, spoken to frame by frame."""

import json
import socket
import struct

import pytest
import websocket

from simulator.testing import CALL, SBIN, Serving, moment


@pytest.fixture
def credentials(session, exchange):
    return {
        "Authorization": f"Bearer {session.access_token}",
        "x-api-key": exchange.account.api_key,
        "x-client-code": exchange.account.client,
        "x-feed-token": session.feed_token,
    }


@pytest.fixture
def dial(exchange, credentials):
    opened = []

    def connect(headers=None, query=""):
        ws = websocket.create_connection(
            exchange.ws_url + query, header=credentials if headers is None else headers, timeout=20
        )
        opened.append(ws)
        return ws

    yield connect
    for ws in opened:
        ws.close()


def request(*tokens, mode=1, action=1, exchange_type=2):
    return json.dumps(
        {
            "correlationID": "abcde12345",
            "action": action,
            "params": {"mode": mode, "tokenList": [{"exchangeType": exchange_type, "tokens": list(tokens)}]},
        }
    )


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Authorization", "Invalid Header - Invalid Auth token"),
        ("x-client-code", "Invalid Header - Invalid Client Code"),
        ("x-api-key", "Invalid Header - Invalid API Key"),
        ("x-feed-token", "Invalid Header - Invalid Feed Token"),
    ],
)
def test_a_wrong_header_is_401_with_the_reason(dial, credentials, header, reason):
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        dial({**credentials, header: "wrong"})

    assert refused.value.status_code == 401
    assert refused.value.resp_headers["x-error-message"] == reason


def test_client_code_and_feed_token_are_enough(dial, credentials):
    ws = dial({name: credentials[name] for name in ("x-client-code", "x-feed-token")})

    ws.send("ping")

    assert ws.recv() == "pong"


def test_a_browser_may_put_its_credentials_into_the_query(dial, credentials):
    feed_token, client = credentials["x-feed-token"], credentials["x-client-code"]

    ws = dial({}, f"?clientCode={client}&feedToken={feed_token}&apiKey=simulated")
    ws.send("ping")

    assert ws.recv() == "pong"


def test_the_fourth_socket_is_429_until_one_is_closed(dial, stats, until):
    first = dial()
    dial()
    dial()
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        dial()
    assert refused.value.status_code == 429

    first.close()
    until(lambda: stats()["socket"]["open"] == 2)

    assert dial().connected
    assert stats()["socket"]["429"] == 1


def test_a_protocol_ping_is_answered_with_its_own_content(dial):
    ws = dial()

    ws.ping(b"are you there")

    opcode, content = ws.recv_data(control_frame=True)
    assert (opcode, content) == (websocket.ABNF.OPCODE_PONG, b"are you there")


@pytest.mark.parametrize(
    "payload",
    [
        "not json",
        "[]",
        "{}",
        request("1", mode=4),
        request("1", mode=0),
        request("1", action=2),
        request("1", exchange_type=6),
    ],
)
def test_what_cannot_be_read_is_e1001(dial, payload):
    ws = dial()

    ws.send(payload)

    answer = json.loads(ws.recv())
    assert (answer["errorCode"], answer["errorMessage"]) == ("E1001", "Invalid Request Payload.")
    assert answer["correlationID"] == ("abcde12345" if "abcde12345" in payload else "")


def test_beyond_a_thousand_is_e1002_and_leaves_what_was_there_alone(dial, stats, until):
    ws = dial()
    ws.send(request(*map(str, range(600)), mode=1))
    ws.send(request(*map(str, range(401)), mode=2))

    answer = json.loads(ws.recv())

    assert answer["errorCode"] == "E1002"
    assert answer["correlationID"] == "abcde12345"
    assert stats()["socket"]["subscriptions"] == 600
    ws.send(request(*map(str, range(600)), mode=1))  # duplicates are not counted
    ws.send(request(*map(str, range(400)), mode=2))
    until(lambda: stats()["socket"]["subscriptions"] == 1000)


def test_a_stall_is_silent_while_pongs_go_on(dial, switch, clock):
    switch(ws_stall=True)
    ws = dial()
    ws.send(request(CALL.token))
    clock.set(moment(10, 5))

    ws.send("ping")
    assert ws.recv() == "pong"
    ws.ping(b"x")
    assert ws.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"x")
    switch(ws_stall=False)
    assert len(ws.recv()) == 51


def test_a_reset_is_no_goodbye(dial, switch):
    ws = dial()

    switch(ws_reset=True)

    with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
        ws.recv()


def test_a_clean_close_says_1000(dial, switch):
    ws = dial()

    switch(ws_close=True)

    opcode, content = ws.recv_data(control_frame=True)
    assert (opcode, struct.unpack("!H", content[:2])[0]) == (websocket.ABNF.OPCODE_CLOSE, 1000)


def test_a_handshake_can_be_refused(dial, switch):
    switch(ws_refused={"value": 503, "times": 1})

    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        dial()

    assert refused.value.status_code == 503
    assert dial().connected


def heard(ws, count):
    return [ws.recv() for _ in range(count)]


def sequence(built):
    return struct.unpack_from("<q", built, 27)[0]


def test_a_duplicate_has_the_same_sequence(dial, switch):
    switch(ws_duplicate=True)
    ws = dial()

    ws.send(request(CALL.token))

    first, second = heard(ws, 2)
    assert first == second


def test_an_out_of_order_packet_has_an_older_sequence(dial, switch, clock):
    ws = dial()
    ws.send(request(CALL.token))
    before = sequence(heard(ws, 2)[-1])
    switch(ws_out_of_order={"value": True, "times": 1})

    clock.set(moment(10, 5))

    assert sequence(ws.recv()) < before


def test_frozen_timestamps_stay_at_the_moment_of_the_switch(dial, switch, clock):
    ws = dial()
    ws.send(request(CALL.token))
    heard(ws, 2)
    switch(ws_frozen_time=True)

    clock.set(moment(10, 5))

    assert struct.unpack_from("<q", ws.recv(), 35)[0] == moment(10, 1).timestamp() * 1000


def test_a_zero_ladder_is_all_zeros(dial, switch):
    switch(ws_zero_ladder=True)
    ws = dial()

    ws.send(request(CALL.token, mode=3))

    assert ws.recv()[147:347] == bytes(200)


def test_garbage_is_a_text_frame_between_the_packets(dial, switch):
    switch(ws_text_garbage={"value": True, "times": 1})
    ws = dial()

    ws.send(request(CALL.token))

    garbage, built = heard(ws, 2)
    assert isinstance(garbage, str)
    assert len(built) == 51


def test_a_burst_is_many_packets_at_once(dial, switch):
    switch(ws_burst=500)
    ws = dial()

    ws.send(request(CALL.token))

    assert len(heard(ws, 500)) == 500


@pytest.mark.parametrize(("mode", "header", "size"), [(1, 2, 51), (3, 4, 379)])
def test_a_dripping_packet_comes_in_many_pieces_that_make_one_frame(dial, switch, mode, header, size):
    switch(ws_slow_drip=size)  # about a second
    ws = dial()
    ws.send(request(CALL.token, mode=mode))

    pieces, left = [], header + size
    while left:
        pieces.append(ws.sock.recv(left))
        left -= len(pieces[-1])

    assert len(pieces) > 1
    framed = b"".join(pieces)
    assert framed[0] == 0x82  # the last of a binary message
    assert framed[header:][:7] == bytes([mode, 2]) + CALL.token.encode()
    assert len(ws.recv()) == size  # and the next one comes as ever


def test_a_pong_waits_for_the_end_of_a_dripping_packet(dial, switch, stats):
    switch(ws_slow_drip=100)
    ws = dial()
    ws.send(request(CALL.token))
    first = ws.sock.recv(1, socket.MSG_PEEK)

    ws.ping(b"x")

    assert first == b"\x82"
    frames = [ws.recv_data(control_frame=True)]
    while frames[-1][0] == websocket.ABNF.OPCODE_BINARY:
        frames.append(ws.recv_data(control_frame=True))
    assert frames[-1] == (websocket.ABNF.OPCODE_PONG, b"x")
    assert len(frames) > 1
    assert {len(content) for _, content in frames[:-1]} == {51}
    assert stats()["faults"]["ws_slow_drip"] == 1


def test_without_snapshots_nothing_comes_before_the_next_second(dial, switch, clock):
    clock.set(moment(16))
    switch(ws_snapshot=False)
    ws = dial()
    ws.send(request(CALL.token))

    ws.send("ping")

    assert ws.recv() == "pong"


def test_what_is_unknown_is_subscribed_in_silence(dial, stats, until):
    ws = dial()

    ws.send(request("999999"))
    until(lambda: stats()["socket"]["subscriptions"] == 1)
    ws.send("ping")

    assert ws.recv() == "pong"


def test_one_socket_hears_all_modes_of_a_token(dial, switch):
    switch(ws_snapshot=False)
    ws = dial()

    for mode in (1, 2, 3):
        ws.send(request(SBIN.token, mode=mode, exchange_type=1))

    assert ws.recv()[2:6] == SBIN.token.encode()


@pytest.mark.parametrize("serving", [Serving(idle_close_seconds=0.2)])
def test_a_client_that_says_nothing_is_closed_when_the_switch_says_so(dial):
    ws = dial()

    opcode, _ = ws.recv_data(control_frame=True)

    assert opcode == websocket.ABNF.OPCODE_CLOSE
