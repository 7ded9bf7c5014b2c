"""Fill the catalog: fetch every source's listing, and look up liked papers that no source has listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from ...errors import SourceError, SourceUnreachable
from ...model import Failure, Paper, Way
from ...sources import Announcing
from ..issuing.publishing import Published
from ..parts import Parts, Report, Works, in_short
from .announced import GAPS_WITHIN, pull_announced
from .listings import pull_listing

RECOVERED_WITHIN = timedelta(days=2)
"""How long to keep asking arXiv for abstracts of papers that came from pages without one."""
LOOKED_UP = 1_000
"""The most papers looked up at a time: ten requests, half a minute at arXiv's pace."""
AT_ONCE = 200
"""After this many papers it is stored that they were asked for: two full requests to arXiv, five to Crossref."""


def fetch(parts: Parts, report: Report, *, insist: bool = False) -> None:
    """Pull every source and store what it has; a source that fails is reported and the others go on.

    A listing that the ledger knows to be in is not asked for again. A source that keeps failing is left alone for a while, unless `insist`,
    or no other source has answered since it began to fail: then the network is to blame.
    For papers that came again in a later version, and whose readers want updates, arXiv is asked for their comments of today.
    """
    cut_off = _cut_off(parts)
    for source in parts.sources:
        if isinstance(source, Announcing):
            pull_announced(parts, source, report, insist=insist)
        else:
            pull_listing(parts, source, report, insist=insist, is_cut_off=source.name in cut_off)
    _look_up_recovered(parts, report)
    wanting = parts.catalog.subscribers.wanting_updates(report.now)
    look_up(parts, parts.catalog.issues.replaced(wanting, report.now, report.now), report)


def _cut_off(parts: Parts) -> frozenset[str]:
    """The failing sources since whose first failure no other source has answered; a single source tells nothing about the network."""
    last = {state.name: state.fetched_at for state in parts.catalog.sources.states()}
    names = [source.name for source in parts.sources]
    answers = {name: [last.get(other) for other in names if other != name] for name in names}
    troubles = parts.catalog.ledger.troubles().items()
    return frozenset(
        name for name, trouble in troubles if answers.get(name) and not any(at and at >= trouble.since for at in answers[name])
    )


def _look_up_recovered(parts: Parts, report: Report) -> None:
    """Ask arXiv for the abstracts of papers that came from pages without them; if it fails, the next run asks for the rest."""
    since = report.now - RECOVERED_WITHIN
    if not any(line.way is Way.PAST and line.tried_at >= since for line in parts.catalog.ledger.since(report.now.date() - GAPS_WITHIN)):
        return
    names = parts.catalog.papers.without_abstract(since)
    for start in range(0, len(names), LOOKED_UP):
        failed = len(report.failures)
        look_up(parts, names[start : start + LOOKED_UP], report)
        if len(report.failures) > failed:
            return


def learn_liked(parts: Parts, report: Report) -> None:
    """Look up liked papers that the catalog does not have, so that new papers can be compared with them; report those that stay unknown.

    Papers of readers' libraries that are unknown or lack an abstract are looked up as well.
    """
    unknown = parts.catalog.papers.unknown(parts.catalog.feedback.judged(report.now))
    holders = parts.catalog.libraries.holders(report.now)
    look_up(parts, (*unknown, *parts.catalog.libraries.unread(holders, report.now)), report)
    look_up_works(parts, holders, report)
    left = parts.catalog.papers.unknown(unknown)
    report.quiet.extend(in_short(left, _unknown, "liked papers that no source knows"))


def _unknown(key: str) -> str:
    return f"liked paper {key}: no source knows it, so nothing is compared with it"


def look_up(parts: Parts, names: Iterable[str], report: Report) -> None:
    """Ask arXiv for those of these papers that are its own, the first `LOOKED_UP` of them."""
    if parts.details is not None:
        _ask(parts, parts.details, [name for name in dict.fromkeys(names) if name.startswith("arxiv:")], report, "arxiv")


def look_up_works(parts: Parts, subscription_ids: Iterable[int], report: Report) -> None:
    """Ask Crossref for missing abstracts of works in these subscriptions' libraries, the first `LOOKED_UP` of them."""
    if parts.works is not None:
        _ask(parts, parts.works, parts.catalog.libraries.unread(subscription_ids, report.now, "doi"), report, "crossref")


def _ask(parts: Parts, service: Works, names: Sequence[str], report: Report, source: str) -> None:
    """Store what a service knows of these papers, and that it was asked; if it could not be reached, the next run asks again.

    If it refuses, all papers of that request count as asked, and the rest wait for the next run: any one of them may be what it refuses.
    """
    wanted = names[:LOOKED_UP]
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        try:
            for papers in service.batches([name.partition(":")[2] for name in some]):
                parts.catalog.papers.add(papers, report.now, source=source)
        except SourceError as error:
            report.failures.append(Failure(error.subject, error.message, error.hint))
            if not isinstance(error, SourceUnreachable):
                parts.catalog.libraries.asked(some, report.now)
            return
        parts.catalog.libraries.asked(some, report.now)


def learn_details(parts: Parts, published: Published, report: Report) -> None:
    """Ask arXiv for the comment line, venue and code of the papers about to be shown; without an answer they are shown without these."""
    if parts.details is None:
        return
    papers = parts.catalog.papers.find(key for key in published.papers if key.startswith("arxiv:"))
    wanted = sorted(key for key, paper in papers.items() if paper.facts.comment is None)
    if not wanted:
        return
    found: list[Paper] = []
    with report.guard():
        for some in parts.details.batches([key.removeprefix("arxiv:") for key in wanted]):
            found += some
    with report.guard():
        parts.catalog.papers.add(found, report.now)
        parts.catalog.issues.note_shown(published.shown)
