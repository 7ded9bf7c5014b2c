"""What libraries and letters lack, looked up: what came before a failure is kept, and what no service answers not asked for daily."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from digest.catalog import Catalog, Library
from digest.errors import DigestError, SourceRefused, SourceUnreachable
from digest.model import Changes, Facts, Paper, Reference
from digest.run import Report, learn_details, look_up_works, publish

from .builders import NOON, a_batch, a_paper, a_subscription
from .run_parts import parts_with

NAMES = ("doi:10.1000/foxes", "doi:10.1000/hens")


@dataclass
class Failing:
    """Answers for the first name, then fails."""

    error: DigestError
    first: Paper = a_paper(NAMES[0], "On Foxes")

    def batches(self, ids: Sequence[str], /) -> Iterator[tuple[Paper, ...]]:
        yield (self.first,)
        raise self.error


@pytest.mark.parametrize(
    ("error", "asked_again"),
    [(SourceUnreachable("Crossref", "no answer"), ("doi:10.1000/hens",)), (SourceRefused("Crossref", "answers 400"), ())],
)
def test_what_came_is_kept_and_only_who_did_not_answer_is_asked_again(
    catalog: Catalog, error: DigestError, asked_again: tuple[str, ...]
) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON).id
    library = catalog.libraries.keep(Library(subscription=reader, address="refs.bib"))
    catalog.libraries.record(library.id, Changes(references=tuple(Reference(entry=name, ids=(name,)) for name in NAMES)), NOON)
    report = Report(NOON)

    look_up_works(replace(parts_with(catalog), works=Failing(error)), [reader], report)

    assert catalog.papers.find(NAMES).keys() == {"doi:10.1000/foxes"}
    assert [failure.message for failure in report.failures] == [error.message]
    assert catalog.libraries.unread([reader], NOON, "doi") == asked_again


def test_who_was_not_asked_because_another_was_refused_is_asked_at_the_next_run(catalog: Catalog) -> None:
    names = tuple(f"doi:10.1000/{n:03}" for n in range(201))
    reader = catalog.subscribers.add(a_subscription(), NOON).id
    library = catalog.libraries.keep(Library(subscription=reader, address="refs.bib"))
    catalog.libraries.record(library.id, Changes(references=tuple(Reference(entry=name, ids=(name,)) for name in names)), NOON)
    parts = replace(parts_with(catalog), works=Failing(SourceRefused("Crossref", "answers 400"), a_paper(names[0], "On Foxes")))

    look_up_works(parts, [reader], Report(NOON))

    assert catalog.libraries.unread([reader], NOON, "doi") == names[200:]


def test_details_that_came_before_arxiv_failed_stand_in_the_letter(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes"), a_paper("arxiv:2611.00002", "Hens")), NOON)
    told = a_paper("arxiv:2611.00001", "Foxes", facts=Facts(comment="12 pages"))
    parts = replace(parts_with(catalog), details=Failing(SourceUnreachable("arxiv", "no answer"), told))
    report = Report(NOON)

    learn_details(parts, publish(parts, report), report)

    assert {paper.facts.comment for paper in catalog.papers.find(["arxiv:2611.00001", "arxiv:2611.00002"]).values()} == {"12 pages", None}
    assert [failure.message for failure in report.failures] == ["no answer"]
