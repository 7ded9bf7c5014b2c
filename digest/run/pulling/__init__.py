"""The first part of a run: every source is pulled, and what was missed is read later."""
