"""The issues that share an edition's picks are found without reading all there are: each issue that is erased asks for them."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_issues_picks_of", "issues", ["picks_of"])
