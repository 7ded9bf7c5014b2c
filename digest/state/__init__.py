"""Save the database as one encrypted file, which may be stored where others can see it, such as a branch of a repository."""

from __future__ import annotations

from .branch import Branch
from .sealing import seal, unseal

__all__ = ["Branch", "seal", "unseal"]
