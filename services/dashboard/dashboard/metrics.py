"""What the live page counts."""

from prometheus_client import Counter, Gauge

PAGES = Gauge("oi_dashboard_pages", "Open pages")
READS = Counter("oi_dashboard_reads", "Readings of the database, each for all pages that show the same")
UPDATES = Counter("oi_dashboard_updates", "Updates sent to browsers")
REFUSED = Counter("oi_dashboard_refused", "Requests refused for want of the token, or for a foreign origin")
