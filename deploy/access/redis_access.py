"""Who reads and writes what in Redis: the one place that says it, in the words of the events.

`redis_acl.py` makes the users of it; tests hold it to what the services' code names.
"""

from dataclasses import dataclass
from typing import Final

from oi_common.events import (
    AlertRaised,
    CandleClosed,
    ChainBackfilled,
    ChainPolled,
    DayClosed,
    DecisionMade,
    Event,
    GreeksFetched,
    OiChanged,
    SnapshotSaved,
    TickReceived,
    TradeFilled,
)

Events = tuple[type[Event], ...]

_BROKER: Final = ("oi:limit:{*}:*", "oi:session:{*}*")
_BUDGET: Final = "oi:ai:spent:{*}"
_POLLED: Final = (ChainPolled, ChainBackfilled, CandleClosed, DayClosed, GreeksFetched)


@dataclass(frozen=True, slots=True)
class Access:
    """What one service needs.

    It `writes` streams and reads others: by a cursor (`reads`), by one whose place a group marks (`marks`), or as a group
    (`groups`). It keeps `keys` of its own and looks at `sees`. With `leases` it shares partitions out among its replicas;
    `also` are commands without keys.
    """

    writes: Events = ()
    reads: Events = ()
    marks: Events = ()
    groups: Events = ()
    keys: tuple[str, ...] = ()
    sees: tuple[str, ...] = ("oi:clock",)
    leases: bool = True
    also: str = ""


# Every service is the one of its name in docker-compose.yml.
SERVICES: Final[dict[str, Access]] = {
    "ingest-ws": Access(
        writes=(TickReceived, AlertRaised), keys=("oi:state:ingest-ws:*", *_BROKER), also="+info"
    ),
    "poller": Access(
        writes=_POLLED,
        keys=("oi:state:poller:*", "oi:clock:waiting", *_BROKER),
    ),
    "bucketer": Access(
        groups=_POLLED,
        writes=(OiChanged, SnapshotSaved),
        keys=("oi:state:bucketer:{*}",),
    ),
    "ai-minimal": Access(
        reads=(TickReceived, SnapshotSaved, TradeFilled), writes=(DecisionMade,), keys=(_BUDGET,)
    ),
    "ai-rich": Access(
        reads=(TickReceived,),
        groups=(SnapshotSaved, OiChanged),
        writes=(DecisionMade,),
        keys=("oi:state:ai-rich:{*}", _BUDGET),
    ),
    "paper-trader": Access(
        marks=(TickReceived,),
        groups=(DecisionMade,),
        writes=(TradeFilled,),
        keys=("oi:state:paper-trader:{*}", "oi:state:scorecard:{*}"),
    ),
    "notifier": Access(
        groups=(SnapshotSaved, OiChanged, DecisionMade, TradeFilled, AlertRaised),
        # Its replicas share one group: in the script the place of the lease is taken by a name that nobody holds.
        keys=("oi:state:notifier:{*}", "oi:lease:none{*}"),
    ),
    "dashboard": Access(
        reads=(
            TickReceived,
            CandleClosed,
            OiChanged,
            SnapshotSaved,
            DecisionMade,
            TradeFilled,
            AlertRaised,
        ),
        leases=False,
    ),
    "recorder": Access(
        marks=(TickReceived, *_POLLED),
        sees=("oi:clock", "oi:settings:*"),
        leases=False,
    ),
    "simulator": Access(keys=("oi:clock",), sees=("oi:clock:waiting",), leases=False),
}
