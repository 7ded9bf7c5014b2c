"""The second part of a run: decide whose issue is due, compose it and publish it."""
