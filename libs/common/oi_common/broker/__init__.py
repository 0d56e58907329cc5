"""Angel One's SmartAPI as our services use it: settings, one REST client, one session, the instrument master."""
