"""The issues and their letters: published, queued, sent, returned."""
