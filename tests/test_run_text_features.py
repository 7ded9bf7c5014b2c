"""What is made of texts before they are ranked: made once, kept under the model's name, and missed without harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pytest

from digest.catalog import Catalog
from digest.cli.run import would_run
from digest.embedding import Progress, Tell, silent
from digest.errors import ModelError
from digest.model import Edition, Facts, Paper
from digest.naming import text_key
from digest.ranking.texts.words import READING, read_words
from digest.run import Report, compose, gather, preview_issue
from digest.run.issuing.composing import today
from digest.run.issuing.text_features import FIRST, PATIENCE, learn, usual
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, shown

FOXES = a_paper("arxiv:1.1", "Foxes", abstract="On vixens.")
BIRDS = a_paper("arxiv:1.2", "Birds", abstract="On song.")


@dataclass
class Plain:
    """A model of two dimensions: what is about foxes lies one way, all else the other. `asked` are the texts it was given."""

    name: str = "plain-1"
    dimensions: int = 2
    asked: list[str] = field(default_factory=list)
    breaks_at: str = "never"

    def embed(self, texts: Sequence[str], tell: Tell = silent) -> np.ndarray:
        if any(self.breaks_at in text for text in texts):
            raise ModelError(self.name, "is out of breath", hint="let it rest")
        self.asked += texts
        tell(Progress(len(texts), len(texts), 0.0))
        return np.array([[1, 0] if "fox" in text.lower() or "reynard" in text.lower() else [0, 1] for text in texts], np.float32)


def kept(catalog: Catalog) -> dict[str, int]:
    """How many vectors of each model are kept."""
    with catalog.reading() as connection:
        return dict(connection.exec_driver_sql("select model, count(*) from vectors group by model").all())


def test_a_dry_run_tells_of_a_model_that_fails(catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> None:
    catalog.papers.record(a_batch(FOXES), NOON)
    catalog.subscribers.add(a_subscription(), NOON - timedelta(days=2))

    status = would_run(replace(parts_with(catalog), embedder=Plain(breaks_at="")), NOON, as_json=False)

    assert (status, "failed: plain-1: is out of breath\n  → let it rest\n" in capsys.readouterr().err) == (1, True)


def test_a_model_that_takes_too_long_reads_the_rest_at_the_next_run(catalog: Catalog) -> None:
    model, report = Plain(), Report(NOON)
    papers = [a_paper(f"arxiv:{n}.1", f"Foxes {n}") for n in range(4 * FIRST)]
    parts = replace(parts_with(catalog), embedder=model)
    clock = iter([0.0, 0.0, PATIENCE + 1])

    known = learn(parts, papers, [], report, monotonic=lambda: next(clock))

    assert (len(known.vectors), kept(catalog)["plain-1"]) == (FIRST, FIRST)
    assert report.quiet == [
        "plain-1 took 20 minutes: 96 texts are left to the next run", "what the model has not read is ranked by its words alone",
    ]  # fmt: skip
    assert len(learn(parts, papers, [], Report(NOON)).vectors) == 4 * FIRST


def test_words_are_read_once_and_kept(catalog: Catalog) -> None:
    parts = parts_with(catalog)

    known = learn(parts, [FOXES, BIRDS], [], Report(NOON))

    assert kept(catalog) == {READING: 2}
    assert known.words["arxiv:1.1"].tolist() == read_words(FOXES).tolist()
    assert learn(parts, [FOXES], [], Report(NOON)).words["arxiv:1.1"].tolist() == read_words(FOXES).tolist()


def test_of_very_many_papers_the_words_that_were_asked_for_last_are_kept(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.run.issuing.text_features.WORDS", 2)
    parts = parts_with(catalog)
    learn(parts, [FOXES, BIRDS], [], Report(NOON))
    before = kept(catalog)

    learn(parts, [BIRDS, replace(FOXES, key="arxiv:1.3", title="Stones")], [], Report(NOON))
    learn(parts, [replace(FOXES, key="arxiv:1.4", title="Rivers")], [], Report(NOON))

    assert [before, kept(catalog)] == [{READING: 2}, {READING: 1}]
    assert learn(parts, [FOXES], [], Report(NOON)).words["arxiv:1.1"].tolist() == read_words(FOXES).tolist()


def test_a_text_is_embedded_once_ever(catalog: Catalog) -> None:
    model = Plain()
    parts = replace(parts_with(catalog), embedder=model)

    learn(parts, [FOXES, BIRDS], ["foxes"], Report(NOON))
    known = learn(parts, [FOXES, BIRDS, replace(FOXES, key="arxiv:9.9")], ["foxes"], Report(NOON))

    assert sorted(model.asked) == ["Birds. On song.", "Foxes. On vixens.", "foxes"]
    assert known.vectors["arxiv:9.9"].tolist() == [1, 0]
    assert known.topics["foxes"].tolist() == [1, 0]


def test_a_paper_whose_text_changes_is_embedded_again(catalog: Catalog) -> None:
    model = Plain()
    parts = replace(parts_with(catalog), embedder=model)
    learn(parts, [FOXES], [], Report(NOON))

    known = learn(parts, [replace(FOXES, title="Birds", abstract="On song.")], [], Report(NOON))

    assert known.vectors["arxiv:1.1"].tolist() == [0, 1]


def test_of_an_abstract_that_is_stuffed_with_keywords_a_model_reads_nothing(catalog: Catalog) -> None:
    model, abstract = Plain(), "We study foxes. " + "Calibration of language models. " * 20
    parts = replace(parts_with(catalog), embedder=model)

    learn(parts, [replace(FOXES, abstract=abstract)], [], Report(NOON))

    assert model.asked == [f"{FOXES.title}."]


def test_a_model_reads_a_long_text_that_names_many_others_by_their_first_authors(catalog: Catalog) -> None:
    model, abstract = Plain(), " ".join(f"Fox number{n} was seen by Writer{n} et al. in winter{n} near river{n}." for n in range(20))
    parts = replace(parts_with(catalog), embedder=model)

    learn(parts, [replace(FOXES, abstract=abstract)], [], Report(NOON))

    assert model.asked == [f"{FOXES.title}. {abstract}"]


def test_another_model_embeds_anew_and_is_never_mixed_with_the_first(catalog: Catalog) -> None:
    learn(replace(parts_with(catalog), embedder=Plain()), [FOXES, BIRDS], ["foxes"], Report(NOON))
    other = Plain("other-1", breaks_at="song")

    known = learn(replace(parts_with(catalog), embedder=other), [FOXES], [], Report(NOON))

    assert other.asked == ["Foxes. On vixens."]
    assert kept(catalog) == {READING: 2, "plain-1": 3, "other-1": 1}
    assert set(known.vectors) == {"arxiv:1.1"}


def test_a_model_that_fails_is_reported_and_papers_are_ranked_by_their_words(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("vixens", floor=1.0)), NOON)
    catalog.papers.record(a_batch(FOXES, BIRDS), NOON)
    report = Report(NOON)

    issue = preview_issue(replace(parts_with(catalog), embedder=Plain(breaks_at="On")), reader, report)

    assert shown(issue) == ["arxiv:1.1"]
    assert [(failure.subject, failure.message) for failure in report.failures] == [("plain-1", "is out of breath")]


def test_a_model_brings_a_paper_that_shares_no_word_with_the_topic(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("reynard", limit=1)), NOON)
    catalog.papers.record(a_batch(FOXES, *a_crowd(40)), NOON)

    issue = preview_issue(replace(parts_with(catalog), embedder=Plain()), reader, Report(NOON))

    assert shown(issue)[:1] == ["arxiv:1.1"]


def test_progress_is_that_of_all_texts(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.run.issuing.text_features.PORTION", 3)
    seen: list[tuple[int, int]] = []
    report = Report(NOON, watch=lambda progress: seen.append((progress.done, progress.total)))

    learn(replace(parts_with(catalog), embedder=Plain()), a_crowd(8), [], report)

    assert seen == [(3, 8), (6, 8), (8, 8)]


def test_what_was_embedded_before_a_failure_stays(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.run.issuing.text_features.PORTION", 1)
    longer = a_paper("arxiv:1.3", "Songs of many birds", abstract="On singing.")
    papers: list[Paper] = [longer, FOXES]

    learn(replace(parts_with(catalog), embedder=Plain(breaks_at="singing")), papers, [], Report(NOON))

    assert kept(catalog)["plain-1"] == 1


def test_blocks_of_one_day_share_its_survey(catalog: Catalog) -> None:
    readers = [catalog.subscribers.add(a_subscription(f"{name}@example.org", profile=a_profile(name)), NOON) for name in ("foxes", "birds")]
    catalog.papers.record(a_batch(FOXES, BIRDS, *a_crowd(40)), NOON)
    parts, due = parts_with(catalog), [(reader, today(reader, NOON)) for reader in readers]

    day = gather(parts, due, Report(NOON))
    apart = [compose(parts, [each], day)[0].issue for each in due]

    assert [issue.picks[0].paper.key for issue in apart] == ["arxiv:1.1", "arxiv:1.2"]


def test_a_day_that_is_rich_in_something_does_not_make_it_usual(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    before, new = a_paper("arxiv:2611.00001"), a_paper("arxiv:2611.00002", "On the habits of hens")
    catalog.papers.record(a_batch(before), NOON - timedelta(days=1))
    catalog.papers.record(a_batch(new), NOON)

    monkeypatch.setattr("digest.run.issuing.text_features.YOUNG", 1)
    assert [paper.key for paper in usual(catalog, NOON)] == [before.key]
    monkeypatch.setattr("digest.run.issuing.text_features.YOUNG", 2)
    assert [paper.key for paper in usual(catalog, NOON)] == [new.key, before.key]


@pytest.mark.parametrize(("edition", "votes"), [("cs.LG", None), ("trending", None), ("trending", 3)])
def test_what_is_listed_while_an_edition_is_made_is_in_its_next_issue(catalog: Catalog, edition: str, votes: int | None) -> None:
    first, second = (a_paper(f"arxiv:2611.0000{n}", facts=Facts(votes=votes)) for n in (1, 2))
    reader = catalog.subscribers.add(a_subscription(profile=None, edition=Edition(name=edition)), NOON)
    catalog.papers.record(a_batch(first), NOON)
    parts, due = parts_with(catalog), [(reader, today(reader, NOON))]
    day = gather(parts, due, Report(NOON))

    catalog.papers.record(a_batch(second), NOON)
    (draft,) = compose(parts, due, day)

    assert shown(draft.issue) == ["arxiv:2611.00001"]


@pytest.mark.parametrize(("name", "trust"), [("wordllama-1/l2_supercat_256", 0.6), ("minilm-1/int8/192", 1.0), ("endpoint/m@h", 1.0)])
def test_static_vectors_count_less(catalog: Catalog, name: str, trust: float) -> None:
    assert learn(replace(parts_with(catalog), embedder=Plain(name)), [FOXES], [], Report(NOON)).trust == trust


def test_a_server_that_gives_longer_vectors_under_the_same_name_is_asked_anew(catalog: Catalog) -> None:
    learn(replace(parts_with(catalog), embedder=Plain()), [FOXES], [], Report(NOON))

    class Longer(Plain):
        def embed(self, texts: Sequence[str], tell: Tell = silent) -> np.ndarray:
            return np.hstack((super().embed(texts, tell), np.zeros((len(texts), 1), np.float32)))

    known = learn(replace(parts_with(catalog), embedder=Longer()), [FOXES, BIRDS], [], Report(NOON))

    assert {key: len(vector) for key, vector in known.vectors.items()} == {"arxiv:1.1": 3, "arxiv:1.2": 3}


def test_vectors_of_two_lengths_that_were_kept_apart_are_never_ranked_together(catalog: Catalog) -> None:
    parts = replace(parts_with(catalog), embedder=Plain())
    learn(parts, [FOXES], [], Report(NOON))
    catalog.vectors.put("plain-1", {text_key("Birds. On song."): bytes(6)})  # three numbers where the model's have two

    known = learn(parts, [FOXES, BIRDS], [], Report(NOON))

    assert {key: len(vector) for key, vector in known.vectors.items()} == {"arxiv:1.1": 2, "arxiv:1.2": 2}
