"""`oi score`: how good the decisions were, and how sure one may be of it."""
