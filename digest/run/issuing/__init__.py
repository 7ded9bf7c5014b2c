"""The second part of a run: whose issue is due, what stands in it, and publishing it."""
