"""What libraries lack, looked up: what came before a failure is kept, and what no service answers is not asked for every day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from digest.catalog import Catalog, Library
from digest.errors import DigestError, SourceRefused, SourceUnreachable
from digest.model import Changes, Paper, Reference
from digest.run import Report, look_up_works

from .builders import NOON, a_paper, a_subscription
from .run_parts import parts_with

NAMES = ("doi:10.1000/foxes", "doi:10.1000/hens")


@dataclass
class Failing:
    """Answers for the first name, then fails."""

    error: DigestError

    def batches(self, ids: Sequence[str], /) -> Iterator[tuple[Paper, ...]]:
        yield (a_paper(f"doi:{ids[0]}", "On Foxes"),)
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
