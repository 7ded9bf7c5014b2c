"""medRxiv: bioRxiv's service under another name."""

from __future__ import annotations

from dataclasses import replace

from ..model import SourceOptions
from ..net import Net
from . import biorxiv

API = "https://api.biorxiv.org/details/medrxiv"


def make(options: SourceOptions, net: Net) -> biorxiv.Biorxiv:
    """The source for these options, made like bioRxiv's."""
    return biorxiv.make(replace(options, url=options.url or API), net)
