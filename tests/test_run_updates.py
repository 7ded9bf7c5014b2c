"""What became of papers that a reader was shown: told once, beside the chosen papers, to who wants to hear of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from digest.catalog import Catalog
from digest.catalog.papers.fates import accepted_where, fate_of
from digest.model import (
    Batch,
    Cadence,
    DeliveryStatus,
    Every,
    Facts,
    FeedbackKind,
    Issue,
    Listing,
    Paper,
    Profile,
    Reason,
    Section,
    Subscription,
)
from digest.run import Parts, Report, fetch, learn_details, publish, render_issue
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.fates import settled
from tests.run_parts import parts_with, published, shown

DAY = timedelta(days=1)
FOX = a_paper("arxiv:2611.00001", "Foxes in winter")
HEN = a_paper("arxiv:2611.00002", "Hens in spring")
AGAIN = replace(FOX, version=3, abstract="We study foxes once more.")


def a_reader(catalog: Catalog, email: str = "ana@example.org", **changes: object) -> Subscription:
    fields: dict[str, object] = {"updates": True, **changes}
    return catalog.subscribers.add(a_subscription(email, profile=a_profile("foxes", **fields)), NOON)  # type: ignore[arg-type]  # a profile's


def day_of(catalog: Catalog, parts: Parts, number: int) -> Issue:
    """The issue of that day after the first, on which one new paper is listed; the only reader's."""
    at = NOON + number * DAY
    title, abstract = (("Owls at night", "Where owls hunt."), ("Hares in May", "A census by ear."))[number - 1]
    catalog.papers.record(a_batch(a_paper(f"arxiv:2612.0000{number}", title, abstract=abstract)), at)
    (issue,) = published(parts, at)
    return issue


def told(issue: Issue) -> dict[str, tuple[Reason, ...]]:
    return {pick.paper.key: pick.reasons for pick in issue.picks if pick.section is Section.UPDATED}


def notes(issue: Issue) -> dict[str, str]:
    return {key: reasons[0].note for key, reasons in told(issue).items()}


@pytest.fixture
def parts(catalog: Catalog) -> Parts:
    """A catalog with two new papers."""
    catalog.papers.record(a_batch(FOX, HEN), NOON)
    return parts_with(catalog)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_later_version_of_a_shown_paper_is_told_once_at_the_end(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    published(parts)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)

    tomorrow, after = day_of(catalog, parts, 1), day_of(catalog, parts, 2)

    assert shown(tomorrow) == ["arxiv:2612.00001", FOX.key]
    assert told(tomorrow) == {FOX.key: (Reason("updated", 0.0, "version 3; you saw version 1"),)}
    assert told(catalog.issues.load(tomorrow.id)) == told(tomorrow)
    assert told(after) == {}


def test_a_version_after_the_told_one_is_told_from_there(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    published(parts)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)
    day_of(catalog, parts, 1)
    catalog.papers.record(a_batch(replace(AGAIN, version=4), kind=Listing.REPLACE), NOON + 2 * DAY)

    assert notes(day_of(catalog, parts, 2)) == {FOX.key: "version 4; you saw version 3"}


@pytest.mark.parametrize(
    ("facts", "abstract", "note"),
    [
        (Facts(comment="12 pages. Accepted at NeurIPS 2026, spotlight. Code online"), "", "accepted: NeurIPS 2026, spotlight"),
        (Facts(journal="Nature 612, 44 (2026)"), "", "accepted: Nature 612, 44 (2026)"),
        (Facts(comment="This paper has been withdrawn by the author"), "", "withdrawn"),
        (Facts(), "This paper has been withdrawn.", "withdrawn"),
    ],
)
def test_that_a_shown_paper_was_accepted_or_withdrawn_is_told_once(
    catalog: Catalog, parts: Parts, facts: Facts, abstract: str, note: str
) -> None:
    a_reader(catalog)
    published(parts)
    later = replace(FOX, facts=facts, abstract=abstract, version=2)
    catalog.papers.record(a_batch(later), NOON + DAY)

    tomorrow, after = day_of(catalog, parts, 1), day_of(catalog, parts, 2)

    assert (notes(tomorrow), notes(after)) == ({FOX.key: note}, {})


def test_a_paper_that_was_accepted_and_replaced_is_told_in_one_line(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    published(parts)
    catalog.papers.record(a_batch(replace(AGAIN, facts=Facts(comment="To appear in JMLR")), kind=Listing.REPLACE), NOON + DAY)

    tomorrow, after = day_of(catalog, parts, 1), day_of(catalog, parts, 2)

    assert notes(tomorrow) == {FOX.key: "accepted: JMLR; version 3; you saw version 1"}
    assert notes(after) == {}


def test_what_became_of_the_version_that_was_told_is_told_as_well(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    published(parts)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)
    day_of(catalog, parts, 1)
    catalog.papers.record(a_batch(replace(AGAIN, facts=Facts(comment="To appear in JMLR"))), NOON + 2 * DAY)

    assert notes(day_of(catalog, parts, 2)) == {FOX.key: "accepted: JMLR"}


def test_what_the_reader_saw_is_no_news(catalog: Catalog) -> None:
    a_reader(catalog)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(replace(FOX, version=2, facts=Facts(comment="Accepted at ICML"))), NOON)
    published(parts)
    catalog.papers.record(a_batch(replace(FOX, version=2), kind=Listing.REPLACE), NOON + DAY)

    assert told(day_of(catalog, parts, 1)) == {}


def test_a_later_version_of_a_paper_that_was_shown_as_accepted_is_told_without_that(catalog: Catalog) -> None:
    a_reader(catalog)
    parts = parts_with(catalog)
    accepted = Facts(comment="Accepted at ICML")
    catalog.papers.record(a_batch(replace(FOX, facts=accepted)), NOON)
    published(parts)
    catalog.papers.record(a_batch(replace(AGAIN, facts=accepted), kind=Listing.REPLACE), NOON + DAY)

    assert notes(day_of(catalog, parts, 1)) == {FOX.key: "version 3; you saw version 1"}


def test_a_version_that_no_replacement_announced_is_none(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    published(parts)
    catalog.papers.add([AGAIN], NOON + DAY)
    catalog.papers.record(a_batch(replace(FOX, facts=Facts(votes=5)), source="huggingface"), NOON + DAY)

    assert told(day_of(catalog, parts, 1)) == {}


def test_what_was_told_already_takes_no_place_from_what_is_still_to_be_told(catalog: Catalog) -> None:
    a_reader(catalog, limit=7)
    papers = [a_paper(f"arxiv:2611.0000{n}", f"On the habits of fox {n}") for n in range(6)]
    catalog.papers.record(a_batch(*papers), NOON)
    parts = parts_with(catalog)
    published(parts)
    catalog.papers.add([replace(paper, facts=Facts(comment="Withdrawn")) for paper in papers], NOON + DAY)

    tomorrow, after = day_of(catalog, parts, 1), day_of(catalog, parts, 2)

    assert (len(told(tomorrow)), len(told(after))) == (5, 1)


def test_the_weightiest_five_are_told_and_the_rest_the_next_day(catalog: Catalog) -> None:
    a_reader(catalog, limit=7)
    papers = [a_paper(f"arxiv:2611.0000{n}", f"On the habits of fox {n}") for n in range(7)]
    catalog.papers.record(a_batch(*papers), NOON)
    parts = parts_with(catalog)
    published(parts)
    later = [replace(paper, version=2) for paper in papers]
    later[4] = replace(later[4], facts=Facts(comment="Accepted at ICML"))
    later[5] = replace(later[5], facts=Facts(comment="Withdrawn"))
    catalog.papers.record(a_batch(*later, kind=Listing.REPLACE), NOON + DAY)

    tomorrow, after = day_of(catalog, parts, 1), day_of(catalog, parts, 2)

    assert list(told(tomorrow))[:2] == [papers[5].key, papers[4].key]
    assert (len(told(tomorrow)), len(told(after))) == (5, 2)
    assert told(tomorrow).keys().isdisjoint(told(after))


# --- to whom ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"updates": False}, {"muted": ("winter",)}])
def test_it_is_told_to_nobody_who_did_not_ask_or_mutes_the_paper_by_now(catalog: Catalog, parts: Parts, changes: dict[str, object]) -> None:
    reader = a_reader(catalog)
    published(parts)
    profile = replace(reader.profile or Profile(), **changes)  # type: ignore[arg-type]  # the table above holds a profile's fields
    catalog.subscribers.edit(replace(reader, profile=profile), NOON)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)

    assert told(day_of(catalog, parts, 1)) == {}


@pytest.mark.parametrize("kind", [FeedbackKind.LESS, FeedbackKind.SEEN])
def test_it_is_told_to_nobody_who_disliked_the_paper_or_knew_it(catalog: Catalog, parts: Parts, kind: FeedbackKind) -> None:
    reader = a_reader(catalog)
    published(parts)
    catalog.feedback.give(reader.id, FOX.key, kind, NOON)
    catalog.feedback.give(reader.id, HEN.key, FeedbackKind.MORE, NOON)
    catalog.papers.record(a_batch(AGAIN, replace(HEN, version=2), kind=Listing.REPLACE), NOON + DAY)

    assert told(day_of(catalog, parts, 1)).keys() == {HEN.key}


def test_what_a_reader_disliked_by_one_subscription_is_not_told_by_another(catalog: Catalog, parts: Parts) -> None:
    reader = a_reader(catalog)
    silent = a_subscription(name="silent", profile=a_profile("stones"), cadence=Cadence(every=Every.WEEKLY))
    other = catalog.subscribers.add(silent, NOON)
    published(parts)
    catalog.feedback.give(other.id, FOX.key, FeedbackKind.LESS, NOON)
    catalog.feedback.give(other.id, HEN.key, FeedbackKind.LESS, NOON)
    catalog.feedback.give(reader.id, HEN.key, FeedbackKind.MORE, NOON)
    catalog.papers.record(a_batch(AGAIN, replace(HEN, version=2), kind=Listing.REPLACE), NOON + DAY)

    assert told(day_of(catalog, parts, 1)).keys() == {HEN.key}


def test_a_profile_too_thin_to_rank_is_told_and_keeps_its_ranks(catalog: Catalog, parts: Parts) -> None:
    catalog.subscribers.add(a_subscription(profile=Profile(updates=True)), NOON)
    published(parts)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)

    issue = day_of(catalog, parts, 1)

    assert told(issue).keys() == {FOX.key}
    assert "\n  1  " in render_issue(parts, issue).text


def test_two_letters_of_one_person_tell_it_once(catalog: Catalog, parts: Parts) -> None:
    for name in ("one", "two"):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile("foxes", updates=True, limit=1)), NOON)
    published(parts)
    later = [a_paper(f"arxiv:2612.0000{n}", f"Owls, part {n}") for n in (1, 2)]
    catalog.papers.record(a_batch(*later), NOON + DAY)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)

    issues = published(parts, NOON + DAY)

    assert [len(told(issue)) for issue in issues] == [1, 0]


def test_of_two_letters_of_one_person_that_one_tells_it_of_which_they_asked_for_it(catalog: Catalog, parts: Parts) -> None:
    quiet = a_reader(catalog, updates=False)
    catalog.subscribers.add(replace(quiet, name="evenings", profile=a_profile("owls", updates=True)), NOON)
    published(parts)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)
    catalog.papers.record(a_batch(a_paper("arxiv:2612.1", "Foxes"), a_paper("arxiv:2612.2", "Owls")), NOON + DAY)

    issues = published(parts, NOON + DAY)

    assert {issue.subscription.name: list(told(issue)) for issue in issues} == {"main": [], "evenings": [FOX.key]}


def test_what_one_letter_has_no_room_to_tell_another_of_the_same_person_tells(catalog: Catalog) -> None:
    for name in ("one", "two"):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile("foxes", updates=True, limit=3)), NOON)
    papers = [a_paper(f"arxiv:2611.0000{n}", f"On the habits of fox {n}") for n in range(6)]
    catalog.papers.record(a_batch(*papers), NOON)
    parts = parts_with(catalog)
    published(parts)
    catalog.papers.add([replace(paper, facts=Facts(comment="Withdrawn")) for paper in papers], NOON + DAY)
    catalog.papers.record(a_batch(*(a_paper(f"arxiv:2612.0000{n}", f"Owls, part {n}") for n in range(4))), NOON + DAY)

    issues = published(parts, NOON + DAY)

    assert [len(told(issue)) for issue in issues] == [5, 1]


def test_a_letter_that_is_held_back_takes_no_update_from_another_of_the_same_person(catalog: Catalog, parts: Parts) -> None:
    choosy, easy = Cadence(only_above=1000.0), Cadence()
    for name, cadence in (("one", choosy), ("two", easy)):
        profile = a_profile("foxes", updates=True)
        catalog.subscribers.add(a_subscription(name=name, profile=profile, cadence=cadence), NOON)
    published(parts)
    catalog.papers.record(a_batch(a_paper("arxiv:2612.00001", "Owls")), NOON + DAY)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)

    held, read = published(parts, NOON + DAY)

    assert (held.held, len(told(held)), len(told(read))) == (True, 0, 1)


def test_an_update_makes_no_letter_by_itself_and_waits_for_the_next(catalog: Catalog, parts: Parts) -> None:
    reader = a_reader(catalog)
    published(parts)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)

    (quiet,) = published(parts, NOON + DAY)

    assert (quiet.picks, quiet.has_letter) == ((), False)
    assert told(day_of(catalog, parts, 2)).keys() == {FOX.key}
    assert reader.cadence == Cadence()


def test_after_sixty_days_nothing_is_told(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    published(parts)
    late = NOON + 61 * DAY
    catalog.papers.record(a_batch(a_paper("arxiv:2701.00001", "Owls")), late)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), late)

    (issue,) = published(parts, late)

    assert (shown(issue), told(issue)) == (["arxiv:2701.00001"], {})


@pytest.mark.parametrize("status", [DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP, DeliveryStatus.CANCELLED])
def test_an_update_in_a_letter_that_never_arrived_is_told_again_and_is_no_new_paper(
    catalog: Catalog, parts: Parts, status: DeliveryStatus
) -> None:
    a_reader(catalog)
    published(parts)
    (letter,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, DAY)
    settled(catalog.outbox, letter.id, DeliveryStatus.SENT, NOON)
    catalog.papers.record(a_batch(AGAIN, kind=Listing.REPLACE), NOON + DAY)
    lost = day_of(catalog, parts, 1)
    (letter,) = catalog.outbox.claim(NOON + DAY, "elsewhere:1:a", 1, DAY)
    settled(catalog.outbox, letter.id, status, NOON + DAY)

    again = day_of(catalog, parts, 2)

    assert told(again) == told(lost) != {}
    assert {pick.paper.key for pick in again.picks if pick.section is not Section.UPDATED} == {"arxiv:2612.00001", "arxiv:2612.00002"}


@pytest.mark.parametrize(
    ("status", "notes_then"),
    [
        (DeliveryStatus.SENT, {}),
        (DeliveryStatus.REFUSED, {FOX.key: "accepted: JMLR; version 3; you saw version 1"}),
    ],
)
def test_what_a_paper_was_shown_as_under_another_name_is_no_news_where_that_letter_arrived(
    catalog: Catalog, parts: Parts, status: DeliveryStatus, notes_then: dict[str, str]
) -> None:
    a_reader(catalog)
    published(parts)
    elsewhere = a_paper("doi:10.1000/1", "Foxes through the winter", version=3, facts=Facts(comment="To appear in JMLR"))
    catalog.papers.record(a_batch(elsewhere, source="journal"), NOON + DAY)
    day_of(catalog, parts, 1)
    first, second = catalog.outbox.claim(NOON + DAY, "elsewhere:1:a", 2, DAY)
    settled(catalog.outbox, first.id, DeliveryStatus.SENT, NOON + DAY)
    catalog.papers.record(a_batch(replace(AGAIN, ids=(FOX.key, elsewhere.key)), kind=Listing.REPLACE), NOON + 2 * DAY)
    settled(catalog.outbox, second.id, status, NOON + 2 * DAY)

    assert notes(day_of(catalog, parts, 2)) == notes_then


def test_two_papers_of_one_letter_that_prove_to_be_one_are_no_news_as_they_stood_there(catalog: Catalog) -> None:
    elsewhere = a_paper("doi:10.1000/1", "Foxes through the winter", facts=Facts(comment="To appear in JMLR"))
    catalog.papers.record(a_batch(FOX, elsewhere), NOON)
    parts = parts_with(catalog)
    a_reader(catalog)
    published(parts)
    catalog.papers.record(a_batch(replace(FOX, ids=(FOX.key, elsewhere.key))), NOON + DAY)

    assert notes(day_of(catalog, parts, 1)) == {}


# --- what is asked ----------------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """arXiv's answers about papers, and what it was asked."""

    known: tuple[Paper, ...]
    asked: list[str] = field(default_factory=list)

    def batches(self, arxiv_ids: Sequence[str], /) -> Iterator[tuple[Paper, ...]]:
        self.asked.extend(arxiv_ids)
        yield tuple(paper for paper in self.known if paper.key.removeprefix("arxiv:") in arxiv_ids)


@dataclass(frozen=True)
class Listed:
    """A source that has one listing."""

    batch: Batch
    name: str = "arxiv"

    def fetch(self, cursor: str, now: datetime) -> Batch:
        return self.batch


def test_arxiv_is_asked_for_the_comments_of_replaced_papers_that_somebody_was_shown_and_wants_to_hear_of(
    catalog: Catalog, parts: Parts
) -> None:
    a_reader(catalog, limit=1)
    published(parts)
    desk = Desk((replace(AGAIN, facts=Facts(comment="Withdrawn: lemma 2 is wrong")),))
    source = Listed(a_batch(AGAIN, replace(HEN, key="arxiv:2611.00009", ids=("arxiv:2611.00009",)), kind=Listing.REPLACE))

    fetch(replace(parts, sources=(source,), details=desk), Report(NOON + DAY))
    fetch(replace(parts, sources=(source,), details=desk), Report(NOON + DAY + DAY / 24))

    assert desk.asked == ["2611.00001"]
    assert notes(day_of(catalog, parts, 2)) == {FOX.key: "withdrawn"}


def test_details_that_came_in_before_a_letter_went_out_are_no_news_to_its_reader(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog)
    desk = Desk((replace(FOX, version=2, facts=Facts(comment="Accepted at ICML")),))
    report = Report(NOON)
    asking = replace(parts, details=desk)
    learn_details(asking, publish(asking, report), report)
    catalog.papers.record(a_batch(replace(FOX, version=2), kind=Listing.REPLACE), NOON + DAY)

    assert told(day_of(catalog, parts, 1)) == {}


# --- the words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "fate"),
    [
        ("Accepted to ICLR 2027 (oral)", "accepted"),
        ("to appear in Physical Review D", "accepted"),
        ("9 pages, published at AAAI", "accepted"),
        ("In press, Cognition", "accepted"),
        ("Submitted to ICLR 2027", ""),
        ("Not accepted anywhere", ""),
        ("It has not been accepted yet", ""),
        ("Submitted to ICLR. Code will be released once the paper is accepted", ""),
        ("If accepted, code will follow", ""),
        ("After two rounds, accepted by TMLR", "accepted"),
        ("Code will be published at https://example.org", ""),
        ("withdrawn from ICLR to be extended", ""),
        ("This submission has been withdrawn by arXiv administrators", "withdrawn"),
        ("Accepted at ICML; retracted", "withdrawn"),
        ("Replaces the withdrawn paper of last year", ""),
        ("Supersedes withdrawn arXiv:2401.00001", ""),
        ("Withdrawn from arXiv: lemma 2 is wrong", "withdrawn"),
        ("An earlier version of this work was withdrawn; 12 pages", ""),
        ("The previous version was retracted. This paper has been withdrawn", "withdrawn"),
        ("Published as a conference paper at ICLR 2026", "accepted"),
        ("Parts were published as a blog", ""),
        ("Under review, and will be withdrawn if it appears elsewhere", ""),
        ("Unlike the first part, it has not been retracted", ""),
        ("The second part is to be withdrawn", ""),
        ("", ""),
    ],
)
def test_a_comment_tells_what_became_of_a_paper(comment: str, fate: str) -> None:
    assert fate_of("We study withdrawn drugs and accepted practice.", Facts(comment=comment)) == fate


@pytest.mark.parametrize(
    ("comment", "where"),
    [
        ("Accepted for publication in MNRAS. 14 pages", "MNRAS"),
        ("15 pages (accepted by ACL 2026)", "ACL 2026"),
        ("To appear in: JMLR; 40 pages", "JMLR"),
        ("Code released once accepted. Accepted at ICML", "ICML"),
        ("12 pages; published as a conference paper at ICLR 2026", "ICLR 2026"),
        ("Accepted after a major revision", "Accepted after a major revision"),
        ("The accepted manuscript", "manuscript"),
        ("Accepted", "Accepted"),
    ],
)
def test_a_comment_tells_where_a_paper_was_accepted(comment: str, where: str) -> None:
    assert accepted_where(a_paper(facts=Facts(comment=comment))) == where
