"""The third part of a run: write and send letters and other mail, and handle bounces and readers' mail."""
