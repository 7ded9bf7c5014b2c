"""The people: subscribers and their subscriptions, their feedback, and the suppression list."""
