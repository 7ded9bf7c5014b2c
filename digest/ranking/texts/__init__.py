"""Texts as ranking sees them: their words, phrases, other forms of a word, and slips of the hand."""
