"""Asking the demo's processes how they are, over HTTP."""

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

_ANSWERS_WITHIN = 2.0


def not_ready_because(url: str) -> str | None:
    """Return what a service waits for, None when it is ready."""
    try:
        with urlopen(url, timeout=_ANSWERS_WITHIN):  # noqa: S310 - our own process
            return None
    except HTTPError as e:
        return e.read(200).decode(errors="replace").strip() or f"it answers {e.code}"
    except (URLError, OSError):
        return "it does not answer yet"


def document(url: str) -> Any:
    """Return the JSON document at a URL."""
    with urlopen(url, timeout=_ANSWERS_WITHIN) as reply:  # noqa: S310 - our own process
        return json.load(reply)
