"""The polite HTTP client (limits, deadline, address checks, pacing), and the sanitiser for text from outside (`sanitise`).

The only room that imports httpx. Everything fetched over HTTP comes in through `Net.get`, or `Net.post` for a request with a body.
"""

from __future__ import annotations

from .client import Net
from .pace import Pace
from .reply import Answer

__all__ = ["Answer", "Net", "Pace"]
