"""The bytes of a WebSocket as messages, however they are cut into pieces; websocket-client's frames are the oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import ABNF

from ingest_ws.core.received import BINARY, CLOSE, PING, PONG, TEXT, BrokenStreamError, Message, Received

contents = st.binary(max_size=140) | st.sampled_from([b"x" * 379, b"y" * 65_535, b"z" * 65_536])
messages = st.builds(
    Message, st.sampled_from([BINARY, BINARY, TEXT]), contents
) | st.builds(Message, st.sampled_from([PING, PONG, CLOSE]), st.binary(max_size=125))  # fmt: skip


def frame(opcode, content, *, is_final=True):
    written = ABNF(1 if is_final else 0, 0, 0, 0, opcode, mask_value=0, data=content)
    return written.format()


def fed(pieces):
    received, packets, others = Received(), [], []
    for piece in pieces:
        more, said = received.feed(piece)
        packets += more
        others += said
    return packets, others


@given(st.lists(messages, max_size=12), st.data())
def test_messages_are_read_wherever_the_bytes_are_cut(said, data):
    whole = b"".join(frame(*message) for message in said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))

    packets, others = fed(
        whole[begins:ends] for begins, ends in zip([0, *cuts], [*cuts, len(whole)], strict=True)
    )

    assert packets == [message.content for message in said if message.opcode == BINARY]
    assert others == [message for message in said if message.opcode != BINARY]


@pytest.mark.parametrize("opcode", [BINARY, TEXT])
def test_a_message_in_parts_is_put_together_around_a_ping(opcode):
    parts = frame(opcode, b"a", is_final=False) + frame(PING, b"p") + frame(0, b"b", is_final=False)

    packets, others = fed([parts, frame(0, b"c")])

    said = [Message(PING, b"p")]
    assert (packets, others) == (
        ([b"abc"], said) if opcode == BINARY else ([], [*said, Message(TEXT, b"abc")])
    )


@pytest.mark.parametrize(
    ("rubbish", "named"),
    [
        (b"\x83\x01a", "0x83"),
        (b"\xc2\x01a", "0xc2"),
        (b"\x09\x00", "0x09"),
        (b"\x80\x01a", "0x80 in the wrong place"),
        (b"\x82\x81maska", "masked"),
        (b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00", "4294967296 bytes"),
    ],
    ids=["opcode", "reserved bits", "ping in parts", "no beginning", "masked", "endless"],
)
def test_what_is_no_frame_of_a_server_is_named(rubbish, named):
    with pytest.raises(BrokenStreamError, match=named):
        fed([frame(BINARY, b"good"), rubbish])
