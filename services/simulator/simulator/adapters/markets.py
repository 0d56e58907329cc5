"""Open the market that the settings ask for: a model of a day, or a recording of one."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from oi_common.errors import Misconfigured
from simulator.adapters.recordings import UnreadableRecording, read_recording
from simulator.core.market import Market
from simulator.core.model_days import ModelDays
from simulator.core.recorded_market import RecordedMarket
from simulator.core.scenarios import scenario_named
from simulator.core.underlyings import BY_NAME, UNDERLYINGS, Underlying
from simulator.settings import DEFAULT_DAY, Settings


@dataclass(frozen=True, slots=True)
class OpenedMarket:
    """A market, and between which moments simulated time runs."""

    market: Market
    begins_at: datetime
    ends_at: datetime


def open_market(settings: Settings) -> OpenedMarket:
    """Raises Misconfigured when there is no such market."""
    if settings.sim_recording is not None:
        if settings.sim_scenario != "calm":
            raise Misconfigured("SIM_SCENARIO: a recording is played as it is; leave one of the two out")
        return _recorded(settings, settings.sim_recording)
    chosen = tuple(each for each in UNDERLYINGS if _is_chosen(each, settings))
    day = settings.sim_day or DEFAULT_DAY
    try:
        market = ModelDays(day, settings.sim_seed, chosen, scenario=scenario_named(settings.sim_scenario))
    except ValueError as e:
        raise Misconfigured(f"SIM_DAY: {e}") from e
    return OpenedMarket(market, settings.begins_at(day), settings.ends_at(day))


def _is_chosen(underlying: Underlying, settings: Settings) -> bool:
    """Commodities come along whatever INDICES says, for it does not name them; a share alone needs no chain."""
    if underlying.is_share and settings.feed_segment == "NSE":
        return False
    return underlying.is_commodity or underlying.name in settings.indices


def _recorded(settings: Settings, path: Path) -> OpenedMarket:
    try:
        chain = read_recording(path, settings.sim_recording_name)
        day = settings.sim_day or chain.days[0]
        market = RecordedMarket(chain, settings.sim_lot or BY_NAME[chain.name].lot_size(day), day)
        market.instruments()  # reads every row once: a wrong lot shows now, not at the first request
    except (UnreadableRecording, OSError, KeyError, ValueError) as e:
        raise Misconfigured(f"SIM_RECORDING: {e}") from e
    return OpenedMarket(
        market,
        settings.begins_at(day, first_moment=market.first_collected_at),
        settings.ends_at(day, last_moment=market.last_collected_at),
    )
