"""Letters on their way: written (message), signed (dkim), handed over (smtp, folder) under a sender of their own (verp), judged (verdicts),
tried again (policy, delivering).
"""

from __future__ import annotations

from .delivering import Outbox, Outcome, Transport, deliver
from .policy import Policy
from .verdicts import Judgement, Reply, Stage, Verdict, judge

__all__ = ["Judgement", "Outbox", "Outcome", "Policy", "Reply", "Stage", "Transport", "Verdict", "deliver", "judge"]
