"""Mailed commands carried out, and what is promised of them: each does what its token allows, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.catalog import Catalog
from digest.delivery.mailboxes.inbox import Command
from digest.model import FOR_EVER, Author, Edition, FeedbackKind, Issue, SubscriberStatus
from digest.naming import short_name
from digest.run.mailing.commands import carry_out, rehearse
from digest.tokens import Purpose, make_token
from tests.builders import NOON, a_batch, a_paper, a_subscriber, a_subscription
from tests.catalog_rooms import a_draft, published
from tests.run_parts import parts_with

ANA, BO = "ana@example.org", "bo@example.org"
FOXES = a_paper("arxiv:2611.00001", "Foxes of the north", authors=(Author("Ana Silva"), Author("Bo Lind")))
HENS = a_paper("arxiv:2611.00002", "Hens of the south", authors=())
DAY = timedelta(days=1)


@pytest.fixture
def issue(catalog: Catalog) -> Issue:
    """Ana's, with two papers."""
    catalog.papers.record(a_batch(FOXES, HENS), NOON)
    return published(catalog, ANA, papers=(FOXES, HENS))[0]


def letter_of(issue: Issue) -> str:
    return make_token(Purpose.LETTER, issue.subscription.id, issue.id, b"k" * 32)


def on_foxes(issue: Issue, action: str = "more", *, author: str = "", undo: bool = False, mail: str = "a") -> Command:
    return Command(action, letter_of(issue), short_name(FOXES.key), author, undo=undo, mail=mail)


@pytest.mark.parametrize(
    ("command", "is_done"),
    [
        (Command("unsubscribe", ""), True),
        (Command("pause", ""), True),
        (Command("pause", "", days=1), True),
        (Command("pause", "", until=(NOON + DAY).date()), True),
        (Command("pause", "", until=NOON.date()), False),
        (Command("pause", "", until=date(9999, 12, 31)), True),
        (Command("pause", "", undo=True), True),
        (Command("pause", "", until=NOON.date(), undo=True), True),
        (Command("more", "", short_name(FOXES.key)), True),
        (Command("more", "", short_name(HENS.key)), True),
        (Command("more", "", "2611.00003"), False),
        (Command("follow", "", short_name(FOXES.key)), True),
        (Command("follow", "", short_name(FOXES.key), "bo lind"), True),
        (Command("follow", "", short_name(FOXES.key), "Cy Orr"), False),
        (Command("follow", "", short_name(HENS.key)), False),
    ],
    ids=lambda given: f"{given.action} {given.paper}{given.author}{given.until or ''}" if isinstance(given, Command) else str(given),
)
def test_what_is_promised_is_what_is_done(catalog: Catalog, issue: Issue, command: Command, is_done: bool) -> None:
    command = replace(command, token=letter_of(issue), mail="a")

    promised = rehearse(parts_with(catalog), command, NOON)
    done = carry_out(parts_with(catalog), command, NOON)

    assert (promised is not None, done is not None) == (is_done, is_done)
    assert (promised or f"{ANA} (main): ").startswith(f"{ANA} (main): ")
    assert (promised or "").strip() == (promised or "")
    assert ("undo pause" in (promised or "")) is command.undo


def test_a_yes_to_an_invitation_is_promised_and_taken(catalog: Catalog) -> None:
    asked = catalog.subscribers.add(replace(a_subscription(ANA), subscriber=a_subscriber(ANA, status=SubscriberStatus.PENDING)), NOON)
    join = Command("join", make_token(Purpose.JOIN, asked.id, 0, b"k" * 32), mail="a")

    said = rehearse(parts_with(catalog), join, NOON), carry_out(parts_with(catalog), join, NOON)

    assert said == (f"{ANA} (main): join", f"{ANA} (main): subscription begun")


def test_a_mail_that_asked_for_what_could_not_be_done_is_not_said_to_have_been_carried_out(catalog: Catalog, issue: Issue) -> None:
    stranger = replace(on_foxes(issue), paper="2611.00003")

    assert [carry_out(parts_with(catalog), stranger, NOON) for _ in range(2)] == [None, None]


def test_a_mail_that_comes_again_is_carried_out_once_and_another_anew(catalog: Catalog, issue: Issue) -> None:
    said = [carry_out(parts_with(catalog), on_foxes(issue, mail=mail), NOON) for mail in ("a", "a", "b")]

    of = f"{ANA} (main): more"
    assert said == [f"{of} of {FOXES.key}", f"{of}, which this mail said before", f"{of} of {FOXES.key}, as was said before"]


def test_only_a_follow_names_an_author(catalog: Catalog, issue: Issue) -> None:
    for action in ("more", "follow"):
        carry_out(parts_with(catalog), on_foxes(issue, action, mail=action), NOON)

    said = catalog.feedback.on(issue.subscription.id, FOXES.key)

    assert {(one.kind, one.author) for one in said} == {(FeedbackKind.MORE, ""), (FeedbackKind.FOLLOW, "Ana Silva")}


def test_what_is_taken_back_is_of_that_kind_alone(catalog: Catalog, issue: Issue) -> None:
    for action in ("save", "follow"):
        carry_out(parts_with(catalog), on_foxes(issue, action, mail=action), NOON)

    carry_out(parts_with(catalog), on_foxes(issue, "save", undo=True), NOON)

    assert [one.kind for one in catalog.feedback.on(issue.subscription.id, FOXES.key)] == [FeedbackKind.FOLLOW]


def test_of_two_authors_the_one_whose_shortened_name_is_meant_is_followed(catalog: Catalog, issue: Issue) -> None:
    carry_out(parts_with(catalog), on_foxes(issue, "follow", author="BO L…"), NOON)

    assert [one.author for one in catalog.feedback.on(issue.subscription.id, FOXES.key)] == ["Bo Lind"]


def test_a_name_that_only_begins_like_an_authors_is_nobodys(catalog: Catalog, issue: Issue) -> None:
    assert carry_out(parts_with(catalog), on_foxes(issue, "follow", author="Bo L"), NOON) is None


def test_a_token_for_another_readers_letter_says_nothing_of_its_papers(catalog: Catalog, issue: Issue) -> None:
    bo = catalog.subscribers.add(a_subscription(BO), NOON)
    crossed = replace(on_foxes(issue), token=make_token(Purpose.LETTER, bo.id, issue.id, b"k" * 32))

    assert (rehearse(parts_with(catalog), crossed, NOON), carry_out(parts_with(catalog), crossed, NOON)) == (None, None)


@pytest.mark.parametrize("undo", [False, True], ids=["said", "taken back"])
def test_a_removed_subscription_learns_nothing_from_a_mail(catalog: Catalog, issue: Issue, undo: bool) -> None:
    carry_out(parts_with(catalog), on_foxes(issue, "save"), NOON)
    catalog.subscribers.remove(ANA, None, NOON)
    late = on_foxes(issue, "save" if undo else "more", undo=undo, mail="b")

    assert (rehearse(parts_with(catalog), late, NOON), carry_out(parts_with(catalog), late, NOON)) == (None, None)
    assert [one.kind for one in catalog.feedback.on(issue.subscription.id, FOXES.key)] == [FeedbackKind.SAVE]


def test_an_edition_learns_nothing_from_a_mail(catalog: Catalog, issue: Issue) -> None:
    reader = catalog.subscribers.add(a_subscription(BO, edition=Edition(name="trending")), NOON)
    (trending,) = catalog.issues.publish([a_draft(reader, FOXES, cutoff=catalog.papers.cutoff())], NOON)

    parts, command = parts_with(catalog), on_foxes(trending)
    assert (rehearse(parts, command, NOON), carry_out(parts, command, NOON)) == (None, None)


@pytest.mark.parametrize(
    ("command", "until", "told"),
    [
        (Command("pause", ""), FOR_EVER, "pause begun"),
        (Command("pause", "", days=2), NOON.replace(day=24, hour=23), "pause until 2026-11-24 23:00 UTC"),
        (Command("pause", "", until=date(2026, 12, 24)), NOON.replace(month=12, day=23, hour=23), "pause until 2026-12-23 23:00 UTC"),
        (Command("pause", "", until=date(9999, 1, 1)), FOR_EVER, "pause begun"),
        (Command("pause", "", until=date(2026, 12, 24), undo=True), NOON.replace(day=22, hour=23), "pause ended"),
    ],
    ids=["for good", "two days", "until a day", "until the last year", "ended"],
)
def test_a_pause_lasts_until_that_day_begins_where_its_reader_lives(
    catalog: Catalog, issue: Issue, command: Command, until: object, told: str
) -> None:
    catalog.subscribers.rest(issue.subscription.id, NOON + DAY)

    done = carry_out(parts_with(catalog), replace(command, token=letter_of(issue), mail="a"), NOON)

    assert done == f"{ANA} (main): {told}"
    assert catalog.subscribers.by_id(issue.subscription.id).subscriber.paused_until == until


def test_a_pause_until_a_day_that_begins_at_this_moment_is_none(catalog: Catalog, issue: Issue) -> None:
    command, midnight = Command("pause", letter_of(issue), until=date(2026, 11, 24), mail="a"), NOON.replace(hour=23)

    done = [act(parts_with(catalog), command, midnight) for act in (rehearse, carry_out)]

    assert done == [None, None]


@pytest.mark.parametrize("command", [Command("pause", "", days=2), Command("pause", "", until=(NOON + 2 * DAY).date())])
def test_a_reader_whose_zone_is_not_known_pauses_all_the_same_by_the_days_of_utc(catalog: Catalog, command: Command) -> None:
    lost = catalog.subscribers.add(replace(a_subscription(), subscriber=a_subscriber(ANA, zone="Europe/Atlantis")), NOON)
    parts, token = parts_with(catalog), make_token(Purpose.LETTER, lost.id, 1, b"k" * 32)

    assert rehearse(parts, replace(command, token=token), NOON) is not None
    assert carry_out(parts, replace(command, token=token, mail="a"), NOON) == "ana@example.org (main): pause until 2026-11-25 00:00 UTC"
    assert carry_out(parts, Command("pause", token, undo=True, mail="b"), NOON) == "ana@example.org (main): pause ended"
