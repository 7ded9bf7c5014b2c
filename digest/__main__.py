"""`python -m digest` is `digest`."""

from .cli import main

main()
