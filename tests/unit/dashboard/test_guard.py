"""The live page's guard, asked the way a browser asks."""

import httpx
import pytest
from starlette.responses import PlainTextResponse

from dashboard.adapters.guard import Guard
from dashboard.core.access import COOKIE, Access

TOKEN = "correct-horse-battery-staple"  # pragma: allowlist secret
HERE = "http://127.0.0.1:8600"


async def market(scope, receive, send):
    """Stands for all that is behind the guard."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "market data"})
        await send({"type": "websocket.close"})
    else:
        await PlainTextResponse("market data")(scope, receive, send)


def browser(token=TOKEN, base=HERE):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=Guard(market, Access(token))), base_url=base)


async def socket(token=TOKEN, **headers):
    """Open a socket and return the kinds of message that come back."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    told = {"host": "127.0.0.1:8600", **headers}
    lines = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    scope = {"type": "websocket", "path": "/_nicegui_ws/socket.io", "query_string": b"", "headers": lines}
    await Guard(market, Access(token))(scope, receive, send)
    return sent


@pytest.mark.parametrize("path", ["/", "/_nicegui/3/static/x.js", "/?index=NIFTY", "/login", "/metrics"])
async def test_without_the_token_there_is_a_form_and_no_market_data(path):
    reply = await browser().get(path)

    assert reply.status_code == 401
    assert "market data" not in reply.text
    assert '<input type="password" name="token"' in reply.text
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("given", ["wrong", "", TOKEN + "x", TOKEN[:-1], "café", "%00"])
async def test_a_wrong_token_is_refused(given):
    by_link = await browser().get("/", params={"token": given})
    by_form = await browser().post("/login", data={"token": given})

    for reply in (by_link, by_form):
        assert reply.status_code == 401
        assert "This is not the token." in reply.text
        assert "set-cookie" not in reply.headers


async def test_a_link_with_the_token_lets_in_and_leaves_no_token_in_the_address():
    visitor = browser()

    reply = await visitor.get("/", params={"index": "BANKNIFTY", "token": TOKEN})

    assert (reply.status_code, reply.headers["location"]) == (303, "/?index=BANKNIFTY")
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert TOKEN not in cookie
    assert (await visitor.get("/")).text == "market data"


async def test_the_form_lets_in():
    visitor = browser()

    assert (await visitor.post("/login", data={"token": TOKEN})).headers["location"] == "/"
    assert (await visitor.get("/")).text == "market data"


async def test_a_link_leads_to_no_other_site():
    reply = await browser().get(f"{HERE}//evil.example/?token={TOKEN}")

    assert reply.headers["location"] == "/evil.example/"


async def test_a_cookie_is_worthless_once_the_token_is_another():
    visitor = browser()
    visitor.cookies.set(COOKIE, Access("another-token-of-16-characters").cookie)

    assert (await visitor.get("/")).status_code == 401


async def test_a_form_that_never_ends_is_refused():
    assert (await browser().post("/login", content=b"token=" + b"x" * 10_000)).status_code == 401


@pytest.mark.parametrize("cookie", ["", "a=b", f"{COOKIE}=", f"{COOKIE}=%ff", "\x01;;=="])
async def test_a_socket_without_the_cookie_is_closed(cookie):
    assert await socket(cookie=cookie) == ["websocket.close"]


async def test_a_socket_with_the_cookie_is_served():
    sent = await socket(cookie=f"{COOKIE}={Access(TOKEN).cookie}", origin=HERE)

    assert sent == ["websocket.accept", "websocket.send", "websocket.close"]


async def test_a_page_of_another_site_gets_no_socket():
    assert await socket(token=None, origin="http://evil.example") == ["websocket.close"]
    assert "websocket.send" in await socket(token=None, origin=HERE)


async def test_without_a_token_only_this_machine_s_own_names_are_served():
    """A name of another site may be made to point at 127.0.0.1."""
    assert (await browser(token=None).get("/")).text == "market data"
    assert (await browser(token=None, base="http://[::1]:8600").get("/")).text == "market data"
    assert (await browser(token=None, base="http://rebound.example").get("/")).status_code == 403


async def test_without_a_token_one_that_is_given_is_dropped_from_the_address():
    reply = await browser(token=None).get("/?token=x&index=NIFTY")

    assert (reply.status_code, reply.headers["location"]) == (303, "/?index=NIFTY")


async def test_nothing_may_be_loaded_from_elsewhere():
    policy = (await browser(token=None).get("/")).headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
