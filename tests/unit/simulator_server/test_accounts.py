from datetime import timedelta

import pyotp
import pytest

from simulator.core.accounts import Account, Accounts, SessionRules
from simulator.core.tokens import Claim, mint, next_midnight, read
from simulator.core.wire import Refused
from simulator.testing import moment

ACCOUNT = Account()
WALL = moment(3).replace(year=2031)


def accounts(**rules):
    return Accounts([ACCOUNT], SessionRules(**rules), seed=1)


def code_at(at):
    return pyotp.TOTP(ACCOUNT.totp_secret).at(at)


def log_in(held, at=None, **changes):
    at = at or moment(10)
    given = {"client": ACCOUNT.client, "pin": ACCOUNT.pin, "code": code_at(at)} | changes
    return held.log_in(**given, at=at, wall=WALL)


@pytest.mark.parametrize("at", [moment(10), WALL, moment(10) - timedelta(seconds=30)])
def test_a_code_of_simulated_or_of_real_time_is_accepted(at):
    assert log_in(accounts(), code=code_at(at)).jwt


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"client": "NOBODY"}, "AB1007"),
        ({"pin": ""}, "AB1050"),
        ({"pin": "4321"}, "AB1050"),
        ({"code": ""}, "AB1050"),
        ({"code": code_at(moment(10) + timedelta(minutes=5))}, "AB1050"),
    ],
)
def test_wrong_credentials_are_refused(wrong, code):
    with pytest.raises(Refused, match=code):
        log_in(accounts(), **wrong)


def test_a_jwt_lives_until_midnight_and_a_feed_token_a_day():
    held = accounts()
    tokens = log_in(held)
    midnight = moment(0) + timedelta(days=1)

    assert held.client_of(tokens.jwt, at=midnight - timedelta(seconds=1)) == ACCOUNT.client
    with pytest.raises(Refused, match="AG8002"):
        held.client_of(tokens.jwt, at=midnight)
    assert held.has_feed_token(ACCOUNT.client, tokens.feed, at=moment(9) + timedelta(days=1))
    assert not held.has_feed_token(ACCOUNT.client, tokens.feed, at=moment(10) + timedelta(days=1))


def test_a_feed_token_is_no_jwt_and_the_other_way_round():
    held = accounts()
    tokens = log_in(held)

    with pytest.raises(Refused, match="AG8001"):
        held.client_of(tokens.feed, at=moment(10))
    assert not held.has_feed_token(ACCOUNT.client, tokens.jwt, at=moment(10))


@pytest.mark.parametrize("revokes", [True, False])
def test_whether_logout_revokes_is_a_switch(revokes):
    held = accounts(logout_revokes=revokes)
    tokens = log_in(held)

    held.log_out(ACCOUNT.client)

    assert held.has_feed_token(ACCOUNT.client, tokens.feed, at=moment(10)) is not revokes


@pytest.mark.parametrize("revokes", [True, False])
def test_whether_a_second_login_revokes_the_first_is_a_switch(revokes):
    held = accounts(login_revokes=revokes)
    first = log_in(held)

    log_in(held)

    assert held.has_feed_token(ACCOUNT.client, first.feed, at=moment(10)) is not revokes


def test_a_refresh_gives_three_new_tokens_and_keeps_the_old():
    held = accounts()
    first = log_in(held)

    second = held.refresh(first.refresh, at=moment(11))

    assert {first.jwt, first.refresh, first.feed}.isdisjoint({second.jwt, second.refresh, second.feed})
    assert held.client_of(first.jwt, at=moment(11)) == held.client_of(second.jwt, at=moment(11))


@pytest.mark.parametrize(("pick", "at", "code"), [("jwt", 11, "AB8050"), ("refresh", 34, "AB8051")])
def test_a_refresh_with_the_wrong_or_an_old_token_is_refused(pick, at, code):
    held = accounts()
    token = getattr(log_in(held), pick)

    with pytest.raises(Refused, match=code):
        held.refresh(token, at=moment(0) + timedelta(hours=at))


def test_revoking_all_ends_every_session():
    held = accounts()
    tokens = log_in(held)

    held.revoke_all()

    with pytest.raises(Refused, match="AG8001"):
        held.client_of(tokens.jwt, at=moment(10))


@pytest.mark.parametrize("forged", ["", "a.b.c", "Bearer x.y.z", "\N{SNOWMAN}.\N{SNOWMAN}.x"])
def test_what_we_did_not_sign_says_nothing(forged):
    assert read(forged, secret=b"ours") is None


def test_a_token_says_what_was_claimed_to_those_who_know_the_secret():
    claim = Claim("S1", "jwt", moment(23), 7)
    token = mint(claim, issued_at=moment(10), secret=b"ours")

    assert read(token, secret=b"ours") == claim
    assert read(token, secret=b"theirs") is None


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_the_next_midnight_is_always_ahead(hour):
    assert next_midnight(moment(hour)) == moment(0) + timedelta(days=1)
