"""The model server over HTTP: what was sent, what came back, and what the probe says."""

import json

import httpx
import pytest

from oi_common.llm.requests import Endpoint
from oi_common.llm.server import ChatServer, NoReply, NotSent


def server(answer, key=None):
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=False)
    return ChatServer(Endpoint("https://models.example/v1", key), http)


def failing(error):
    def answer(request):
        raise error("broken", request=request)

    return answer


async def test_a_request_goes_to_the_endpoint_with_its_key():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"a": 1}, headers={"X-Odd": "1"})

    reply = await server(answer, "a-key").complete({"model": "m"})

    assert (reply.status, json.loads(reply.body), reply.headers["x-odd"]) == (200, {"a": 1}, "1")
    assert str(seen[0].url) == "https://models.example/v1/chat/completions"
    assert seen[0].headers["Authorization"] == "Bearer a-key"


async def test_a_redirect_is_not_followed_with_the_key():
    reply = await server(
        lambda _: httpx.Response(307, headers={"Location": "https://elsewhere.example"})
    ).complete({})

    assert reply.status == 307


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout])
async def test_what_never_reached_the_server_is_told_apart(error):
    with pytest.raises(NotSent):
        await server(failing(error)).complete({})


@pytest.mark.parametrize("error", [httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError])
async def test_what_broke_off_may_have_been_billed(error):
    with pytest.raises(NoReply):
        await server(failing(error)).complete({})


async def test_a_reply_that_does_not_end_is_cut_off():
    with pytest.raises(NoReply, match="does not end"):
        await server(lambda _: httpx.Response(200, content=b"x" * 5_000_000)).complete({})


@pytest.mark.parametrize(
    ("answer", "is_well", "said"),
    [
        (lambda _: httpx.Response(200, json={"data": [{"id": "a"}, {"id": "b"}]}), True, "is well"),
        (lambda _: httpx.Response(200, json={"data": [{"id": "b"}]}), False, "lists no a"),
        (lambda _: httpx.Response(200, text="<html>"), False, "lists no a, b"),
        (lambda _: httpx.Response(401), False, "answered 401"),
        (failing(httpx.ConnectError), False, "cannot be reached"),
    ],
)
async def test_the_probe_says_how_the_server_is_and_never_fails(answer, is_well, said):
    probe = await server(answer).probe(("a", "b"))

    assert probe.is_well == is_well
    assert said in probe.said
