"""The people: subscribers and their subscriptions, what they said, and who is not written to any more."""
