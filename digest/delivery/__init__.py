"""Letters on their way: written (message), signed (dkim), handed over (smtp, folder) under a sender of their own (verp), judged (verdicts),
tried again (policy). `delivering` empties the outbox: a `shift` holds what is claimed, each `courier` carries letters over one connection.
"""

from __future__ import annotations

from .delivering import Outcome, deliver
from .policy import Policy
from .transport import Transport
from .verdicts import Judgement, Reply, Stage, judge

__all__ = ["Judgement", "Outcome", "Policy", "Reply", "Stage", "Transport", "deliver", "judge"]
