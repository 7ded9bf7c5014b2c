"""The third part of a run: letters are written, sent and taken back in, and so is every other mail."""
