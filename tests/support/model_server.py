"""What each fault of the simulated model server leads to."""

# (fault, why no answer was used, what is decided where the rules would enter)
FAULTS = (
    ("slow", "llm:timeout", "ENTER"),
    ("rate_limited", "llm:rate_limited", "ENTER"),
    ("server_error", "llm:server_error", "ENTER"),
    ("not_json", "llm:not_json", "ENTER"),
    ("wrong_schema", "llm:wrong_schema", "ENTER"),
    ("truncated", "llm:truncated", "ENTER"),
    ("invented_strike", "lock:unlisted_strike", "WAIT"),
    ("outdated", "lock:out_of_date", "WAIT"),
)
