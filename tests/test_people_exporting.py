"""An export is everything: read into an empty catalog it gives the same."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.catalog import Catalog, open_catalog
from digest.catalog.people.readers import SUBSCRIPTIONS as SUBSCRIPTIONS_READ
from digest.catalog.people.readers import subscription_of
from digest.catalog.schema import subscriptions
from digest.cli.people import records_of
from digest.model import (
    FOR_EVER,
    Cadence,
    Edition,
    Every,
    Format,
    Interest,
    Newcomer,
    No,
    Profile,
    Sharing,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
    SuppressionReason,
)
from digest.people import Plan, as_csv, as_json_lines, bring_in, records
from digest.people.exporting import plain
from digest.people.persons import Entry
from digest.people.sorting import Sorted

from .builders import NOON, a_subscription
from .people_files import uuid_of

PENDING = SubscriberStatus.PENDING
TEXT = st.text(st.sampled_from("=+-@'aé\"; ,x\u200c1"), min_size=1, max_size=8).map(str.strip).filter(bool)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
PROFILES = st.builds(
    Profile,
    interests=st.lists(
        st.builds(Interest, name=TEXT, topics=st.lists(TEXT, max_size=2).map(tuple), weight=st.floats(0.1, 5)), max_size=2
    ).map(tuple),
    keywords=st.lists(TEXT, max_size=2).map(tuple),
    floor=st.none() | st.floats(-50, 50),
    limit=st.integers(1, 200),
    updates=st.booleans(),
)
CADENCES = st.builds(Cadence, every=st.sampled_from(Every), days=st.just((0, 3)), at=st.just(time(6, 30)), skip_empty=st.booleans())
SUBSCRIPTIONS = st.builds(
    lambda reader, names, profile, cadence, form, left, agreed, how: Subscription(
        subscriber=reader,
        name=names[0],
        theme=names[1],
        profile=profile,
        cadence=cadence,
        format=form,
        left_at=left,
        consented_at=agreed,
        consent_origin=how,
    ),
    st.builds(
        Subscriber,
        email=st.sampled_from(["ana@example.org", "+bo@example.org", "=cy@example.org"]),
        name=st.none() | TEXT,
        status=st.sampled_from(SubscriberStatus),
        zone=st.sampled_from(["UTC", "Asia/Tokyo"]),
        language=st.sampled_from(["en", "de"]),
    ),
    st.tuples(TEXT, st.just("") | TEXT),
    PROFILES,
    CADENCES,
    st.sampled_from(Format),
    st.none() | MOMENTS,
    MOMENTS,
    TEXT,
)


LISTS = st.lists(SUBSCRIPTIONS, min_size=1, max_size=4, unique_by=lambda s: (s.subscriber.email, s.name))


def take_in(catalog: Catalog, coming: list[Subscription]) -> None:
    people: dict[str, list[Subscription]] = {}
    for one in coming:
        people.setdefault(one.subscriber.email, []).append(one)
    catalog.intake.take([Newcomer(email=email, subscriptions=tuple(theirs)) for email, theirs in people.items()], NOON)


def everything(catalog: Catalog) -> tuple[list[Subscription], tuple[Suppression, ...], list[str]]:
    """What an export is to hold, without the numbers that a catalog gives."""
    found = [replace(s, id=0, subscriber=replace(s.subscriber, id=0)) for s in catalog.subscribers.all()]
    return sorted(found, key=lambda s: (s.subscriber.email, s.name)), catalog.suppressions.all(), sorted(catalog.intake.links().values())


def moved(catalog: Catalog, folder: Path, form: str) -> tuple[list[Subscription], tuple[Suppression, ...], list[str]]:
    """What stands in an empty catalog after an export was imported there."""
    written = "".join((as_csv if form == "csv" else as_json_lines)(records_of(catalog)))
    with open_catalog(str(folder / "there.db")) as there:
        brought = bring_in(there, io.BytesIO(written.encode()), "all", Plan(), NOON + timedelta(days=9))
        assert (brought.bad, brought.refused, brought.left_out) == ([], [], [])
        return everything(there)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    LISTS,
    st.sampled_from(["csv", "jsonl"]),
    st.sampled_from(["", "ana@example.org", "nobody@example.org"]),
)
def test_an_export_read_into_an_empty_catalog_gives_the_same(coming: list[Subscription], form: str, suppressed: str) -> None:
    with TemporaryDirectory() as name, open_catalog(str(Path(name) / "here.db")) as here:
        take_in(here, coming)
        if suppressed:
            here.suppressions.add(suppressed, SuppressionReason.COMPLAINED, NOON, "a complaint")

        assert moved(here, Path(name), form) == everything(here)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(LISTS)
def test_subscriptions_made_of_text_are_those_made_of_rows(coming: list[Subscription]) -> None:
    with TemporaryDirectory() as name, open_catalog(str(Path(name) / "here.db")) as here:
        take_in(here, [*coming, a_subscription("dora@example.org", "cs.LG", edition=Edition(name="cs.LG", limit=7), left_at=NOON)])

        with here.reading() as connection:
            of_rows = tuple(map(subscription_of, connection.execute(SUBSCRIPTIONS_READ.order_by(subscriptions.c.id)).mappings()))

        assert repr(tuple(here.subscribers.each(removed=True))) == repr(of_rows)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_edition_an_old_link_and_what_one_left_come_along(form: str, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "here.db")) as here:
        weekly = a_subscription("ana@example.org", "cs.LG", edition=Edition(name="cs.LG", limit=7), left_at=NOON)
        here.intake.take([Newcomer(email="ana@example.org", subscriptions=(weekly,), links=(("cs.LG", uuid_of(1)),))], NOON)

        found, suppressions, links = moved(here, tmp_path, form)

        assert [(s.name, s.edition, s.left_at) for s in found] == [("cs.LG", Edition(name="cs.LG", limit=7), NOON)]
        assert (suppressions, links) == ((), [uuid_of(1)])


@pytest.mark.parametrize("since", ["left", "removed", "resumed"])
def test_what_a_list_said_was_left_elsewhere_comes_along_as_it_stands_here(since: str, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "here.db")) as here:
        ana, hour = here.subscribers.add(a_subscription(), NOON), timedelta(hours=1)
        if since == "removed":
            here.subscribers.remove("ana@example.org", None, NOON + hour)
        no = No(reason=SuppressionReason.UNSUBSCRIBED, at=NOON + 2 * hour, subscription=ana.name)
        here.intake.take([Newcomer(email="ana@example.org", noes=(no,))], NOON + 3 * hour)
        if since == "resumed":
            here.subscribers.resume(ana.id, NOON + 4 * hour, "the page of preferences")

        before = everything(here)

        assert (bool(before[0]), len(before[1])) == (since != "removed", 1)
        assert moved(here, tmp_path, "jsonl") == before


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_was_left_before_its_reader_said_yes_comes_back_without_a_yes(form: str, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "here.db")) as here:
        asked = [replace(a_subscription(name=name), subscriber=Subscriber(email="ana@example.org", status=PENDING)) for name in ("a", "b")]
        wanted, other = (here.subscribers.add(one, NOON) for one in asked)
        here.subscribers.leave(other.id, NOON)
        here.invitations.accept(wanted.id, NOON + timedelta(hours=1), "invitation, by mail")

        found, _, _ = moved(here, tmp_path, form)

        assert [(s.name, s.consented_at, s.consent_origin) for s in found] == [
            ("a", NOON + timedelta(hours=1), "invitation, by mail"),
            ("b", None, ""),
        ]


def test_the_suppression_list_holds_in_the_other_catalog_too(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "here.db")) as here, open_catalog(str(tmp_path / "there.db")) as there:
        here.suppressions.add("ana@example.org", SuppressionReason.COMPLAINED, NOON, "a complaint")
        old = Suppression(
            hash=b"h" * 32, key=b"k" * 16, reason=SuppressionReason.BOUNCED, at=NOON, origin="", subscription="b", link=b"old"
        )
        here.intake.adopt([old], NOON)
        there.suppressions.add("bo@example.org", SuppressionReason.OPERATOR, NOON, "by hand")
        there.subscribers.add(a_subscription("ana@example.org"), NOON)

        bring_in(there, io.BytesIO("".join(as_json_lines(records_of(here))).encode()), "all", Plan(), NOON)

        assert [one.reason for email in ("Ana@example.org", "bo@example.org") if (one := there.suppressions.of(email))] == [
            SuppressionReason.COMPLAINED,
            SuppressionReason.OPERATOR,
        ]
        assert there.subscribers.active_ids(NOON) == ()
        assert old in there.suppressions.all()


def test_no_address_stands_in_an_export_of_the_suppression_list(catalog: Catalog) -> None:
    catalog.suppressions.add("ana@example.org", SuppressionReason.BOUNCED, NOON, "a bounce")

    assert "ana" not in "".join(as_json_lines(records_of(catalog)))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'="])
def test_a_cell_that_a_spreadsheet_would_run_begins_with_a_quote(start: str, catalog: Catalog) -> None:
    reader = Subscriber(email="ana@example.org", name=f"{start}HYPERLINK(1)")
    catalog.subscribers.add(replace(a_subscription(), subscriber=reader), NOON)

    header, row = csv.reader(io.StringIO("".join(as_csv(records_of(catalog))), newline=""))

    assert dict(zip(header, row, strict=True))["reader"] == f"'{start}HYPERLINK(1)"


@given(st.text(st.sampled_from("'=+-@\t\ra"), max_size=6))
def test_a_quoted_cell_is_read_as_it_was(text: str) -> None:
    header, row = csv.reader(io.StringIO("".join(as_csv([{"reader": text}])), newline=""))

    assert plain(dict(zip(header, row, strict=True))["reader"]) == text


@pytest.mark.parametrize(
    ("part", "edited"),
    [
        ('"limit": 12', '"limit": "=1"'),
        ('"every": "daily"', '"every": "days"'),
        ('"days": []', '"days": {}'),
        ('"days": []', '"days": [7]'),
        ('"days": []', '"days": ["mon"]'),
        ('"only_above": null', '"only_above": 1e999'),
        ('"skip_empty": false', '"skip_empty": "no"'),
        ('"at": "07:00:00"', '"at": "07:00+05:00"'),
        ('"name": "", "topics"', '"name": 7, "topics"'),
        ('"topics": ["', '"topics": ["", "'),
        ('"weight": 1.0', '"weight": 0'),
        ('"floor": null', '"floor": 1e999'),
        ('"others": true', '"others": "yes"'),
        ('"muted": []', '"muted": "survey"'),
        ('"muted": []', '"muted": [""]'),
        ('"liked": []', '"liked": "arxiv:2604.21935"'),
        ('"liked": []', '"liked": ["arxiv:\\ud800"]'),
        ('"homes": []', '"homes": ["arxiv:\\ud800"]'),
        ('"from": ', '"listmonk_uuid": "\\ud800", "from": '),
        ('"profile": ', '"edition": {"name": "cs.LG", "limit": 9}, "profile": '),
        ('"profile": ', '"edition": {"name": "cs.LG", "limit": "=1"}, "was": '),
        ('"profile": ', '"edition": {"name": 7, "limit": 9}, "was": '),
        ('"weights": []', '"weights": [["topics", 1e999]]'),
        ('"weights": []', '"weights": [["topics", 1e300]]'),
        ('"weights": []', '"weights": [["topics", NaN]]'),
    ],
)
def test_an_edited_record_is_left_out_and_the_others_come_in(part: str, edited: str, catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    good = "".join(as_json_lines(records_of(catalog))).replace("ana@", "bo@")
    bad = good.replace("bo@", "cy@").replace(part, edited)

    brought = bring_in(catalog, io.BytesIO((bad + good).encode()), "all", Plan(), NOON)

    assert [one.place for one in brought.bad] == ["line 1"]
    assert sorted(s.subscriber.email for s in catalog.subscribers.all()) == ["ana@example.org", "bo@example.org"]


@pytest.mark.parametrize(("field", "edited"), [("hash", "ab" * 31), ("key", "ab" * 15), ("at", "")])
def test_an_edited_line_of_the_suppression_list_is_left_out(field: str, edited: str, catalog: Catalog) -> None:
    catalog.suppressions.add("ana@example.org", SuppressionReason.BOUNCED, NOON, "a bounce")
    (line,) = records_of(catalog)

    brought = bring_in(catalog, io.BytesIO("".join(as_json_lines([{**line, field: edited}, line])).encode()), "all", Plan(), NOON)

    assert [one.place for one in brought.bad] == ["line 1"]


def test_a_readers_records_are_put_together_in_whatever_case_their_address_is() -> None:
    ana, bo, again = (Entry(f"line {number}", {"name": name}) for number, name in enumerate(("main", "main", "other"), 1))

    with Sorted() as kept:
        for email, entry in (("Ana@example.org", ana), ("bo@example.org", bo), ("aNA@example.org", again)):
            kept.add(email, entry)

        assert list(kept.readers()) == [("Ana@example.org", [ana, again]), ("bo@example.org", [bo])]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_exports_in_one_file_what_a_reader_has_left_stays_left(order: int, catalog: Catalog, tmp_path: Path) -> None:
    subscription = catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    before = "".join(as_json_lines(records_of(catalog)))
    catalog.subscribers.leave(subscription.id, NOON + timedelta(days=1))
    after = "".join(as_json_lines(records_of(catalog)))

    with open_catalog(str(tmp_path / "other.db")) as other:
        brought = bring_in(other, io.BytesIO("".join((before, after)[::order]).encode()), "all", Plan(), NOON)

        assert [one.left_at for one in other.subscribers.all()] == [NOON + timedelta(days=1)]
    assert [(one.place, one.what) for one in brought.left_out] == [("line 2", "ana@example.org (main)")]


@pytest.mark.parametrize("order", [1, -1])
def test_a_dry_run_of_two_exports_in_one_file_promises_no_more_than_the_import_does(order: int, catalog: Catalog, tmp_path: Path) -> None:
    for email in ("ana@example.org", "bo@example.org"):
        catalog.subscribers.add(a_subscription(email), NOON)
    before = "".join(as_json_lines(records_of(catalog)))
    catalog.suppressions.add("bo@example.org", SuppressionReason.COMPLAINED, NOON, "a complaint")
    catalog.rights.forget("bo@example.org", NOON)
    file = "".join((before, "".join(as_json_lines(records_of(catalog))))[::order]).encode()

    with open_catalog(str(tmp_path / "other.db")) as other:
        would = bring_in(other, io.BytesIO(file), "all", Plan(), NOON, dry_run=True)
        assert (other.subscribers.all(), other.suppressions.all()) == ((), ())
        did = bring_in(other, io.BytesIO(file), "all", Plan(), NOON)

    assert would == did
    assert [one.what for one in did.refused] == ["bo@example.org (main)"]


@pytest.mark.parametrize("order", [1, -1])
def test_what_a_reader_had_not_said_yes_to_in_one_of_two_exports_does_not_come_in_with_the_other(order: int, catalog: Catalog) -> None:
    agreed = records.subscription_record(a_subscription("ana@example.org"))
    asked = {**agreed, "name": "foxes", "status": "pending", "consented_at": None}

    brought = bring_in(catalog, io.BytesIO("".join(as_json_lines([agreed, asked][::order])).encode()), "all", Plan(), NOON)

    assert [(one.name, one.subscriber.status) for one in catalog.subscribers.all()] == [("main", SubscriberStatus.ACTIVE)]
    assert [one.what for one in brought.refused] == ["ana@example.org (foxes)"]


def test_a_yes_that_is_dated_in_the_future_silences_no_later_no(catalog: Catalog) -> None:
    agreed = records.subscription_record(a_subscription("ana@example.org")) | {"consented_at": "2206-01-01"}
    left = agreed | {"left_at": (NOON + timedelta(days=1)).isoformat()}

    for days, record in enumerate((agreed, left)):
        bring_in(catalog, io.BytesIO("".join(as_json_lines([record])).encode()), "all", Plan(), NOON + timedelta(days=2 * days))

    (stored,) = catalog.subscribers.all()
    assert (stored.consented_at, stored.left_at) == (NOON, NOON + timedelta(days=1))


def test_a_pause_until_the_last_day_there_is_has_no_end() -> None:
    record = records.subscription_record(a_subscription("ana@example.org")) | {"paused_until": "9999-12-31"}

    assert records.subscription_of(record, "ana@example.org").subscriber.paused_until == FOR_EVER


def test_a_record_that_is_nested_without_end_is_left_out(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    (record,) = as_json_lines([record | {"profile": "[" * 50_000} for record in records_of(catalog)])

    brought = bring_in(catalog, io.BytesIO(record.encode()), "all", Plan(), NOON)

    ((place, reason),) = [(one.place, one.reason) for one in brought.bad]
    assert place == "line 1"
    assert reason == "is nested too deeply" or reason.startswith("Expecting value")  # from Python 3.15 on no depth is too much


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_removed_subscription_comes_along_with_what_its_reader_had_ended(form: str, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "here.db")) as here:
        ana = here.subscribers.add(a_subscription("ana@example.org"), NOON)
        here.subscribers.leave(ana.id, NOON)
        here.subscribers.remove("ana@example.org", None, NOON + timedelta(days=1))
        written = "".join((as_csv if form == "csv" else as_json_lines)(records_of(here)))

    with open_catalog(str(tmp_path / "there.db")) as there:
        bring_in(there, io.BytesIO(written.encode()), "all", Plan(), NOON + timedelta(days=9))
        there.subscribers.adopt([a_subscription("ana@example.org", "lab", configured=True)], NOON + timedelta(days=10))
        removed, new = there.subscribers.each(removed=True)

    assert (removed.left_at, removed.removed_at) == (NOON, NOON + timedelta(days=1))
    assert (new.name, new.left_at) == ("lab", NOON)  # who left is not brought back


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_yes_to_sharing_comes_along_and_so_does_that_it_was_taken_back(form: str, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "here.db")) as here:
        ana = here.subscribers.add(a_subscription("ana@example.org", group="lab"), NOON)
        bo = here.subscribers.add(a_subscription("bo@example.org", group="lab"), NOON)
        here.groups.share(ana.id, NOON, "preferences page")
        here.groups.share(bo.id, NOON, "preferences page")
        here.groups.withdraw(bo.id, NOON + timedelta(days=1))

        found, _, _ = moved(here, tmp_path, form)

    yes = Sharing(since=NOON, origin="preferences page")
    assert [one.sharing for one in found] == [yes, replace(yes, ended_at=NOON + timedelta(days=1))]


def test_readers_whom_only_another_configuration_names_are_told_before_the_next_command_takes_them_out(tmp_path: Path) -> None:
    ana, bo, cy = (a_subscription(f"{name}@example.org", configured=name != "cy") for name in ("ana", "bo", "cy"))
    with open_catalog(str(tmp_path / "here.db")) as here:
        here.subscribers.adopt([ana, bo], NOON)
        here.subscribers.add(cy, NOON)
        written = "".join(as_json_lines(records_of(here)))

    with open_catalog(str(tmp_path / "there.db")) as there:
        there.subscribers.adopt([bo], NOON)
        brought = bring_in(there, io.BytesIO(written.encode()), "all", Plan(), NOON)
        there.subscribers.adopt([bo], NOON)  # as each command does
        left = sorted(s.subscriber.email for s in there.subscribers.all())

    assert (brought.added, left) == (2, ["bo@example.org", "cy@example.org"])
    assert [note.partition(";")[0] for note in brought.notes] == ["not in this configuration, though in the one they come from: 1"]


FORMULAS = ("=1+1", "+1", "-1", "@a")


@pytest.mark.parametrize("name", ["ana;=1+1", "ana; =1+1", 'ana;"=1+1', "ana;'=1+1", "ana;;@a", "ana\t=1+1", "; -1;+1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits(name: str, delimiter: str) -> None:
    record = {"digest": "subscription", "address": "ana@example.org", "reader": name, "profile": {"keywords": [name]}}
    rows = csv.reader(io.StringIO("".join(as_csv([record])), newline=""), delimiter=delimiter)

    risky = [cell for row in rows for cell in row if cell.lstrip(" ").startswith(FORMULAS)]

    assert risky == []


@given(st.text(st.sampled_from("=-'\" ;\t\na"), max_size=9))
def test_a_cell_is_read_as_it_was_before_it_was_quoted(text: str) -> None:
    (_, cells) = csv.reader(io.StringIO("".join(as_csv([{"reader": text}])), newline=""))

    assert plain(cells[2]) == text
