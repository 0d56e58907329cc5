import base64
import json
from datetime import datetime

import pytest

from oi_common.broker.tokens import Tokens, expiry_of
from oi_common.market.buckets import IST


def jwt(claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzUxMiJ9.{payload}.c2ln"


def test_a_jwt_itself_says_when_it_ends():
    midnight = datetime(2026, 8, 7, tzinfo=IST)

    assert expiry_of(jwt({"exp": int(midnight.timestamp())})) == midnight


@pytest.mark.parametrize(
    "text", ["", "opaque", "a.b.c", jwt({}), jwt({"exp": "soon"}), jwt([]), jwt({"exp": 1e30})]
)
def test_a_token_that_does_not_say_so_is_believed_until_it_is_refused(text):
    assert expiry_of(text) is None


def test_tokens_are_never_shown():
    tokens = Tokens(jwt="secret-jwt", refresh="secret-refresh", feed="secret-feed")

    assert "secret" not in repr(tokens)
