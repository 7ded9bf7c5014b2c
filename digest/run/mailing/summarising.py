"""Summaries by the operator's language model: asked for the papers of issues, once for each paper, and shown in letters."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ...errors import ModelError
from ...model import Failure, Issue, Paper
from ..issuing.publishing import Published
from ..parts import Parts, Report, Summariser

IN_A_ROW = 3
"""After this many failures in a row a run asks for no more summaries."""
PATIENCE = 600.0
"""The most seconds that the letters of one run wait for summaries."""


def sum_up(parts: Parts, published: Published, report: Report, *, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Ask for summaries of the papers of these issues that have none, as far as the daily cap allows.

    A failure stops no issue: a paper without a summary is shown with its abstract's own sentences.
    """
    if parts.summariser is None:
        return
    # Read from the catalog again: a lookup since the issues were made may have changed an abstract.
    papers = parts.catalog.papers.find(published.papers).values()
    known = parts.catalog.summaries.find(parts.summariser.name, papers)
    wanted = [paper for paper in {p.key: p for p in papers}.values() if paper.abstract and paper.key not in known]
    midnight = report.now.replace(hour=0, minute=0, second=0, microsecond=0)
    room = max(0, parts.daily_summaries - parts.catalog.summaries.made_since(midnight))
    if len(wanted) > room:
        left = "1 paper" if len(wanted) - room == 1 else f"{len(wanted) - room} papers"
        report.quiet.append(f"summaries: the daily cap of {parts.daily_summaries} leaves {left} of today without one")
    _ask(parts, parts.summariser, wanted[:room], report, monotonic)


def _ask(parts: Parts, summariser: Summariser, papers: Sequence[Paper], report: Report, monotonic: Callable[[], float]) -> None:
    told: set[tuple[str, str]] = set()
    in_a_row, useless, began = 0, 0, monotonic()
    for place, paper in enumerate(papers):
        if in_a_row == IN_A_ROW or monotonic() - began > PATIENCE:
            why = f"failed {IN_A_ROW} times in a row" if in_a_row == IN_A_ROW else f"took {PATIENCE:.0f} seconds"
            report.quiet.append(f"summaries: {summariser.name} {why}, so {len(papers) - place} papers were not asked for")
            break
        try:
            text = summariser.write(paper.title, paper.abstract)
        except ModelError as error:
            in_a_row += 1
            if (error.subject, error.message) not in told:
                told.add((error.subject, error.message))
                report.failures.append(Failure(error.subject, error.message, error.hint))
            continue
        in_a_row = 0
        useless += not text
        parts.catalog.summaries.add(paper, summariser.name, text, report.now)
    if useless:
        report.quiet.append(f"summaries: {useless} answers of {summariser.name} were of no use and are not shown")


def with_summaries(parts: Parts, issue: Issue) -> Issue:
    """The issue with the model's summaries and the model's name, for papers summed up as they are now; without any, unchanged."""
    if parts.summariser is None:
        return issue
    name = parts.summariser.name
    written = parts.catalog.summaries.find(name, (pick.paper for pick in issue.picks))
    if not any(written.values()):
        return issue
    return replace(issue, picks=tuple(replace(pick, paper=_summed_up(pick.paper, written, name)) for pick in issue.picks))


def _summed_up(paper: Paper, written: Mapping[str, str], name: str) -> Paper:
    text = written.get(paper.key)
    return replace(paper, facts=replace(paper.facts, summary=text, summary_by=name)) if text else paper
