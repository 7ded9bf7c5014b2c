"""Who gets what: from a command, from the configuration, and what readers do to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.errors import NotFound, UsageError
from digest.model import (
    Cadence,
    DeliveryStatus,
    Edition,
    Every,
    Format,
    Interest,
    Profile,
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressionReason,
)

from .builders import NOON, a_profile, a_subscriber, a_subscription
from .catalog_rooms import LEASE, a_draft, active, papers_in, paused, published

LATER = NOON + timedelta(hours=1)


def names(catalog: Catalog) -> list[tuple[str, str]]:
    return [(s.subscriber.email, s.name) for s in catalog.subscribers.all()]


def cancelled(catalog: Catalog) -> int:
    return catalog.outbox.counts()[DeliveryStatus.CANCELLED]


def test_a_subscription_is_given_back_as_it_was_added(catalog: Catalog) -> None:
    profile = Profile(
        interests=(
            Interest(topics=("owls",)),
            Interest(name="animals", topics=("foxes",), liked=("arxiv:2302.09664",), disliked=("doi:10.1/x",), weight=2.5),
        ),
        keywords=("den",),
        muted=("survey",),
        authors=("Ana Silva",),
        categories=("cs.LG",),
        weights=(("recency", 0.5),),
        limit=7,
        floor=12.5,
    )
    cadence = Cadence(every=Every.DAYS, days=(0, 4), at=time(6, 30), only_above=50.0, skip_empty=True)
    reader = Subscriber(email="Ana@example.org", name="Ana", zone="Asia/Kolkata", language="de")
    given = Subscription(subscriber=reader, name="mine", profile=profile, cadence=cadence, theme="paper", format=Format.MARKDOWN)
    given = replace(given, consented_at=NOON, consent_origin="a form on paper")

    added = catalog.subscribers.add(given, NOON)

    assert added.id > 0
    assert added == replace(given, id=added.id, subscriber=replace(reader, id=added.subscriber.id))
    assert catalog.subscribers.by_id(added.id) == added
    assert active(catalog, NOON) == (added,)


def test_an_address_is_found_in_any_case_and_its_domain_is_lower(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription("Ana.Silva@Example.ORG"), NOON)

    (found,) = catalog.subscribers.find("ana.silva@EXAMPLE.org")

    assert found.subscriber.email == "Ana.Silva@example.org"


@pytest.mark.parametrize(
    ("added", "asked"),
    [("ana@bücher.example", "ana@xn--bcher-kva.example"), ("ana@XN--bcher-kva.example", "Ana@BÜCHER.example")],
)
def test_an_address_is_one_however_its_domain_is_written(catalog: Catalog, added: str, asked: str) -> None:
    catalog.subscribers.add(a_subscription(added), NOON)

    (found,) = catalog.subscribers.find(asked)

    assert found.subscriber.email == "ana@xn--bcher-kva.example"
    with pytest.raises(UsageError, match="already"):
        catalog.subscribers.add(a_subscription(asked), NOON)
    assert catalog.suppressions.add(asked, SuppressionReason.COMPLAINED, NOON, "a complaint")
    assert catalog.suppressions.of(added) == catalog.suppressions.of(asked) is not None
    assert active(catalog, NOON) == ()


@pytest.mark.parametrize(
    ("other", "stored"),
    [("ana@faß.example", "ana@faß.example"), ("ana@FAẞ.example", "ana@faß.example"), ("ana@bü..example", "ana@bü..example")],
)
def test_a_domain_that_is_two_or_none_is_no_other_readers(catalog: Catalog, other: str, stored: str) -> None:
    catalog.subscribers.add(a_subscription("ana@fass.example"), NOON)

    catalog.subscribers.add(a_subscription(other), NOON)

    assert [found.subscriber.email for found in catalog.subscribers.find(other)] == [stored]


def test_one_address_may_hold_several_subscriptions_each_with_its_own_hour_and_zone(catalog: Catalog) -> None:
    one = catalog.subscribers.add(a_subscription("ana@example.org", "mine"), NOON)
    trending = a_subscription("ANA@example.org", "trends", edition=Edition(name="trending", limit=5))
    other = catalog.subscribers.add(replace(trending, subscriber=a_subscriber("ANA@example.org", zone="UTC")), NOON)

    assert one.subscriber.id == other.subscriber.id
    assert [s.subscriber.zone for s in catalog.subscribers.find("ana@example.org")] == ["Europe/Berlin", "UTC"]
    assert catalog.subscribers.find("ana@example.org", "trends")[0].edition == Edition(name="trending", limit=5)


@pytest.mark.parametrize("email", ["ana", "@example.org", "ana@"])
def test_what_is_not_an_address_is_refused(catalog: Catalog, email: str) -> None:
    with pytest.raises(UsageError, match="not a mail address"):
        catalog.subscribers.add(a_subscription(email), NOON)


def test_adding_what_is_there_names_the_verb_that_changes_it(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)

    with pytest.raises(UsageError, match="already a subscription 'main'") as caught:
        catalog.subscribers.add(a_subscription("ANA@example.org"), NOON)

    assert "digest subscribers edit" in caught.value.hint


def test_editing_replaces_what_was_said(catalog: Catalog) -> None:
    added = catalog.subscribers.add(a_subscription(), NOON)

    by_id = catalog.subscribers.edit(replace(added, name="foxes", profile=a_profile("foxes")), NOON)
    by_name = catalog.subscribers.edit(a_subscription(name="foxes", theme="plain"), NOON)

    assert by_id == replace(added, name="foxes", profile=a_profile("foxes"))
    assert (by_name.id, by_name.theme) == (added.id, "plain")


def test_editing_cannot_take_a_name_or_an_address_that_is_somebody_elses(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(name="taken"), NOON)
    added = catalog.subscribers.add(a_subscription(name="mine"), NOON)

    with pytest.raises(UsageError, match="already a subscription 'taken'"):
        catalog.subscribers.edit(replace(added, name="taken"), NOON)
    with pytest.raises(UsageError, match="address cannot be changed"):
        catalog.subscribers.edit(replace(added, subscriber=a_subscriber("bo@example.org")), NOON)


def test_editing_cannot_take_the_name_of_one_that_was_removed_and_says_how_to_have_that_again(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(name="gone"), NOON)
    catalog.subscribers.remove("ana@example.org", "gone", NOON)
    added = catalog.subscribers.add(a_subscription(name="mine"), NOON)

    with pytest.raises(UsageError, match="'gone' was removed, and keeps its name") as refused:
        catalog.subscribers.edit(replace(added, name="gone"), NOON)

    assert refused.value.hint == "add it again, or give another name"


@pytest.mark.parametrize(("name", "message"), [(None, "no such subscriber"), ("other", "no subscription 'other'")])
def test_removing_what_is_not_there_tells_what_is(catalog: Catalog, name: str | None, message: str) -> None:
    catalog.subscribers.add(a_subscription("bo@example.org"), NOON)
    catalog.subscribers.add(a_subscription("bo@example.org", "gone"), NOON)
    catalog.subscribers.remove("bo@example.org", "gone", NOON)

    with pytest.raises(NotFound) as caught:
        catalog.subscribers.remove("ana@example.org", name, NOON)

    assert (caught.value.message, caught.value.hint) == (message, "known: bo@example.org (main)")


@pytest.mark.parametrize(("count", "end"), [(0, "`digest subscribers add` adds one"), (8, "h@b.c (main)"), (9, "h@b.c (main) …")])
def test_of_those_that_are_there_eight_are_told(catalog: Catalog, count: int, end: str) -> None:
    catalog.subscribers.adopt([a_subscription(f"{letter}@b.c") for letter in "abcdefghi"[:count]], NOON)

    with pytest.raises(NotFound) as caught:
        catalog.subscribers.remove("ana@example.org", None, NOON)

    assert (caught.value.hint or "").endswith(end)


def test_removing_cancels_what_waits_and_the_address_may_come_back_without_getting_it_again(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    catalog.subscribers.remove("ana@example.org", None, NOON)
    gone, waiting = catalog.subscribers.all(), catalog.outbox.claim(NOON, "worker", 10, LEASE)

    again = catalog.subscribers.add(a_subscription(), NOON)

    assert (gone, waiting, cancelled(catalog)) == ((), (), 1)
    assert [each["letter_reason"] for each in catalog.rights.about("ana@example.org")["issues"]] == ["operator"]
    assert again.id == issue.subscription.id
    assert catalog.issues.publish([a_draft(again, *papers_in(catalog, 9))], NOON) == ()


def test_a_removed_subscription_is_unknown_but_its_issues_can_be_read(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    catalog.subscribers.remove("ana@example.org", "main", NOON)

    with pytest.raises(NotFound):
        catalog.subscribers.by_id(issue.subscription.id)
    assert catalog.issues.load(issue.id).picks == issue.picks


def test_a_pause_holds_back_everything_until_it_ends(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")

    paused(catalog, "ana@example.org", LATER)

    assert active(catalog, NOON) == ()
    assert catalog.outbox.claim(NOON, "worker", 10, LEASE) == ()
    assert len(active(catalog, LATER)) == 1
    assert len(catalog.outbox.claim(LATER, "worker", 10, LEASE)) == 1


def test_a_pause_can_be_ended_early(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    paused(catalog, "ana@example.org", LATER)

    catalog.subscribers.wake(1, NOON)

    assert len(active(catalog, NOON)) == 1


def test_leaving_ends_one_subscription_however_often_it_is_asked_for(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    other = catalog.subscribers.add(a_subscription(name="other"), NOON)

    catalog.subscribers.leave(issue.subscription.id, NOON)
    catalog.subscribers.leave(issue.subscription.id, LATER)

    assert catalog.subscribers.by_id(issue.subscription.id).left_at == NOON
    assert active(catalog, NOON) == (other,)
    assert [each["letter_reason"] for each in catalog.rights.about("ana@example.org")["issues"]] == ["left"]
    assert cancelled(catalog) == 1
    with pytest.raises(NotFound):
        catalog.subscribers.leave(999, NOON)


def test_who_resumes_gets_the_papers_of_the_letter_that_was_cancelled(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    catalog.subscribers.leave(issue.subscription.id, NOON)

    catalog.subscribers.resume(issue.subscription.id, NOON, "a page")

    (standing,) = catalog.issues.standing([issue.subscription.id]).values()
    assert len(active(catalog, LATER)) == 1
    assert [paper.key for paper in standing.freed] == ["arxiv:2611.00001", "arxiv:2611.00002"]


def test_who_resumes_says_yes_again_to_what_they_had_left_and_to_nothing_else(catalog: Catalog) -> None:
    left, other, going_on = (catalog.subscribers.add(a_subscription(name=name), NOON).id for name in ("a", "b", "c"))
    catalog.subscribers.leave(left, NOON)
    catalog.subscribers.leave(other, NOON)

    catalog.subscribers.resume(left, LATER, "a page")
    catalog.subscribers.resume(going_on, LATER, "a page")

    told = [(one.left_at, one.consented_at, one.consent_origin) for one in catalog.subscribers.all()]
    assert told == [(None, LATER, "a page"), (NOON, NOON, "a command"), (None, NOON, "a command")]


def test_who_never_said_yes_says_it_by_no_resuming(catalog: Catalog) -> None:
    asked = replace(a_subscription(), subscriber=Subscriber(email="ana@example.org", status=SubscriberStatus.PENDING))
    id_ = catalog.subscribers.add(asked, NOON).id
    catalog.subscribers.leave(id_, NOON)

    catalog.subscribers.resume(id_, NOON, "a page")

    assert (catalog.subscribers.by_id(id_).left_at, catalog.subscribers.by_id(id_).consented_at) == (None, None)


# --- the configuration ------------------------------------------------------------------------------------------------


def test_whom_the_configuration_names_has_agreed_since_it_first_did(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription()], NOON)
    catalog.subscribers.adopt([replace(a_subscription(), theme="plain")], LATER)

    (stored,) = catalog.subscribers.all()
    assert (stored.theme, stored.consented_at, stored.consent_origin) == ("plain", NOON, "the configuration")


def test_the_configurations_subscriptions_are_adopted_changed_and_removed(catalog: Catalog) -> None:
    ana, bo = a_subscription("ana@example.org"), a_subscription("bo@example.org")
    catalog.subscribers.adopt([ana, bo], NOON)
    before = [(s.subscriber.email, s.configured) for s in catalog.subscribers.all()]

    catalog.subscribers.adopt([replace(ana, theme="plain")], NOON)

    assert before == [("ana@example.org", True), ("bo@example.org", True)]
    assert [(s.subscriber.email, s.theme) for s in catalog.subscribers.all()] == [("ana@example.org", "plain")]


def test_adopting_the_same_again_needs_no_writer(catalog: Catalog) -> None:
    configured = [a_subscription("Ana@Example.org"), a_subscription("bo@example.org", edition=Edition(name="trending"))]
    catalog.subscribers.adopt(configured, NOON)

    with catalog.writing():  # whoever else would write had to wait
        catalog.subscribers.adopt(configured, LATER)

    assert names(catalog) == [("Ana@example.org", "main"), ("bo@example.org", "main")]


def test_who_left_stays_away_whatever_the_configuration_says(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription()], NOON)
    (adopted,) = catalog.subscribers.all()
    catalog.subscribers.leave(adopted.id, NOON)

    catalog.subscribers.adopt([a_subscription(theme="plain")], LATER)
    catalog.subscribers.adopt([], LATER)
    catalog.subscribers.adopt([a_subscription()], LATER)

    assert active(catalog, LATER) == ()
    assert catalog.subscribers.by_id(adopted.id).left_at == NOON


def test_who_left_everything_is_not_brought_back_by_another_name_in_the_configuration(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription(name="main")], NOON)
    (adopted,) = catalog.subscribers.all()
    catalog.subscribers.add(a_subscription(name="removed"), NOON)
    catalog.subscribers.remove("ana@example.org", "removed", NOON)
    catalog.subscribers.leave(adopted.id, NOON)

    catalog.subscribers.adopt([a_subscription(name="daily")], LATER)

    (renamed,) = catalog.subscribers.all()
    assert (renamed.name, renamed.left_at, active(catalog, LATER)) == ("daily", NOON, ())
    catalog.subscribers.resume(renamed.id, LATER, "a page")
    assert [s.name for s in active(catalog, LATER)] == ["daily"]


def test_who_left_everything_is_not_brought_back_by_what_the_configuration_had_removed_before(catalog: Catalog) -> None:
    main, weekly = a_subscription(name="main"), a_subscription(name="weekly")
    catalog.subscribers.adopt([main, weekly], NOON)
    catalog.subscribers.adopt([main], NOON)
    catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)

    catalog.subscribers.adopt([weekly], LATER)

    (again,) = catalog.subscribers.all()
    assert (again.name, again.left_at, active(catalog, LATER)) == ("weekly", NOON, ())


def test_who_kept_one_of_two_subscriptions_gets_it_again_where_the_configuration_lacked_it_for_a_while(catalog: Catalog) -> None:
    main, weekly = a_subscription(name="main"), a_subscription(name="weekly")
    catalog.subscribers.adopt([main, weekly], NOON)
    catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)
    catalog.subscribers.adopt([], LATER)

    catalog.subscribers.adopt([main, weekly], LATER)

    assert [s.name for s in active(catalog, LATER)] == ["weekly"]


def test_who_left_one_of_two_subscriptions_gets_a_third_of_the_configuration(catalog: Catalog) -> None:
    two = [a_subscription(name="main"), a_subscription(name="weekly")]
    catalog.subscribers.adopt(two, NOON)
    catalog.subscribers.leave(catalog.subscribers.all()[0].id, NOON)

    catalog.subscribers.adopt([*two, a_subscription(name="more")], LATER)

    assert [s.name for s in active(catalog, LATER)] == ["weekly", "more"]


def test_a_letter_of_a_subscription_the_file_no_longer_names_is_cancelled_and_its_reader_can_still_leave(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription()], NOON)
    (adopted,) = catalog.subscribers.all()
    catalog.issues.publish([a_draft(adopted, *papers_in(catalog, 1))], NOON)

    catalog.subscribers.adopt([], LATER)
    catalog.subscribers.leave(catalog.subscribers.by_id(adopted.id).id, LATER)

    assert cancelled(catalog) == 1
    assert catalog.subscribers.by_id(adopted.id).left_at == LATER


def test_the_same_name_from_the_file_and_from_a_command_is_an_error_that_names_both(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)

    with pytest.raises(UsageError, match=r"the configuration and a command \(`digest subscribers add`\) both have a subscription 'main'"):
        catalog.subscribers.adopt([a_subscription()], NOON)


def test_a_command_cannot_add_what_the_configuration_has(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription()], NOON)

    with pytest.raises(UsageError, match="the configuration already has a subscription 'main', and this command would add another"):
        catalog.subscribers.add(a_subscription(), NOON)


def test_the_same_name_twice_in_the_configuration_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="two subscriptions 'main'"):
        catalog.subscribers.adopt([a_subscription(), a_subscription("ANA@example.org")], NOON)


def test_commands_do_not_change_what_the_configuration_says(catalog: Catalog) -> None:
    catalog.subscribers.adopt([a_subscription()], NOON)

    with pytest.raises(UsageError, match="is from the configuration") as edited:
        catalog.subscribers.edit(a_subscription(theme="plain"), NOON)
    with pytest.raises(UsageError, match="is from the configuration"):
        catalog.subscribers.remove("ana@example.org", None, NOON)

    assert edited.value.hint == 'edit config.toml, the [[subscribers]] with address = "ana@example.org"'


def test_what_another_process_changed_is_seen_at_the_next_reading(catalog: Catalog, tmp_path: Path) -> None:
    added = catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    before = active(catalog, NOON)
    with closing(sqlite3.connect(tmp_path / "digest.db")) as other, other:
        other.execute("update subscriptions set zone = 'Asia/Kolkata', cadence = json_set(cadence, '$.at', '06:30:00')")
        other.execute("update subscribers set paused_until = '2026-11-01 00:00:00.000000'")

    (after,) = active(catalog, NOON)

    assert before == (added,)
    assert (after.subscriber.zone, after.cadence.at) == ("Asia/Kolkata", time(6, 30))
    assert after.subscriber.paused_until == datetime(2026, 11, 1, tzinfo=UTC)


# --- asked of very many -----------------------------------------------------------------------------------------------


def test_the_categories_that_readers_name_are_those_of_who_has_not_left(catalog: Catalog) -> None:
    proteins = catalog.subscribers.add(a_subscription("ana@example.org", profile=a_profile("owls", categories=("q-bio.BM",))), NOON)
    catalog.subscribers.add(a_subscription("bo@example.org", profile=a_profile("owls", categories=("cs.CL", "cs.LG"))), NOON)
    catalog.subscribers.add(a_subscription("cy@example.org", edition=Edition(name="cs.RO")), NOON)
    catalog.subscribers.add(a_subscription("di@example.org", edition=Edition(name="cs.CV")), NOON)
    catalog.subscribers.remove("di@example.org", None, NOON)
    catalog.subscribers.leave(proteins.id, NOON)
    without = catalog.subscribers.categories()
    catalog.subscribers.add(a_subscription("ed@example.org"), NOON)

    assert without == {"cs.CL", "cs.LG", "cs.RO"}
    assert catalog.subscribers.categories() == without | {""}


def test_who_wants_updates_and_gets_letters_now_is_told_of_them(catalog: Catalog) -> None:
    wanting = [catalog.subscribers.add(a_subscription(f"{n}@example.org", profile=a_profile("owls", updates=True)), NOON) for n in "abc"]
    catalog.subscribers.add(a_subscription("d@example.org"), NOON)
    catalog.subscribers.add(a_subscription("e@example.org", edition=Edition(name="trending")), NOON)
    catalog.subscribers.leave(wanting[1].id, NOON)
    paused(catalog, "c@example.org", LATER)

    assert catalog.subscribers.wanting_updates(NOON) == {wanting[0].subscriber.id}
    assert catalog.subscribers.wanting_updates(LATER) == {wanting[0].subscriber.id, wanting[2].subscriber.id}


def test_the_first_subscriptions_and_their_number_are_those_that_go_on(catalog: Catalog) -> None:
    added = [catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON) for name in ("ana", "bo", "cy", "di")]
    catalog.subscribers.remove("bo@example.org", None, NOON)

    assert (catalog.subscribers.all(2), catalog.subscribers.count()) == ((added[0], added[2]), 3)


def test_who_mistypes_an_address_is_told_some_that_have_a_subscription(catalog: Catalog) -> None:
    for name in ("di", "cy", "Bo", "ana"):
        catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON)
    catalog.subscribers.remove("ana@example.org", None, NOON)

    assert catalog.subscribers.some_addresses(2) == ("Bo@example.org", "cy@example.org")
