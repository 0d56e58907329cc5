"""Logs: one event a line with facts as fields, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

LogFormat = Literal["auto", "json", "console"]

_HIDDEN = "[redacted]"
_SECRET_NAMES = re.compile(
    r"(pin|password|passwd|secret|token|totp|api_?key|authorization|jwt)", re.IGNORECASE
)
_NOT_SECRET = {"token", "tokens", "tokens_in", "tokens_out"}  # instruments and counts
_SECRET_TEXT = (
    re.compile(r"eyJ[\w-]{8,}\.[\w-]+(\.[\w-]+)?"),  # JWTs, in URLs and headers alike
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),  # user:password in a URL
    re.compile(r"(?i)(?<=bearer )[\w.~+/-]{8,}"),
    re.compile(r"\b\d{6,12}:[\w-]{30,}\b"),  # bot tokens
    re.compile(r"\bsk-[\w-]{16,}"),
)
_known_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Never let this very text appear in a log; very short ones would blank out ordinary words."""
    if len(secret) >= 4:
        _known_secrets.add(secret)


def redacted(text: str) -> str:
    """Return the text without anything that is, or looks like, a secret."""
    # The longest first: what is left of one that holds another would be shown.
    for secret in sorted(_known_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    for pattern in _SECRET_TEXT:
        text = pattern.sub(_HIDDEN, text)
    return text


def configure_logs(service: str, log_format: LogFormat = "auto", level: int = logging.INFO) -> None:
    """Send structlog and the standard library's logs to stderr in one form, redacted."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=28)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("alembic", "aiohttp.access", "asyncio", "urllib3", "httpx", "websocket"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _redacted_field(name, value) for name, value in event.items()}


def _redacted_field(name: str, value: Any) -> Any:
    if name not in _NOT_SECRET and _SECRET_NAMES.search(name):
        return _HIDDEN
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: _redacted_field(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted_field("", item) for item in value]
    if value is None or isinstance(value, (bool, int, float)) or name.startswith("_"):
        return value
    return redacted(str(value))
