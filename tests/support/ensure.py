"""Say which servers and which browser the tests will use, and fetch or install what is missing where that is possible."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import browser, engine

SOURCES = (
    ("TEST_REDIS_URL", engine.REDIS_IMAGE, engine.require_redis_program),
    ("TEST_DATABASE_URL", engine.MYSQL_IMAGE, engine.require_database_program),
)


def main() -> None:
    for variable, image, require_program in SOURCES:
        if os.environ.get(variable):
            print(f"tests use {variable}", flush=True)
        elif engine.docker_engine_answers() and engine.has_image(image):
            print(f"tests use {image} of the Docker engine", flush=True)
        else:
            try:
                print(f"tests use {require_program()}", flush=True)
            except engine.NoServerError as e:
                sys.exit(f"the tests need a real Redis and a real MySQL or MariaDB: {e}")
    try:
        print(f"tests use {browser.require_browser_program()}", flush=True)
    except (browser.NoBrowserError, engine.NoServerError) as e:
        sys.exit(f"the tests of the live page need a real browser: {e}")


if __name__ == "__main__":
    main()
