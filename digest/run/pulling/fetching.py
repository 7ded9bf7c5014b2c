"""Filling the catalog: every source's listing, and the liked papers nobody listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from ...errors import SourceError, SourceUnreachable
from ...model import Failure, Paper, Way
from ...sources import Announcing
from ..issuing.publishing import Published
from ..parts import Parts, Report, Works, in_short
from .announced import REMEMBERED as RECOVERED_FROM
from .announced import pull_announced
from .listings import pull_listing

RECOVERED_WITHIN = timedelta(days=2)
"""How long abstracts of papers from pages are asked for that arXiv did not give."""
LOOKED_UP = 1_000
"""Papers of libraries that are looked up at a time: ten requests, half a minute at arXiv's pace."""

AT_ONCE = 200
"""Of these so many are asked for before that is written down: two whole requests of arXiv's, five of Crossref's."""


def fetch(parts: Parts, report: Report, *, insist: bool = False) -> None:
    """Pull every source and store what it has; a source that fails is reported and the others go on.

    What the ledger knows to be in is not asked for again, and a source that keeps failing is left alone for a while, unless `insist`, or
    none of the others has answered since it began to fail: then it is the network, and nothing is its fault.
    Of papers that came again in a later version and whose readers want to hear of that, arXiv is asked what their comments say now.
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
    """The sources since whose first failure no other one has answered; one that is alone tells nothing of the network."""
    last = {state.name: state.fetched_at for state in parts.catalog.sources.states()}
    names = [source.name for source in parts.sources]
    answers = {name: [last.get(other) for other in names if other != name] for name in names}
    troubles = parts.catalog.ledger.troubles().items()
    return frozenset(
        name for name, trouble in troubles if answers.get(name) and not any(at and at >= trouble.since for at in answers[name])
    )


def _look_up_recovered(parts: Parts, report: Report) -> None:
    """Ask arXiv for the abstracts of papers that came from pages without them, until it fails: the next run asks for the others."""
    since = report.now - RECOVERED_WITHIN
    if not any(line.way is Way.PAST and line.tried_at >= since for line in parts.catalog.ledger.since(report.now.date() - RECOVERED_FROM)):
        return
    names = parts.catalog.papers.without_abstract(since)
    for start in range(0, len(names), LOOKED_UP):
        failed = len(report.failures)
        look_up(parts, names[start : start + LOOKED_UP], report)
        if len(report.failures) > failed:
            return


def learn_liked(parts: Parts, report: Report) -> None:
    """Look up liked papers that the catalog has never seen, so that they can be compared with; those that stay unknown are told.

    Papers of readers' libraries are looked up as well, and those that came without an abstract.
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
    """Ask arXiv for the papers among these names that are its own, the first `LOOKED_UP` of them."""
    if parts.details is not None:
        _ask(parts, parts.details, [name for name in dict.fromkeys(names) if name.startswith("arxiv:")], report, "arxiv")


def look_up_works(parts: Parts, subscription_ids: Iterable[int], report: Report) -> None:
    """Ask Crossref for the abstracts of works in these readers' libraries that came without one, the first `LOOKED_UP` of them."""
    if parts.works is not None:
        _ask(parts, parts.works, parts.catalog.libraries.unread(subscription_ids, report.now, "doi"), report, "crossref")


def _ask(parts: Parts, service: Works, names: Sequence[str], report: Report, source: str) -> None:
    """Store what a service knows of these papers, and that it was asked; one that could not be reached is asked again at the next run.

    Where it refuses, so are those that it was not asked for any more: what it refuses may be one of the others.
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
    """Ask arXiv for the comment line, venue and code of the papers about to be shown; what gets no answer is shown without."""
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
