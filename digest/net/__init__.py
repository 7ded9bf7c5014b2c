"""The polite HTTP client: limits, deadline, addresses, pacing; and what makes text from outside harmless (`sanitise`).

The only room that imports httpx. Everything that comes in over the network comes in through `Net.get`, and `Net.post` for a question with a
body.
"""

from __future__ import annotations

from .client import Net
from .pace import Pace
from .reply import Answer

__all__ = ["Answer", "Net", "Pace"]
