"""Say which servers the tests will use, and install what is missing where that is possible."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import engine


def main() -> None:
    if engine.docker_engine_answers():
        print(f"tests use the Docker engine: {engine.REDIS_IMAGE} and {engine.MYSQL_IMAGE}", flush=True)
        return
    try:
        programs = engine.require_redis_program(), engine.require_database_program()
    except engine.NoServerError as e:
        sys.exit(f"the tests need a real Redis and a real MySQL or MariaDB: {e}")
    print(f"tests use the programs of this machine: {' and '.join(programs)}", flush=True)


if __name__ == "__main__":
    main()
