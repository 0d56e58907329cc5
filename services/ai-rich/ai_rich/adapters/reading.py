"""Reading changes together with the snapshots that were published with them."""

from typing import Final

from oi_common.events import OiChanged
from oi_common.subscriber import Entry, Subscriber

_CHANGES: Final = f"oi:{OiChanged.kind}:"


class PairedSubscriber(Subscriber):
    """The consumer loop, by which a change is never judged by the snapshot before its own.

    The bucketer publishes both in one step, but whoever waits for two streams is woken by the first one. So once a
    change has come, what else is there is read too, and snapshots are handled first.
    """

    async def _next_entries(self) -> list[Entry]:
        entries = await super()._next_entries()
        if not self._progress.resume_from and any(_is_change(entry) for entry in entries):
            entries += await self._read(dict.fromkeys(self._routes, ">"), block=None)
        return sorted(entries, key=_is_change)


def _is_change(entry: Entry) -> bool:
    return entry.ref.stream.startswith(_CHANGES)
