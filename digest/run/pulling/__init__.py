"""The first part of a run: pull every source, and read later what was missed."""
