"""Summaries in a run: what stands in an issue is summed up once, failures stop nothing, and letters say whose words they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.delivery.folder import NullTransport
from digest.model import Facts
from digest.run import Parts, Report, publish, render_issue, run, sum_up
from digest.run.issuing.publishing import Published
from digest.run.mailing.summarising import IN_A_ROW, PATIENCE, with_summaries
from tests.builders import NOON, a_batch, a_paper, a_subscription

from .chat_server import PATH, a_summariser, saying
from .http_faults import HttpFaults, page, turns
from .run_parts import parts_with

PLAIN = "Reynard is a model of how foxes share dens; it beats earlier ones by 14 %."


@pytest.fixture
def server() -> Iterator[HttpFaults]:
    with HttpFaults({PATH: saying(lambda paper: f"{paper['title']} is summed up: it is about calibration.")}) as running:
        yield running


def parts_that_sum_up(catalog: Catalog, server: HttpFaults, papers: int = 3, **changes: object) -> Parts:
    """Parts with a model, a reader who is due, and some papers on calibration of which the first has no abstract."""
    abstracts = ["", *(f"Calibration of kind {n}." for n in range(1, papers + 1))]
    listed = [a_paper(f"arxiv:2611.{n:05}", f"Paper {n} on calibration", abstract=text) for n, text in enumerate(abstracts)]
    catalog.papers.record(a_batch(*listed), NOON)
    catalog.subscribers.add(a_subscription(), NOON)
    return replace(parts_with(catalog), **{"summariser": a_summariser(server), **changes})  # type: ignore[arg-type]


def summed_up(parts: Parts, report: Report | None = None) -> tuple[Published, Report]:
    told = report or Report(NOON)
    made = publish(parts, told)
    sum_up(parts, made, told)
    return made, told


def test_what_stands_in_an_issue_is_summed_up_and_nothing_else(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server, daily_summaries=3)
    catalog.papers.record(a_batch(a_paper("arxiv:2610.1", "Old", abstract="Old.")), NOON - timedelta(days=90))

    _, report = summed_up(parts)

    assert len(server.asked) == 3
    assert (report.failures, [line for line in report.quiet if "summar" in line]) == ([], [])
    assert catalog.summaries.made_since(NOON) == 3


def test_a_paper_is_asked_for_once_ever(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server)
    made, _ = summed_up(parts)

    sum_up(parts, made, Report(NOON + timedelta(days=3)))

    assert len(server.asked) == 3


def test_an_answer_of_no_use_is_told_and_not_asked_for_again(catalog: Catalog, server: HttpFaults) -> None:
    server.pages[PATH] = saying("I'm sorry, but I can't help with that.")
    parts = parts_that_sum_up(catalog, server)

    made, report = summed_up(parts)
    sum_up(parts, made, Report(NOON))

    assert len(server.asked) == 3
    assert report.failures == []
    assert "summaries: 3 answers of m-1 were of no use and are not shown" in report.quiet
    issue = catalog.issues.load(made.issues[0])
    assert with_summaries(parts, issue) is issue


def test_the_daily_cap_holds_over_the_runs_of_a_utc_day(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server, daily_summaries=2)
    made, midnight = publish(parts, Report(NOON)), NOON.replace(hour=0)
    report, later = Report(midnight), Report(NOON.replace(hour=23, minute=59, second=59, microsecond=999_999))
    sum_up(parts, made, report)
    sum_up(parts, made, later)
    asked_on_the_day = len(server.asked)

    sum_up(parts, made, Report(midnight + timedelta(days=1)))

    assert (asked_on_the_day, len(server.asked)) == (2, 3)
    assert "summaries: the daily cap of 2 leaves 1 paper of today without one" in report.quiet
    assert later.failures == []


def test_a_cap_that_was_lowered_since_the_morning_asks_for_nothing_more_that_day(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server, papers=5, daily_summaries=3)
    made, _ = summed_up(parts)
    later = Report(NOON)

    sum_up(replace(parts, daily_summaries=2), made, later)

    assert len(server.asked) == 3
    assert later.quiet == ["summaries: the daily cap of 2 leaves 2 papers of today without one"]


def test_where_there_is_a_cap_what_stands_first_is_summed_up(catalog: Catalog, server: HttpFaults) -> None:
    made, _ = summed_up(parts_that_sum_up(catalog, server, papers=10, daily_summaries=3))

    shown = [pick.paper for pick in catalog.issues.load(made.issues[0]).picks if pick.paper.abstract]
    assert catalog.summaries.find("m-1", shown).keys() == {paper.key for paper in shown[:3]}


def test_a_failure_is_told_once_and_after_three_in_a_row_no_more_is_asked(catalog: Catalog, server: HttpFaults) -> None:
    server.pages[PATH] = page(b"no", "500 Oops")
    parts = parts_that_sum_up(catalog, server, papers=6)

    made, report = summed_up(parts)

    assert len(server.asked) == IN_A_ROW == 3
    assert [(failure.subject, failure.hint[:27]) for failure in report.failures] == [(server.url(PATH), "see that the server runs, a")]
    assert "summaries: m-1 failed 3 times in a row, so 3 papers were not asked for" in report.quiet
    assert len(made.papers) == 7
    assert catalog.summaries.made_since(NOON) == 0


def test_failures_between_successes_do_not_end_it_and_each_kind_is_told_once(catalog: Catalog, server: HttpFaults) -> None:
    fail, gone, good = page(b"no", "500 Oops"), page(b"no", "404 Not Found"), saying(PLAIN)
    server.pages[PATH] = turns(fail, gone, good, gone, fail, good)
    parts = parts_that_sum_up(catalog, server, papers=6)

    _, report = summed_up(parts)

    assert len(server.asked) == 6
    assert len(report.failures) == 2
    assert catalog.summaries.made_since(NOON) == 2


def test_letters_do_not_wait_for_a_slow_model_for_ever(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server)
    moments = iter([0.0, 1.0, PATIENCE + 1.0])
    report = Report(NOON)

    sum_up(parts, publish(parts, report), report, monotonic=lambda: next(moments))

    assert len(server.asked) == 1
    assert "summaries: m-1 took 600 seconds, so 2 papers were not asked for" in report.quiet


def test_a_letter_shows_the_models_words_with_its_name(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server)
    made, _ = summed_up(parts)

    rendering = render_issue(parts, catalog.issues.load(made.issues[0]))

    assert "Summary (AI, m-1): Paper 1 on calibration is summed up" in " ".join(rendering.text.split())
    assert "Calibration of kind 1." not in rendering.text
    assert rendering.html.count("Summary (AI, m-1)") == rendering.markdown.count("Summary (AI, m-1)") == 3


def test_beside_a_paper_of_which_nothing_of_use_was_said_the_others_are_summed_up(catalog: Catalog, server: HttpFaults) -> None:
    server.pages[PATH] = saying(lambda paper: PLAIN if paper["abstract"].endswith("2.") else "Sorry, no.")
    parts = parts_that_sum_up(catalog, server)
    made, _ = summed_up(parts)

    issue = with_summaries(parts, catalog.issues.load(made.issues[0]))

    facts = {pick.paper.abstract: pick.paper.facts for pick in issue.picks}
    assert facts.pop("Calibration of kind 2.") == Facts(summary=PLAIN, summary_by="m-1")
    assert list(facts.values()) == [Facts()] * 3


def test_an_abstract_that_changed_is_not_shown_with_its_old_summary(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server, papers=1)
    made, _ = summed_up(parts)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Paper 1 on calibration", abstract="All is new.", version=2)), NOON)

    rendering = render_issue(parts, catalog.issues.load(made.issues[0]))

    assert "Summary (AI" not in rendering.text
    assert "All is new." in rendering.text


def test_without_a_model_nothing_is_asked_and_a_stored_summary_is_not_shown(catalog: Catalog, server: HttpFaults) -> None:
    parts = parts_that_sum_up(catalog, server)
    made, _ = summed_up(parts)
    bare = replace(parts, summariser=None)

    sum_up(bare, made, Report(NOON))

    assert len(server.asked) == 3
    assert "Summary (AI" not in render_issue(bare, catalog.issues.load(made.issues[0])).text


def test_no_transaction_is_open_while_the_model_writes(catalog: Catalog, server: HttpFaults) -> None:
    def write_meanwhile(paper: dict[str, str]) -> str:
        catalog.sources.failed(f"while {paper['title']}", "is down")  # waits for ever where a run holds the door
        return PLAIN

    server.pages[PATH] = saying(write_meanwhile)

    _, report = summed_up(parts_that_sum_up(catalog, server))

    assert (report.failures, len(catalog.sources.states())) == ([], 1 + 3)  # the list of papers is a source as well


def test_a_whole_run_sums_up_before_it_delivers(catalog: Catalog, server: HttpFaults) -> None:
    letters: list[bytes] = []

    class Keeping(NullTransport):
        def send(self, letter):  # type: ignore[no-untyped-def]
            letters.append(letter.content)
            return super().send(letter)

    parts = parts_that_sum_up(catalog, server, connect=Keeping)

    report = run(parts, lambda: NOON)

    assert report.failures == []
    assert len(letters) == 1
    assert letters[0].count(b"Summary (AI, m-1)") >= 3
