"""The issues and their letters: published, on their way, sent, come back."""
