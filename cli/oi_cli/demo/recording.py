"""What must be known of a recording before it is played: which indices it holds."""

from pathlib import Path

from oi_common.errors import Misconfigured


def recorded_index(file: Path) -> str:
    """Return the underlying of a recorded chain.

    Raises Misconfigured for a file that is none, or holds those of several.
    """
    from simulator.adapters.recordings import (  # noqa: PLC0415 - slow to import, and only recordings need it
        UnreadableRecording,
        recorded_names,
    )

    try:
        names = recorded_names(file)
    except UnreadableRecording as e:
        raise Misconfigured(f"--recording: not a recorded chain we can read: {e}") from e
    if not names:
        raise Misconfigured(f"--recording: {file} holds no rows")
    if len(names) > 1:
        raise Misconfigured(f"--recording: {file} holds {', '.join(names)}; choose one with --indices")
    return names[0]
