"""Ports of this machine that nobody else uses."""

import random
import socket
from contextlib import ExitStack, suppress

# Below those that the system gives to outgoing connections (Linux 32768, others 49152): a service that is started again
# must find its port free.
_LOWEST, _BEYOND = 10_240, 32_768


def free_ports(count: int) -> list[int]:
    """Return different TCP ports of 127.0.0.1 that were free a moment ago."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            each, port = held.enter_context(socket.socket()), random.randrange(_LOWEST, _BEYOND)
            with suppress(OSError):
                each.bind(("127.0.0.1", port))
                found.append(port)
    return found
