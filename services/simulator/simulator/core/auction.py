"""The cash market in the shares' closing auction: it stands still while derivatives trade on."""

import numpy as np

from oi_common.market.rulebook.phases import auction_window
from simulator.core.sessions import Seconds, Session


def shown_seconds(session: Session) -> Seconds:
    """Return for each second of the session the one whose state the cash market shows.

    In the auction that is the last of continuous trading; its end gives the day's close, which then stands. What is
    hidden meanwhile, options and futures trade on.
    """
    shown = np.arange(session.seconds)
    window = auction_window(session.opens_at.date()) if session.hours == "equity" else None
    if window is not None:
        begins, ends = session.first_from(window.begins), session.first_from(window.ends)
        shown[begins:ends] = begins - 1
        shown[ends:] = session.seconds - 1
    return shown
