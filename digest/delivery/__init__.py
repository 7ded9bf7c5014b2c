"""Send letters and decide what each reply means.

`message` writes a letter and `dkim` signs it; `smtp` and `folder` are the transports; `verp` gives each letter its own envelope sender;
`verdicts` judges the reply and `policy` says when to retry. `delivering` empties the outbox: a `shift` holds the claimed letters, and
each `courier` carries letters over one connection.
"""

from __future__ import annotations

from .delivering import Outcome, deliver
from .policy import Policy
from .transport import Transport
from .verdicts import Judgement, Reply, Stage, judge

__all__ = ["Judgement", "Outcome", "Policy", "Reply", "Stage", "Transport", "deliver", "judge"]
