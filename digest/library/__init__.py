"""A reader's own papers: libraries read into references."""
