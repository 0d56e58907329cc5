from redis.crc import key_slot

from oi_common.slots import tag_of


def test_a_key_with_the_streams_tag_lies_in_the_streams_slot():
    for stream in ("oi:polls:{NIFTY}", "oi:polls:{NIFTY}:dead", "oi:alerts"):
        assert key_slot(f"oi:once:{tag_of(stream)}:an-id".encode()) == key_slot(stream.encode())
