"""The packets against vectors that smartapi-python 1.5.5 decodes to values users printed from the live feed."""

import struct
from datetime import datetime

import pytest

from oi_common.market.buckets import IST
from simulator.core.market import Level
from simulator.core.packets import LTP, QUOTE, SNAP_QUOTE, packet
from simulator.testing import fixed_quote

RELIANCE_LTP = (
    "01013238383500000000000000000000000000000000000000000017209a00000000009067ea8f96010000102a020000000000"
)
INFY_QUOTE = (
    "020131353934000000000000000000000000000000000000000000b85f0f000000000088be2de29301000013fe020000000000"
    "05000000000000008301030000000000938809000000000000000000b86003410000000010190e418b030300000000006b0503"
    "0000000000b9fd0200000000003cf8020000000000"
)
INFY_SNAP_QUOTE = (
    "0301313539340000000000000000000000000000000000000000007cc8b80000000000c01e1102940100000fe9020000000000"
    "0300000000000000b3e90200000000009a7e2000000000000000000088610b4100000000f0090e41b9e9020000000000e7ed02"
    "000000000016e7020000000000b9e9020000000000b8126d67000000008049aa0400000000d1ea3659aee29e3f010002000000"
    "00000000ece8020000000000020001000700000000000000bae8020000000000010001002f00000000000000b5e80200000000"
    "00030001006700000000000000b0e802000000000003000100aa00000000000000abe8020000000000070000002b0000000000"
    "00000fe902000000000003000000530000000000000014e902000000000003000000630000000000000019e902000000000002"
    "000000cd000000000000001ee902000000000006000000620100000000000023e902000000000009004b34030000000000279f"
    "020000000000c50f0300000000009b12020000000000"
)
NIFTY_OPTION_SNAP_QUOTE = (
    "030235343738360000000000000000000000000000000000000000f225e9010000000058be808294010000dc64000000000000"
    "4b00000000000000674d000000000000fe8838040000000000000000ee77224100000000e83311414650000000000000146900"
    "00000000004641000000000000cc47000000000000e5f38d6700000000d0962f00000000007a6188a961ffdd3f0100c2010000"
    "00000000d764000000000000030001007701000000000000d264000000000000040001005802000000000000cd640000000000"
    "00070001006810000000000000c864000000000000130001009600000000000000c36400000000000002000000960000000000"
    "00000e650000000000000200000091050000000000001365000000000000050000002c01000000000000186500000000000003"
    "000000bd0600000000000022650000000000000a000000390300000000000027650000000000000800cd1d0100000000000500"
    "0000000000001e1d0100000000000000000000000000"
)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, IST)


def garbage(bits: int) -> float:
    """Return the double whose bytes the client prints as this integer."""
    return struct.unpack("<d", struct.pack("<q", bits))[0]


def levels(*steps: tuple[int, int, int]) -> tuple[Level, ...]:
    return tuple(Level(paise / 100, quantity, orders) for paise, quantity, orders in steps)


def test_an_ltp_packet_is_the_51_bytes_of_the_captured_values():
    quote = fixed_quote(ltp=1418.40, fed_at=moment(1746171226))

    built = packet(LTP, "NSE", "2885", quote, sequence=10100759)

    assert built.hex() == RELIANCE_LTP
    assert len(built) == 51


def test_a_quote_packet_is_the_123_bytes_of_the_captured_values():
    quote = fixed_quote(
        ltp=1961.15,
        fed_at=moment(1734666469),
        last_quantity=5,
        average_price=1969.95,
        volume=624787,
        total_buy=158743,
        total_sell=246562,
        open=1975.15,
        high=1979.95,
        low=1960.25,
        close=1946.20,
    )

    built = packet(QUOTE, "NSE", "1594", quote, sequence=1007544)

    assert built.hex() == INFY_QUOTE
    assert len(built) == 123


def test_a_snap_quote_packet_is_the_379_bytes_of_the_captured_values():
    quote = fixed_quote(
        ltp=1907.35,
        fed_at=moment(1735201464),
        traded_at=moment(1735201464),
        last_quantity=3,
        average_price=1908.99,
        volume=2129562,
        total_buy=224305,
        total_sell=246078,
        open=1909.05,
        high=1919.75,
        low=1902.30,
        close=1909.05,
        oi=78268800,
        upper_circuit=2099.95,
        lower_circuit=1718.15,
        high_52_weeks=2006.45,
        low_52_weeks=1358.35,
        buy=levels((190700, 2, 2), (190650, 7, 1), (190645, 47, 3), (190640, 103, 3), (190635, 170, 7)),
        sell=levels((190735, 43, 3), (190740, 83, 3), (190745, 99, 2), (190750, 205, 6), (190755, 354, 9)),
    )

    built = packet(
        SNAP_QUOTE, "NSE", "1594", quote, sequence=12109948, oi_change=garbage(4584350709158701777)
    )

    assert built.hex() == INFY_SNAP_QUOTE
    assert len(built) == 379


def test_an_options_snap_quote_packet_is_the_379_bytes_of_the_captured_values():
    quote = fixed_quote(
        ltp=258.20,
        fed_at=moment(1737356263),
        traded_at=moment(1737356261),
        last_quantity=75,
        average_price=198.15,
        volume=70813950,
        total_buy=605175,
        total_sell=281850,
        open=205.50,
        high=269.00,
        low=167.10,
        close=183.80,
        oi=3118800,
        upper_circuit=731.65,
        lower_circuit=0.05,
        high_52_weeks=729.90,
        low_52_weeks=0.0,
        buy=levels((25815, 450, 3), (25810, 375, 4), (25805, 600, 7), (25800, 4200, 19), (25795, 150, 2)),
        sell=levels((25870, 150, 2), (25875, 1425, 5), (25880, 300, 3), (25890, 1725, 10), (25895, 825, 8)),
    )

    built = packet(
        SNAP_QUOTE, "NFO", "54786", quote, sequence=32056818, oi_change=garbage(4602115189163712890)
    )

    assert built.hex() == NIFTY_OPTION_SNAP_QUOTE


def test_an_index_has_a_book_of_nothing_but_zeros():
    built = packet(SNAP_QUOTE, "NSE", "99926000", fixed_quote(buy=(), sell=()), sequence=0)

    assert built[147:347] == bytes(200)


def test_a_thin_book_is_padded_with_empty_steps_that_keep_their_side():
    quote = fixed_quote(buy=levels((10000, 75, 1)), sell=())

    built = packet(SNAP_QUOTE, "NFO", "43521", quote, sequence=1)

    flags = [struct.unpack_from("<h", built, 147 + 20 * step)[0] for step in range(10)]
    assert flags == [1] * 5 + [0] * 5
    assert built[167:347] == b"".join([b"\x01" + bytes(19)] * 4 + [bytes(20)] * 5)


@pytest.mark.parametrize(("mode", "length"), [(LTP, 51), (QUOTE, 123), (SNAP_QUOTE, 379)])
def test_a_long_token_fills_all_of_its_field(mode, length):
    token = "1234567890" * 2 + "12345"

    built = packet(mode, "MCX", token, fixed_quote(), sequence=1)

    assert built[2:27] == token.encode()
    assert len(built) == length
