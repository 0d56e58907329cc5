"""What the rules go by. Shares are of spot or of a premium, lengths are minutes or seconds as named."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """The defaults suit a 1-second loop on an index; `needs_momentum` False lets the chain's direction lead alone.

    `needs_signal`: the snapshot's signal must point the same way, and its last window must not point the other way.
    """

    needs_momentum: bool = True
    needs_signal: bool = False
    heading_seconds: int = 12
    confirming_seconds: int = 60
    least_move: float = 0.00025  # of spot in `heading_seconds`: 6 points of 24,000
    widest_spread: float = 0.015
    cheapest: float = 5.0  # rupees; below, the tick is too large a part of the premium
    oldest_spot: float = 5.0  # seconds
    oldest_leg: float = 15.0
    oldest_snapshot: float = 600.0
    first_minutes: float = 5.0  # after the open nothing is entered
    last_minutes: float = 25.0  # before the close nothing is entered
    expiry_last_minutes: float = 90.0  # on expiry day theta eats what is bought later
    least_degree: int = 1
    least_direction_confidence: float = 20.0
    wall_distance: float = 0.001  # of spot; nearer, a wall stands in the way
    stop_share: float = 0.15  # of the entry price
    spreads_in_stop: float = 3.0
    reward: float = 2.0  # target distance by stop distance
    exit_minutes: float = 15.0  # before the close everything is sold
    longest_hold: float = 45.0
    trail_after: float = 1.0  # in stop distances gained: the stop goes to the entry price
    trail_by: float = 1.0  # and from there follows the best price at so many stop distances


DEFAULT_RULES = RulePolicy()
