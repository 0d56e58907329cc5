"""Which server a test session gets: the one named, a container, or a local program."""

import os
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docker.errors import DockerException

from support import engine

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

Runs = AbstractContextManager[str]


@dataclass(frozen=True)
class Server:
    """A running server: where it listens and what it says it is."""

    url: str
    version: str


def served(variable: str, stack: ExitStack, container: Runs, local: Runs) -> tuple[str, str]:
    """Enter the first that can be had: what the variable names, the container, the local program."""
    if given := os.environ.get(variable):
        return given, variable
    if not engine.docker_engine_answers():
        return stack.enter_context(local), "local program"
    try:
        return stack.enter_context(container), "Docker container"
    except DockerException as e:
        return stack.enter_context(local), f"local program, as Docker could not: {e}"


def new_container(image: str) -> "DockerContainer":
    # Containers are removed by our own `with`; the library's reaper would need an image of its own.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - reads the setting at import

    return DockerContainer(image)
