"""The users of Redis and what each may do, made of the table in redis_access.py.

`deploy/redis/users.acl` is made by `python deploy/access/redis_acl.py`; with `--check` it is only compared. Redis 7 gives a
user several sets of commands, each with keys of its own (selectors): who reads a stream as a group may acknowledge its
entries and still add none. For Redis 6.2, which has one set a user, `rules(..., selectors=False)` is what is left of it.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from oi_common.events import AlertRaised, Event, stream_of
from oi_common.told_settings import settings_key
from redis_access import SERVICES, Access

FILE: Final = Path(__file__).parents[1] / "redis/users.acl"
UNPARTITIONED: Final = frozenset({AlertRaised})
_ORIGIN: Final = "oi:origin"  # live or simulated: whoever comes first says it

# CONFIG GET: every service refuses a Redis that would evict entries. TIME: within the lease's script.
_ALL_MAY: Final = "+ping +config|get +time +multi +exec +discard +script|load"
_READING: Final = "+xread +xrange +xrevrange +xlen +xinfo +exists"
_MARKING: Final = f"{_READING} +xgroup|create +xgroup|setid"
_AS_A_GROUP: Final = f"{_READING} +xgroup|create +xreadgroup +xack +xpending +xautoclaim"
_WRITING: Final = f"{_READING} +xadd +xtrim +xpending"
_LOOKING: Final = "+exists +get +hget +hmget +hgetall"
_KEEPING: Final = (
    f"{_LOOKING} +set +del +expire +pexpire +incr +incrby +hset +hsetnx +hdel +hkeys +hvals "
    "+lindex +lpush +ltrim +zadd +zcard +zrem +zremrangebyscore"
)

# A person with redis-cli or `oi`: all keys of ours, and nothing that stops, empties or reconfigures the server.
OPERATOR: Final = (
    "-@all +@all -@admin -@dangerous +info +config|get +client|list +slowlog +latency "
    "+acl|whoami +acl|log ~oi:*"
)
# What the metrics of streams and groups are made of.
EXPORTER: Final = (
    "-@all +ping +info +config|get +client|list +slowlog|len +slowlog|get +latency +scan +type "
    "+xinfo +xlen +memory|usage"
)


def pattern_of(event: type[Event]) -> str:
    """Return the pattern of the keys of one kind's streams; it matches no dead-letter stream."""
    return stream_of(event, None if event in UNPARTITIONED else "*")


def own_keys(name: str, access: Access) -> tuple[str, ...]:
    """Return the keys that are no streams: the service's own, and what publishing and leases need."""
    marks = [f"oi:once:{{*}}:{event.kind}:*" for event in access.writes]
    leases = [f"oi:lease:{name}:{{*}}", f"oi:lease:{name}:{{*}}:token", f"oi:members:{name}"]
    fuse = [f"oi:state:fuse:{name}:{{*}}"]
    return (
        *access.keys,
        *marks,
        *(leases if access.leases else ()),
        *(fuse if access.groups else ()),
    )


def rules(name: str, *, selectors: bool = True) -> str:
    """Return what one service may do, in the words of ACL SETUSER."""
    access = SERVICES[name]
    marked = [pattern_of(event) for event in access.marks]
    groups = [pattern_of(event) for event in access.groups]
    written = [pattern_of(event) for event in access.writes] + [f"{each}:dead" for each in groups]
    kept = own_keys(name, access)
    sets = [
        (
            "+evalsha",
            "~",
            [*marked, *groups, *written, *kept],
        ),  # a command within a script needs its own permission
        (_READING, "%R~", [pattern_of(event) for event in access.reads]),
        (_MARKING, "~", marked),
        (_AS_A_GROUP, "~", groups),
        (_WRITING, "~", written),
        (_KEEPING, "~", kept),
        (_LOOKING, "%R~", access.sees),
        ("+get +set", "~", [_ORIGIN, settings_key(name)]),
    ]
    may = " ".join(filter(None, ("-@all", _ALL_MAY, access.also)))
    return f"{may} {_selectors(sets) if selectors else _one_set(sets)}"


def _selectors(sets: Iterable[tuple[str, str, Iterable[str]]]) -> str:
    made = [(commands, " ".join(sign + key for key in keys)) for commands, sign, keys in sets]
    return " ".join(f"({commands} {keys})" for commands, keys in made if keys)


def _one_set(sets: Iterable[tuple[str, str, Iterable[str]]]) -> str:
    commands: dict[str, None] = {}
    patterns: dict[str, None] = {}
    for allowed, _, keys in sets:
        if given := [f"~{key}" for key in keys]:
            commands |= dict.fromkeys(allowed.split())
            patterns |= dict.fromkeys(given)
    return " ".join((*commands, *patterns))


def users(*, selectors: bool = True) -> dict[str, str]:
    """Return every user with what it may do."""
    watched = "%R~oi:*" if selectors else "~oi:*"
    return {
        **{name: rules(name, selectors=selectors) for name in SERVICES},
        "operator": OPERATOR,
        "exporter": f"{EXPORTER} {watched}",
    }


def text(*, selectors: bool = True) -> str:
    """Return the file: Redis' own form, but for the passwords, which deploy/redis/start.sh puts in."""
    return "".join(f"user {name} on {may}\n" for name, may in users(selectors=selectors).items())


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        FILE.write_text(text())
    elif FILE.read_text() != text():
        print(f"{FILE} is not what the table says: run python deploy/access/redis_acl.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
