"""The words of the ledger in colour: what is bullish for the index green, what is bearish red."""

from typing import Final

from boards.parts import RUPEES, Json

_COLOURED: Final[Json] = {
    "custom__cellOptions": {"type": "color-text"},
    "color": {"mode": "fixed", "fixedColor": "text"},  # of the words that no mapping colours
}
_TEXT: Final[Json] = {"type": "color-text"}
_BUILDUPS: Final = {
    "long_buildup": ("Long build-up", "green"),
    "short_covering": ("Short covering", "light-green"),
    "short_buildup": ("Short build-up", "red"),
    "long_unwinding": ("Long unwinding", "light-red"),
    "neutral": ("Neutral", "text"),
}
_LEANINGS: Final = {"Bullish|BULLISH|^BUY$": "green", "Bearish|BEARISH|^SELL$": "red", "Breakout": "orange"}


def buildups() -> Json:
    """Return the settings of a column of build-ups, which speak of the contract's own premium."""
    options = {
        word: {"text": text, "color": colour, "index": number}
        for number, (word, (text, colour)) in enumerate(_BUILDUPS.items())
    }
    return {"mappings": [{"type": "value", "options": options}], **_COLOURED}


def leanings() -> list[Json]:
    """Return the mappings of words that lean to one side: verdicts, directions, signals."""
    return [
        {
            "type": "regex",
            "options": {"pattern": f"/{pattern}/", "result": {"color": colour, "index": number}},
        }
        for number, (pattern, colour) in enumerate(_LEANINGS.items())
    ]


def verdicts() -> Json:
    """Return the settings of a column of such words."""
    return {"mappings": leanings(), **_COLOURED}


def shares(good: float, fair: float) -> Json:
    """Return the settings of a column of percents of which more is better."""
    steps = [
        {"value": None, "color": "red"},
        {"value": fair, "color": "orange"},
        {"value": good, "color": "green"},
    ]
    return {
        "unit": "percent",
        "decimals": 2,
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom__cellOptions": _TEXT,
    }


def counted_faults() -> Json:
    """Return the settings of a column that should hold 0."""
    steps = [{"value": None, "color": "text"}, {"value": 1, "color": "red"}]
    return {
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom__cellOptions": _TEXT,
    }


def below_and_above_zero() -> Json:
    """Return the colours of a number whose sign matters."""
    steps = [{"value": None, "color": "red"}, {"value": 0, "color": "green"}]
    return {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}


def money() -> Json:
    """Return the settings of a column of gains and losses in rupees."""
    steps = [
        {"value": None, "color": "red"},
        {"value": 0, "color": "text"},
        {"value": 0.01, "color": "green"},
    ]
    signs = {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}
    return {"unit": RUPEES, "decimals": 2, **signs, "custom__cellOptions": _TEXT}
