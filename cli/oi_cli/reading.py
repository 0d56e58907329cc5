"""Reading the database without ever holding a lock that a service may want."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from oi_common.database import connect_database
from oi_common.errors import Misconfigured, Unavailable
from oi_common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where the data is: REDIS_URL, DATABASE_URL, INDICES."""


def connect_reader(url: str) -> Engine:
    """Return an engine for reading. SQLite is opened read-only, so that no file appears by looking for it.

    Raises Misconfigured for a URL that names no database we know.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
            return connect_database(url)
    except (SQLAlchemyError, ImportError) as e:
        raise Misconfigured(f"DATABASE_URL: {url} is not a database URL we can use ({e})") from e
    return create_engine(
        f"sqlite:///file:{quote(parsed.database)}?mode=ro&uri=true", connect_args={"timeout": 30, "uri": True}
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Hand out a connection for a few queries.

    Raises Unavailable when the database is away, or has no tables yet.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as e:
        said = " ".join(str(part) for part in e.orig.args) if e.orig else str(e)
        raise Unavailable(
            f"the database cannot be read ({said}); is DATABASE_URL right, and has `oi migrate` been run?"
        ) from e
