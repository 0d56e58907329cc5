import socket

import pytest

from oi_common.errors import Misconfigured
from oi_common.health import Health, serve_health


async def test_a_port_in_use_is_a_setting_that_a_person_must_change():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(
            Misconfigured, match=f"HEALTH_PORT: 127.0.0.1:{port} cannot be listened on .*in use"
        ):
            async with serve_health(Health(), "127.0.0.1", port):
                pytest.fail("it listens on a port of another")
