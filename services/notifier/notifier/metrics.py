"""The notifier's own counters."""

from prometheus_client import Counter

SENT = Counter("oi_notifier_messages", "Messages by what became of them", ["outcome"])
ANSWERED = Counter("oi_notifier_commands", "Commands answered", ["command"])
STRANGERS = Counter("oi_notifier_strangers", "Updates of chats that are not allow-listed; they get nothing")
