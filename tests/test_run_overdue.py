"""What `digest status` says of issues that should be made and letters that should be gone by now, and of those that ended unsent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.delivery.allowance import Quota
from digest.model import Cadence, DeliveryStatus, Edition, Every
from digest.run import Report, deliver, issues_amiss, letters_amiss, turns, turns_of_all
from tests.builders import NOON, a_profile, a_subscriber, a_subscription
from tests.catalog_rooms import a_draft, active, papers_in, paused, published
from tests.command_line import Run
from tests.fates import settled
from tests.run_parts import parts_with
from tests.test_cli_schedules import run as run

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TUESDAY = NOON + 18 * HOUR  # in Berlin at seven
PUT_OFF = "`digest outbox` shows what the server said: ask its operator, or send by another"


def put_off(catalog: Catalog, count: int, until: datetime, said: str | None = "451 4.3.0 later") -> None:
    """That many letters as a server leaves them that says "later"."""
    for letter in catalog.outbox.claim(NOON, "elsewhere:1:a", count, 5 * MINUTE):
        settled(catalog.outbox, letter.id, DeliveryStatus.DEFERRED, NOON, said, due=until)


def test_letters_that_were_not_handed_over_are_told_after_half_an_hour_with_what_to_do(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    parts = parts_with(catalog)

    early, late = letters_amiss(parts, NOON + 20 * MINUTE), letters_amiss(parts, NOON + 40 * MINUTE)

    assert early == {}
    assert late == {
        "letters": (
            "2 letters are due for more than half an hour, and not handed over",
            "`digest doctor` tries the mail server, `digest outbox` shows what it said; they leave with the next run that it answers",
        )
    }


def test_letters_that_the_server_puts_off_at_every_run_are_told_after_six_hours(catalog: Catalog) -> None:
    published(catalog, "cy@example.org")
    (taken,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, 5 * MINUTE)
    settled(catalog.outbox, taken.id, DeliveryStatus.SENT, NOON - MINUTE, "250 ok")  # before the others were queued
    published(catalog, "ana@example.org", "bo@example.org")
    parts = parts_with(catalog)
    put_off(catalog, 2, until=NOON + 8 * HOUR)

    early, late = letters_amiss(parts, NOON + 5 * HOUR), letters_amiss(parts, NOON + 7 * HOUR)

    assert early == {}
    assert late == {"letters": ("2 letters are put off again and again, for more than six hours, and no other was taken since", PUT_OFF)}


def test_one_mailbox_that_is_full_is_nothing_wrong_while_others_take_their_letters(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    put_off(catalog, 1, until=NOON + 8 * HOUR)
    parts = parts_with(catalog)
    deliver(parts, Report(NOON + MINUTE), lambda: NOON + MINUTE)

    assert letters_amiss(parts, NOON + 7 * HOUR) == {}


def test_a_server_took_also_what_came_back_later(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    put_off(catalog, 1, until=NOON + 8 * HOUR)
    (other,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, 5 * MINUTE)
    settled(catalog.outbox, other.id, DeliveryStatus.BOUNCED, NOON + MINUTE, "550 5.1.1 no such user")

    assert letters_amiss(parts_with(catalog), NOON + 7 * HOUR) == {}


def test_no_server_is_blamed_for_a_letter_that_could_not_be_written_or_whose_reader_paused(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    put_off(catalog, 1, until=NOON + 8 * HOUR, said=None)
    put_off(catalog, 1, until=NOON + 8 * HOUR)
    paused(catalog, "bo@example.org", NOON + 3 * DAY)

    assert letters_amiss(parts_with(catalog), NOON + 7 * HOUR) == {}


def test_letters_that_were_given_up_or_refused_are_told_for_a_day(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    parts = parts_with(catalog)
    (letter,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, 5 * MINUTE)
    settled(catalog.outbox, letter.id, DeliveryStatus.REFUSED, NOON + 2 * DAY, "550 5.1.1 no such user")
    deliver(parts, Report(NOON + 2 * DAY), lambda: NOON + 2 * DAY)

    told, later = letters_amiss(parts, NOON + 2 * DAY + MINUTE), letters_amiss(parts, NOON + 4 * DAY)

    assert told == {
        "letters, since yesterday": ("1 given up, 1 refused", "`digest outbox` says why; their papers are free for the next issue")
    }
    assert later == {}


def test_letters_that_wait_for_a_limit_are_nothing_wrong_and_what_it_allows_is_told(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    quota = Quota(sender="digest@example.org", server="smtp.example.org", daily_limit=1)
    parts = replace(parts_with(catalog), quota=quota)
    deliver(parts, Report(NOON), lambda: NOON)

    waiting, allowed = (letters_amiss(replace(parts, quota=replace(quota, daily_limit=most)), NOON + 40 * MINUTE) for most in (1, 2))

    assert (waiting, allowed.keys()) == ({}, {"letters"})


def test_status_tells_of_them_and_names_no_reader_in_markdown(run: Run, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        published(catalog, "ana@example.org")

    table, markdown = (run("status", *more, now="2026-11-23T12:40:00+00:00").out for more in ((), ("--markdown",)))

    assert table.split()[:3] == ["wrong", "what", "what"]
    assert "1 letter is due for more than half an hour" in table
    assert "| letters | 1 letter is due for more than half an hour, and not handed over |" in markdown
    assert "example.org" not in markdown


def test_issues_that_nobody_makes_are_told_though_the_sources_are_fresh(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    catalog.subscribers.add(a_subscription("new@example.org"), NOON)
    parts = replace(parts_with(catalog), wait=2 * HOUR)

    def told(now: datetime) -> str:
        return issues_amiss(parts, turns(parts, active(catalog, now), now), now).get("issues", ("",))[0]

    late = TUESDAY + 2 * HOUR + 30 * MINUTE
    assert [told(NOON), told(late)] == ["", ""]
    assert {told(late + MINUTE), told(TUESDAY + 11 * HOUR)} == {"2 are due since Tue 24 Nov 06:00 UTC, and nobody has made them"}
    assert told(TUESDAY + 9 * DAY + 3 * HOUR) == "2 are due since Thu 03 Dec 06:00 UTC, and nobody has made them"


def test_of_late_issues_the_first_is_told_and_beside_them_readers_whose_zone_is_not_known(catalog: Catalog) -> None:
    for who, hour, zone in (("ana", 8, "Europe/Berlin"), ("bo", 7, "Europe/Berlin"), ("cy", 7, "Europe/Atlantis")):
        reader = replace(a_subscription(), subscriber=a_subscriber(f"{who}@example.org", zone=zone), cadence=Cadence(at=time(hour)))
        catalog.issues.publish([a_draft(catalog.subscribers.add(reader, NOON - DAY))], NOON)
    parts, now = parts_with(catalog), TUESDAY + 5 * HOUR

    found = issues_amiss(parts, (turn for _, turn in turns_of_all(parts, now)), now)

    assert {name: what for name, (what, _) in found.items()} == {
        "zones": "1 subscription is of a time zone that is not known here, so no letters are made",
        "issues": "2 are due since Tue 24 Nov 06:00 UTC, and nobody has made them",
    }


def test_what_a_run_would_not_make_is_nothing_wrong(catalog: Catalog) -> None:
    ana, bo = (issue.subscription for issue in published(catalog, "ana@example.org", "bo@example.org"))
    parts, now = parts_with(catalog), TUESDAY + 3 * HOUR
    catalog.issues.publish([a_draft(ana, day="2026-11-24")], TUESDAY)
    # His pause ends at nine: what fell in it is not made up.
    paused(catalog, bo.subscriber.email, TUESDAY + 2 * HOUR)

    today, tomorrow = (issues_amiss(parts, turns(parts, active(catalog, at), at), at) for at in (now, now + DAY))

    assert today == {}
    assert tomorrow["issues"][0] == "2 are due since Wed 25 Nov 06:00 UTC, and nobody has made them"


def test_status_tells_of_issues_that_nobody_makes(run: Run, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        published(catalog, "ana@example.org")

    markdown, listed = (run("status", form, now="2026-11-24T12:40:00+00:00") for form in ("--markdown", "--json"))

    assert "| issues | 1 is due since Tue 24 Nov 06:00 UTC, and nobody has made it |" in markdown.out
    assert [one["name"] for one in listed.json["wrong"]] == ["issues", "letters"]


def test_status_tells_of_readers_whose_zone_is_not_known_and_of_when_the_others_are_due(run: Run, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        for address, zone in (("ana@example.org", "Europe/Berlin"), ("bo@example.org", "Europe/Atlantis")):
            catalog.subscribers.add(replace(a_subscription(), subscriber=a_subscriber(address, zone=zone)), NOON)

    told = run("status", "--json", now="2026-11-23T12:40:00+00:00").json

    assert [one["address"] for one in told["subscriptions"]] == ["ana@example.org"]
    (zones,) = [one["what"] for one in told["wrong"] if one["name"] == "zones"]
    assert zones == "1 subscription is of a time zone that is not known here, so no letters are made"


def every_kind_of_reader(catalog: Catalog) -> None:
    """Readers two by two alike but for one thing: their pause, zone, cadence, categories, or what their last issue is."""
    week = Cadence(every=Every.WEEKLY)
    cadences = {"weekly": week, "was-weekly": week, "was-daily": Cadence(), "ahead": Cadence(), "behind": Cadence()}
    for who in ("ana", "bo", "new", "paused", "cs", "weekly", "was-weekly", "was-daily", "ahead", "behind", "held", "Atlantis", "left"):
        reader = a_subscriber(f"{who}@example.org", zone="Europe/Atlantis" if who == "Atlantis" else "Europe/Berlin")
        profile = a_profile("foxes", categories=("cs.LG",) if who == "cs" else ())
        wanted = replace(a_subscription(), subscriber=reader, profile=profile, cadence=cadences.get(who, Cadence()))
        stored = catalog.subscribers.add(wanted, NOON - 9 * DAY)
        days = {"new": [], "ahead": ["2026-11-26"], "behind": ["2026-11-24", "2026-11-23"]}.get(who, ["2026-11-23"])
        catalog.issues.publish([a_draft(stored, day=day, held=who == "held") for day in days], NOON)
        if who.startswith("was-"):
            name, at = ("2026-11-24", TUESDAY) if who == "was-weekly" else ("2026-W48", TUESDAY)
            drafted = a_draft(stored, day="2026-11-24")
            period = replace(drafted.issue.period, name=name)
            catalog.issues.publish([replace(drafted, issue=replace(drafted.issue, period=period, message_id=f"<{who}@example.org>"))], at)
    paused(catalog, "paused@example.org", NOON + 5 * DAY)
    catalog.subscribers.leave(catalog.subscribers.find("left@example.org")[0].id, NOON)


@pytest.mark.parametrize("now", [NOON, TUESDAY, TUESDAY + 3 * HOUR, TUESDAY + 2 * DAY, TUESDAY + 7 * DAY])
def test_what_is_worked_out_for_readers_who_are_alike_is_what_each_would_be_told(catalog: Catalog, now: datetime) -> None:
    every_kind_of_reader(catalog)
    parts = parts_with(catalog)

    told = [(one.email, turn.period, turn.moment, turn.reached) for one, turn in turns_of_all(parts, now)]

    each = [s for s in catalog.subscribers.each() if s.left_at is None and s.subscriber.zone != "Europe/Atlantis"]
    alone = turns(parts, each, now)
    assert told == [(turn.subscription.subscriber.email, turn.period, turn.moment, turn.reached) for turn in alone]


def test_readers_are_not_alike_if_only_one_had_the_letter_of_a_week_that_began_in_the_year_before(catalog: Catalog) -> None:
    saturdays, saturday = Cadence(every=Every.WEEKLY, days=(5,)), datetime(2027, 1, 2, 9, tzinfo=UTC)
    both = [catalog.subscribers.add(replace(a_subscription(f"{who}@example.org"), cadence=saturdays), NOON) for who in ("ana", "bo")]
    drafted = a_draft(both[1], day="2026-12-28")
    week = replace(drafted.issue, period=replace(drafted.issue.period, name="2026-W53"))
    catalog.issues.publish([replace(drafted, issue=week), *(a_draft(one, day="2027-01-01") for one in both)], saturday - DAY)

    told = [turn.period is not None for _, turn in turns_of_all(parts_with(catalog), saturday)]

    assert told == [True, False]


def test_readers_are_not_alike_if_only_one_has_the_letter_before_one_that_a_clock_ahead_made(catalog: Catalog) -> None:
    both = [catalog.subscribers.add(a_subscription(f"{who}@example.org"), NOON - 9 * DAY) for who in ("ana", "bo")]
    had = [a_draft(both[0]), a_draft(both[1]), a_draft(both[1], day="2026-11-24")]
    catalog.issues.publish([*had, *(a_draft(one, day="2026-11-27") for one in both)], NOON)
    papers_in(catalog, 1)

    told = [turn.period is not None for _, turn in turns_of_all(parts_with(catalog), NOON + DAY)]

    assert told == [True, False]


def test_for_very_many_readers_who_are_alike_it_is_worked_out_once(catalog: Catalog) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(20)))
    other = catalog.subscribers.add(a_subscription("other@example.org", profile=a_profile("foxes", categories=("cs.LG",))), NOON)
    of_editions = [a_subscription(f"{name}@example.org", edition=Edition(name=name, limit=5)) for name in ("trending", "cs.LG")]
    catalog.issues.publish([a_draft(one) for one in (other, *(catalog.subscribers.add(each, NOON) for each in of_editions))], NOON)

    worked_out = [{id(turn) for _, turn in turns_of_all(parts_with(catalog), now)} for now in (NOON, TUESDAY)]

    assert [len(ids) for ids in worked_out] == [1, 4]  # what is due may wait for the listings of its categories
