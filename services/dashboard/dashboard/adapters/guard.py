"""Stands before everything that is served: asks for the token, and refuses what comes from elsewhere."""

from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import metrics
from dashboard.core.access import COOKIE, Access, is_same_origin

_LOGIN: Final = "/login"
_MOST: Final = 4096  # bytes of a login form
_LASTS: Final = 30 * 24 * 3600  # seconds
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_FORM: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>OI Monitor</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="dark light">
<style>body{font:16px system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;background:#0d1117;color:#e6edf3}
form{display:grid;gap:12px;width:min(300px,90vw)}input,button{font:inherit;padding:10px;border-radius:8px;border:1px solid
#30363d;background:#161b22;color:inherit}button{background:#1f6feb;border:0}p{color:#ff8a80;margin:0;min-height:1.4em}</style>
<form method="post" action="/login"><b>OI Monitor</b><p role="alert">SAID</p>
<input type="password" name="token" autocomplete="current-password" placeholder="Token" aria-label="Token" autofocus required>
<button>Open</button></form></html>"""


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_from_here(headers):
            await self._refuse(
                scope, receive, send, "this address is not served; use 127.0.0.1 or set DASHBOARD_TOKEN"
            )
        elif self._access.takes_cookie(_cookie(headers)) and not _gives_token(scope):
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await self._refuse(scope, receive, send, "")
        else:
            response = await self._at_the_door(Request(scope, receive))
            await response(scope, receive, _with_headers(send))

    def _is_from_here(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        return self._access.takes_host(host) and is_same_origin(headers.get("origin", ""), host)

    async def _at_the_door(self, request: Request) -> Response:
        """Let in who brings the token, by a link or by the form; the token does not stay in the address."""
        if request.url.path == _LOGIN and request.method == "POST":
            given, onwards = await _posted(request), "/"
        elif (said := request.query_params.get("token")) is not None:
            given, onwards = said, _without_token(request)
        else:
            return self._asked("")
        if not self._access.takes_token(given):
            return (
                self._asked("This is not the token.")
                if self._access.needs_token
                else RedirectResponse(onwards, 303)
            )
        response = RedirectResponse(onwards, 303)
        is_secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, self._access.cookie, _LASTS, httponly=True, samesite="lax", secure=is_secure
        )
        return response

    def _asked(self, said: str) -> Response:
        metrics.REFUSED.inc()
        return HTMLResponse(_FORM.replace("SAID", said), 401, {"Cache-Control": "no-store"})

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, said: str) -> None:
        metrics.REFUSED.inc()
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await HTMLResponse(said, 403)(scope, receive, send)


def _gives_token(scope: Scope) -> bool:
    return scope["type"] == "http" and any(name == b"token" for name, _ in _pairs(scope))


def _pairs(scope: Scope) -> list[tuple[bytes, bytes]]:
    return parse_qsl(scope.get("query_string", b""), keep_blank_values=True)


def _without_token(request: Request) -> str:
    kept = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "token"])
    # Leading slashes would name another host to the browser.
    path = "/" + request.url.path.lstrip("/\\")
    return f"{path}?{kept}" if kept else path


async def _posted(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST:
            return ""
    return dict(parse_qsl(body.decode("utf-8", "replace"))).get("token", "")


def _cookie(headers: Headers) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return sending
