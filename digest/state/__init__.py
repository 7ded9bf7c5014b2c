"""Taking the state along: the database as one sealed file, which may lie where others can see it, such as a branch of a repository."""

from __future__ import annotations

from .branch import Branch
from .sealing import seal, unseal

__all__ = ["Branch", "seal", "unseal"]
