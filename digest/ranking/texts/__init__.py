"""Texts as ranking sees them: words, phrases, inflected forms and misspellings."""
