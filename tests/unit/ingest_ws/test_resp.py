"""Redis' protocol, and what is kept of what was written in it."""

from ingest_ws.core import resp
from ingest_ws.core.resp import Kept, bulks


def test_arguments_say_how_many_bytes_they_have_and_not_how_many_letters():
    assert bulks("ltp", "₹5") == b"$3\r\nltp\r\n$4\r\n\xe2\x82\xb95\r\n"


def test_what_is_kept_is_made_once_and_forgotten_when_there_is_too_much(monkeypatch):
    monkeypatch.setattr(resp, "KEPT", 2)
    made = []
    kept = Kept(lambda key: made.append(key) or key * 2)

    assert [kept[key] for key in (1, 1, 2, 1, 3, 1)] == [2, 2, 4, 2, 6, 2]
    assert made == [1, 2, 3, 1]
    assert len(kept) == 2
