"""The market socket against servers that misbehave: strangers, the mute, and those that send us elsewhere."""

import asyncio
import ipaddress
import json
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from aiohttp import WSMsgType, web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingest_ws.adapters.socket import Dialler, LinePolicy
from ingest_ws.core.patience import Patience
from ingest_ws.handlers import Pass, RefusedError
from oi_common.errors import Unavailable

PASS = Pass("the-jwt", "the-feed-token", "the-key", "S1")
QUICK = LinePolicy(
    ping_every=0.1, frame_every=0.1, look_every=0.05, patience=Patience(silence=0.6, drought=60)
)


@asynccontextmanager
async def serving(handler, tls=None):
    """Serve one path on any free port; yields the port."""
    app = web.Application()
    app.router.add_get("/smart-stream", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def dial(port, hear=lambda _packets: None, scheme="ws"):
    dialler = Dialler(f"{scheme}://127.0.0.1:{port}/smart-stream", hear, lambda: True, QUICK)
    return await asyncio.to_thread(dialler.dial, PASS)


@pytest.fixture
def tls(tmp_path):
    """A server's TLS with a certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=36500))
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_stranger_with_a_certificate_of_its_own_learns_nothing(tls):
    asked = []

    async def handler(request):
        asked.append(request.headers)
        return web.Response()

    async with serving(handler, tls) as port:
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await dial(port, scheme="wss")

    assert asked == []


async def test_the_broker_sees_who_we_are():
    seen = {}

    async def handler(request):
        seen.update(request.headers)
        return web.Response(status=401, headers={"x-error-message": "Invalid Header - Invalid Auth token"})

    async with serving(handler) as port:
        with pytest.raises(RefusedError, match="HTTP 401 Invalid Header - Invalid Auth token") as refused:
            await dial(port)

    assert refused.value.status == 401
    assert seen["Authorization"] == "Bearer the-jwt"
    assert seen["x-feed-token"] == "the-feed-token"
    assert (seen["x-api-key"], seen["x-client-code"]) == ("the-key", "S1")


async def test_our_secrets_do_not_follow_a_redirection():
    asked = []

    async def elsewhere(request):
        asked.append(request.headers)
        return web.Response()

    async with serving(elsewhere) as other:

        async def handler(_request):
            return web.Response(status=302, headers={"location": f"ws://127.0.0.1:{other}/smart-stream"})

        async with serving(handler) as port:
            with pytest.raises(Unavailable):
                await dial(port)

    assert asked == []


async def test_nobody_there_is_unavailable(free_port):
    with pytest.raises(Unavailable, match="market socket cannot be opened"):
        await dial(free_port)


async def test_a_server_that_says_nothing_at_all_is_given_up():
    async def handler(request):
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        async for _ in ws:
            pass
        return ws

    async with serving(handler) as port:
        line = await dial(port)
        assert await asyncio.to_thread(line.listen) == "silent"


async def test_pings_keep_a_quiet_connection_and_frames_go_out_one_by_one():
    heard = []

    async def handler(request):
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                heard.append((asyncio.get_running_loop().time(), message.data))
                if message.data == "ping":
                    await ws.send_str("pong")
        return ws

    async with serving(handler) as port:
        line = await dial(port)
        line.say([json.dumps({"number": number}) for number in range(3)])
        listening = asyncio.create_task(asyncio.to_thread(line.listen))
        await asyncio.sleep(1.2)
        assert not listening.done()
        line.hang_up()
        assert await listening == "hung_up"

    said = [(at, json.loads(text)["number"]) for at, text in heard if text != "ping"]
    assert [number for _, number in said] == [0, 1, 2]
    assert all(later - earlier > 0.05 for (earlier, _), (later, _) in pairwise(said))
    assert sum(text == "ping" for _, text in heard) >= 3


async def test_text_that_is_no_text_and_a_packet_in_pieces_are_survived():
    packets = []

    async def handler(request):
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        transport = request.transport
        transport.write(b"\x81\x02\xff\xfe")  # a text frame that is no UTF-8
        for byte in b"\x82\x03abc":  # a slow drip
            transport.write(bytes([byte]))
            await asyncio.sleep(0.08)
        await ws.close()
        return ws

    async with serving(handler) as port:
        line = await dial(port, packets.extend)
        assert await asyncio.to_thread(line.listen) == "closed"

    assert packets == [b"abc"]


async def test_packets_that_come_at_once_are_heard_at_once_and_pings_between_them_answered():
    heard, pongs = [], []

    async def handler(request):
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        request.transport.write(b"\x82\x01a\x89\x02hi\x82\x01b")
        pongs.append(await ws.receive())
        await ws.close()
        return ws

    async with serving(handler) as port:
        line = await dial(port, heard.append)
        assert await asyncio.to_thread(line.listen) == "closed"

    assert heard == [[b"a", b"b"]]
    assert [(said.type, said.data) for said in pongs] == [(WSMsgType.PONG, b"hi")]


@pytest.mark.parametrize("rubbish", [b"\xff\xff\xff\xff", b"\x82\xff0000", b"\x83\x01a"])
async def test_bytes_that_are_no_frames_end_the_connection(rubbish):
    async def handler(request):
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        request.transport.write(rubbish)
        await ws.receive()
        return ws

    async with serving(handler) as port:
        line = await dial(port)
        assert await asyncio.to_thread(line.listen) == "lost"
