"""What a list of people says, and what that becomes here: pure, without a catalog."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigurationError, UsageError
from digest.model import (
    Cadence,
    Edition,
    Every,
    Interest,
    Newcomer,
    No,
    Profile,
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressionReason,
)
from digest.people import Kind, Plan, parse_map, parse_target
from digest.people.deciding import NOTHING_TO_ASK, NOTHING_TO_GET, decide, joined
from digest.people.listmonk import person_of
from digest.people.persons import LeftOut, Membership, Person, Standing
from digest.people.rows import COLUMNS
from digest.people.rows import person_of as plain_person_of

from .people_files import a_record, an_answer, lines, opened, uuid_of

PLAN = Plan(lists=dict([parse_map("ML weekly=edition:cs.LG@weekly"), parse_map("Trends=edition:trending"), parse_map("Old=none")]))
CONFIRMED = datetime(2024, 3, 2, 7, tzinfo=UTC)


def decided(lists: dict[str, str], plan: Plan = PLAN, **changes: object) -> Newcomer | str:
    """What becomes of one listmonk subscriber, or why nothing does."""
    decision = decide(person_of(a_record("ana@example.org", lists=lists, **changes), "ana@example.org"), plan)
    return decision.newcomer or decision.reason


def test_every_column_that_is_read_is_named_where_people_are_sent_for_them() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "readers.md").read_text(encoding="utf-8")
    told = guide[guide.index("## Bring people in") : guide.index("## A person's rights")]

    assert {column for column in COLUMNS if f"`{column}`" not in told} == set()


def test_who_is_to_be_asked_first_has_said_yes_to_no_list_and_no_to_those_they_left() -> None:
    newcomer = decided({"ML weekly": "confirmed", "Trends": "unsubscribed"}, replace(PLAN, asks=True))

    assert isinstance(newcomer, Newcomer)
    (asked,) = newcomer.subscriptions
    assert (asked.name, asked.subscriber.status, asked.consented_at) == ("cs.LG", SubscriberStatus.PENDING, None)
    assert [no.subscription for no in newcomer.noes] == ["trending"]


@pytest.mark.parametrize(("standing", "origin"), [(Standing.CONFIRMED, "a list: ML weekly"), (Standing.UNCONFIRMED, "the operator's word")])
@pytest.mark.parametrize("dates", [(CONFIRMED, None), (datetime(2020, 1, 1, tzinfo=UTC), CONFIRMED)])
def test_who_agreed_to_a_list_without_a_date_did_so_when_they_came_to_the_lists(
    standing: Standing, origin: str, dates: tuple[datetime, datetime | None]
) -> None:
    person = Person(email="ana@example.org", at=dates[0], memberships=(Membership("ML weekly", standing, dates[1]),))

    newcomer = decide(person, replace(PLAN, confirmed=True)).newcomer

    assert newcomer is not None
    assert [(one.consented_at, one.consent_origin) for one in newcomer.subscriptions] == [(CONFIRMED, origin)]


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_page_of_the_api_is_its_people() -> None:
    file = opened(an_answer(a_record("ana@example.org", lists={"ML weekly": "confirmed"})), "page.json")

    assert (file.kind, [entry.fields["email"] for entry in file.entries]) == (Kind.LISTMONK, ["ana@example.org"])


def test_pages_saved_one_after_another_are_read_as_one_file() -> None:
    file = opened(an_answer(a_record("ana@example.org", 1)) + b"\n" + an_answer(a_record("bo@example.org", 2)), "pages.json")

    assert [entry.fields["email"] for entry in file.entries] == ["ana@example.org", "bo@example.org"]


def test_a_page_that_is_not_all_is_told() -> None:
    file = opened(an_answer(a_record("ana@example.org"), total=250), "page.json")

    assert file.notes == ("listmonk has 250 subscribers and the file 1: ask for the other pages too (per_page=all)",)


@pytest.mark.parametrize("data", [an_answer(a_record("ana@example.org")), b'{"results": [{"email": "ana@example.org"}], "total": null}'])
def test_of_a_page_that_is_all_nothing_is_told(data: bytes) -> None:
    assert opened(data, "page.json").notes == ()


def test_a_column_called_total_is_no_number_of_subscribers() -> None:
    (note,) = opened(lines({"email": "ana@example.org", "total": 9}), "people.jsonl").notes

    assert note.startswith("not read, as no column is called so here: total (")


def test_the_database_as_json_lines_is_listmonks() -> None:
    assert opened(lines(a_record("ana@example.org"), a_record("bo@example.org", 2)), "people.jsonl").kind is Kind.LISTMONK


@pytest.mark.parametrize("column", ["list_name", "list", "lists"])
def test_a_row_for_each_list_is_listmonks_and_one_person(column: str) -> None:
    text = f"uuid,email,name,status,{column},subscription_status\n" + "".join(
        f"{uuid_of(1)},ana@example.org,Ana,Enabled ,{name}, Confirmed\n" for name in ("ML weekly", "Trends")
    )

    file = opened(text.encode(), "people.csv")
    person = joined([person_of(entry.fields, "ana@example.org") for entry in file.entries])

    assert file.kind is Kind.LISTMONK
    assert [one.list_name for one in person.memberships or ()] == ["ML weekly", "Trends"]


def test_the_csv_export_is_known_by_its_columns() -> None:
    text = f"uuid,email,name,attributes,status,created_at,updated_at\n{uuid_of(1)},ana@example.org,Ana,{{}},enabled,2024-02-01,2024-02-01\n"

    assert opened(text.encode(), "subscribers.csv").kind is Kind.LISTMONK_EXPORT


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_whatever_parts_its_cells(delimiter: str) -> None:
    text = f"Email{delimiter}Name\nana@example.org{delimiter}Ana\n"

    file = opened(text.encode("utf-8-sig"), "a.csv")

    assert [dict(entry.fields) for entry in file.entries] == [{"email": "ana@example.org", "name": "Ana"}]


def test_addresses_alone_need_no_line_of_column_names() -> None:
    assert [entry.fields["email"] for entry in opened(b"ana@example.org\nbo@example.org\n", "a.txt").entries] == [
        "ana@example.org",
        "bo@example.org",
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\nemail,name\n , \na@b.c,\n", {"line 4": {"email": "a@b.c", "name": ""}}),
        (b"email,name\na@b.c,Ana\0\n", {"line 2": {"email": "a@b.c", "name": "Ana"}}),
        (b"a@b.c;Ana\n", {"line 1": {"email": "a@b.c", "column 2": "Ana"}}),
        (b' {"email": "a@b.c"}\n\n{"name": "Bo"}\n', {"line 1": {"email": "a@b.c"}, "line 3": {"name": "Bo"}}),
        (b'[{"email": "a@b.c"},\n{"email": "d@b.c"}]', {"entry 1": {"email": "a@b.c"}, "entry 2": {"email": "d@b.c"}}),
        (b'{"email": "a@b.c",\n"data": 1}\n\n{"name": "Bo"}', {"line 1": {"email": "a@b.c", "data": 1}, "line 4": {"name": "Bo"}}),
        (b'{"data": [{"email": "a@b.c"}]}', {"entry 1": {"email": "a@b.c"}}),
        (b'email,lists\na@b.c,"[{""name"": ""Cats""}]"\n', {"line 2": {"email": "a@b.c", "lists": [{"name": "Cats"}]}}),
        (b"uuid,email,lists\n1,a@b.c,[]\n", {"line 2": {"uuid": "1", "email": "a@b.c", "lists": []}}),
        (b"uuid,email,lists\n1,a@b.c,Cats\n", {"line 2": {"uuid": "1", "email": "a@b.c", "lists": "Cats"}}),
        (b"email,lists\na@b.c,[]\n", {"line 2": {"email": "a@b.c", "lists": "[]"}}),
    ],
)
def test_each_record_is_read_with_its_place(data: bytes, expected: dict[str, dict[str, object]]) -> None:
    file = opened(data, "people")

    assert ({entry.place: entry.fields for entry in file.entries}, file.left_out) == (expected, [])


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", ()), ("utf-16", ()), ("cp1252", ("the file is not UTF-8; it was read as Windows-1252, so look at names with accents",))],
)
def test_a_file_is_read_however_a_spreadsheet_wrote_it(encoding: str, notes: tuple[str, ...]) -> None:
    file = opened("email,name\njoerg@example.org,Jörg\n".encode(encoding), "people.csv")

    assert ([entry.fields["name"] for entry in file.entries], file.notes) == (["Jörg"], notes)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"lists": ["Cats"]}, Kind.PLAIN),
        ({"lists": []}, Kind.PLAIN),
        ({"lists": [{"name": "Cats"}]}, Kind.LISTMONK),
        ({"uuid": "1", "lists": []}, Kind.LISTMONK),
        ({"uuid": "1", "status": "active"}, Kind.PLAIN),
        ({"attributes": {}}, Kind.PLAIN),
        ({"uuid": "1", "status": "enabled", "attribs": {}}, Kind.LISTMONK_EXPORT),
    ],
)
def test_whose_file_it_is_stands_in_it(fields: dict[str, object], kind: Kind) -> None:
    assert opened(lines({"email": "ana@example.org", **fields}), "people.jsonl").kind is kind


def test_a_file_is_listmonks_where_one_of_its_people_is_on_a_list() -> None:
    assert opened(lines({"email": "ana@example.org"}, a_record("bo@example.org")), "people.jsonl").kind is Kind.LISTMONK


def test_a_broken_line_of_json_is_left_out_with_its_place() -> None:
    file = opened(lines({"email": "ana@example.org"}) + b'{"email": \n' + lines({"email": "bo@example.org"}), "a.jsonl")

    assert [entry.place for entry in file.entries] == ["line 1", "line 3"]
    assert [one.place for one in file.left_out] == ["line 2"]


def test_a_quotation_mark_that_is_never_closed_is_told_as_it_hides_all_that_follows() -> None:
    file = opened(b'email,name,status\nana@example.org,Ana,active\nbo@example.org,"Bo,active\nana@example.org,,unsubscribed', "people.csv")

    assert [entry.fields["email"] for entry in file.entries] == ["ana@example.org"]
    reason = "opens a quotation mark that nothing closes: all that follows is missing"
    assert file.left_out == [LeftOut("line 3", "bo@example.org", reason)]


@pytest.mark.parametrize("data", [b"", b"  \n", b"name,topics\nAna,foxes\n", b"[1, 2]", b'{"a": 1}'])
def test_a_file_without_addresses_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError):
        opened(data, "a.csv")


@pytest.mark.parametrize("column", ["E-Mail", "Email Address", "mail", "E-Mail-Adresse"])
def test_a_column_of_addresses_is_known_by_what_others_call_it(column: str) -> None:
    rows = opened(f"Name;{column}\nAna;ana@example.org\n".encode(), "a.csv").entries
    objects = opened(json.dumps({"Name": "Ana", column.lower().replace(" ", "_"): "ana@example.org"}).encode(), "a.jsonl").entries

    assert [dict(entry.fields) for entry in (*rows, *objects)] == [{"name": "Ana", "email": "ana@example.org"}] * 2


def test_a_column_called_email_is_the_one_whatever_stands_beside_it() -> None:
    (entry,) = opened(b"mail,email\nan office,ana@example.org\n", "a.csv").entries

    assert dict(entry.fields) == {"mail": "an office", "email": "ana@example.org"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Contact;Topic\nAna;foxes\n", "names no mail addresses; its columns are contact, topic"),
        (b"Contact;;Topic\nAna;;foxes\n", "names no mail addresses"),
        (b'{"contact": "ana"}', "names no mail addresses; its first object has contact"),
        (b"PK\x03\x04\x14\x00", "is a workbook or another packed file, not a text"),
        (b"garbage\x00\x01", "names no mail addresses"),
    ],
)
def test_a_file_without_addresses_is_told_by_what_it_has(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        opened(data, "people.csv")

    assert refused.value.message == message
    assert refused.value.hint


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(UsageError):
        file = opened(data, "a")
        assert file.entries


# --- listmonk ---------------------------------------------------------------------------------------------------------


def test_a_confirmed_one_stays_so_with_date_and_origin() -> None:
    found = decided({"ML weekly": "confirmed"})

    assert isinstance(found, Newcomer)
    (subscription,) = found.subscriptions
    assert subscription.edition is not None
    assert (subscription.name, subscription.edition.name, subscription.cadence) == ("cs.LG", "cs.LG", Cadence(every=Every.WEEKLY))
    assert (subscription.subscriber.status, subscription.subscriber.name) == (SubscriberStatus.ACTIVE, "Reader 1")
    assert (subscription.consented_at, subscription.consent_origin) == (CONFIRMED, "listmonk: ML weekly")
    assert found.links == (("cs.LG", uuid_of(1)),)


def test_one_who_never_confirmed_is_pending_without_consent() -> None:
    found = decided({"ML weekly": "unconfirmed"})

    assert isinstance(found, Newcomer)
    (subscription,) = found.subscriptions
    assert (subscription.subscriber.status, subscription.consented_at) == (SubscriberStatus.PENDING, None)


@pytest.mark.parametrize("other", [{"ML weekly": "unconfirmed"}, {"Old": "unsubscribed"}])
def test_beside_a_list_they_confirmed_the_unconfirmed_is_left_out(other: dict[str, str]) -> None:
    found = decided({**other, "Trends": "confirmed"})

    assert isinstance(found, Newcomer)
    assert ([one.name for one in found.subscriptions], found.noes) == (["trending"], ())


def test_the_operators_word_makes_the_unconfirmed_active() -> None:
    found = decided({"ML weekly": "unconfirmed"}, Plan(lists=PLAN.lists, confirmed=True))

    assert isinstance(found, Newcomer)
    assert [(s.subscriber.status, s.consent_origin) for s in found.subscriptions] == [(SubscriberStatus.ACTIVE, "the operator's word")]


def test_one_who_left_every_list_is_a_no_and_nothing_else() -> None:
    found = decided({"ML weekly": "unsubscribed", "Trends": "unsubscribed"})

    assert found == Newcomer(
        email="ana@example.org",
        noes=(No(reason=SuppressionReason.UNSUBSCRIBED, at=CONFIRMED),),
        uuid=uuid_of(1),
        origin="listmonk",
    )


@pytest.mark.parametrize(("other", "name"), [("ML weekly", ["cs.LG"]), ("Old", []), ("Cats", [])])
def test_one_who_left_one_of_two_lists_gets_the_other_and_a_no_for_that_one(other: str, name: list[str]) -> None:
    found = decided({other: "confirmed", "Trends": "unsubscribed"})

    assert isinstance(found, Newcomer)
    assert [one.name for one in found.subscriptions] == name
    assert found.noes == (No(reason=SuppressionReason.UNSUBSCRIBED, at=CONFIRMED, subscription="trending"),)


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        ({}, None),
        ({"subscription_created_at": "2024-01-01"}, None),
        ({"subscription_created_at": "2024-01-01", "subscription_updated_at": "2024-03-02T07:00Z"}, CONFIRMED),
    ],
)
def test_who_left_a_list_did_so_no_earlier_than_the_list_says(dates: dict[str, str], at: datetime | None) -> None:
    left = {"name": "Trends", "subscription_status": "unsubscribed", **dates}
    goes_on = {"name": "ML weekly", "subscription_status": "confirmed"}

    records = (a_record("ana@example.org") | {"lists": lists} for lists in ([left, goes_on], [left]))
    one_of_two, all_of_them = (decide(person_of(record, "ana@example.org"), PLAN) for record in records)

    assert one_of_two.newcomer is not None
    assert all_of_them.newcomer is not None
    assert [no.at for no in (*one_of_two.newcomer.noes, *all_of_them.newcomer.noes)] == [at, at]


@pytest.mark.parametrize("dates", [("2024-03-02T07:00Z", "2024-01-01"), ("2024-01-01", "2024-03-02T07:00Z"), ("", "2024-03-02T07:00Z")])
def test_who_left_several_lists_that_are_one_subscription_here_left_it_with_the_last(dates: tuple[str, str]) -> None:
    plan = Plan(lists=dict([parse_map("Trends=edition:trending"), parse_map("Hot=edition:trending"), parse_map("ML=edition:cs.LG")]))
    left = {"subscription_status": "unsubscribed"}
    lists = [{"name": name, "subscription_updated_at": at, **left} for name, at in zip(("Trends", "Hot"), dates, strict=True)]
    record = a_record("ana@example.org") | {"lists": [*lists, {"name": "ML", "subscription_status": "confirmed"}]}

    found = decide(person_of(record, "ana@example.org"), plan).newcomer

    assert found is not None
    assert [(no.subscription, no.at) for no in found.noes] == [("trending", CONFIRMED)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "blocklisted"}, SuppressionReason.BLOCKLISTED),
        ({"status": "blocklisted", "bounces": ["soft", "hard"]}, SuppressionReason.BOUNCED),
        ({"bounces": ["complaint", "hard"]}, SuppressionReason.COMPLAINED),
        ({"bounces": "{hard}"}, SuppressionReason.BOUNCED),
        ({"status": "blocklisted", "uuid": "7", "updated_at": "yesterday"}, SuppressionReason.BLOCKLISTED),
        ({"status": "happy", "bounces": ["complaint"]}, SuppressionReason.COMPLAINED),
    ],
)
def test_a_blocked_bounced_or_complaining_one_is_a_no_whatever_the_lists_say(changes: dict[str, object], reason: SuppressionReason) -> None:
    found = decided({"ML weekly": "confirmed"}, **changes)

    assert isinstance(found, Newcomer), found
    assert (found.subscriptions, [no.reason for no in found.noes]) == ((), [reason])


@pytest.mark.parametrize(
    ("changes", "at"),
    [({"status": "blocklisted"}, datetime(2024, 5, 1, 6, tzinfo=UTC)), ({"bounces": ["hard"]}, None)],
)
def test_who_was_blocked_was_so_when_the_record_changed_and_who_bounced_nobody_knows_when(
    changes: dict[str, object], at: datetime | None
) -> None:
    assert person_of(a_record("ana@example.org", **changes), "ana@example.org").at == at


@pytest.mark.parametrize("status", ["enabled", "blocklisted"])
@pytest.mark.parametrize(("given", "uuid"), [(f" {uuid_of(1)} ".upper(), uuid_of(1)), (None, "")])
def test_by_its_uuid_a_record_is_what_old_links_speak_of(status: str, given: str | None, uuid: str) -> None:
    assert person_of(a_record("ana@example.org", status=status, uuid=given), "ana@example.org").uuid == uuid


@pytest.mark.parametrize(
    "row", [{}, {"list_name": "ML weekly", "subscription_status": ""}, {"list_name": "", "subscription_status": "confirmed"}]
)
def test_what_a_record_of_listmonks_lacks_is_not_there(row: dict[str, str]) -> None:
    assert person_of(row, "ana@example.org") == Person(email="ana@example.org", origin="listmonk", memberships=())


@pytest.mark.parametrize(
    ("said", "membership"),
    [
        ({"subscription_created_at": "2024-03-02T07:00Z"}, Membership("main", Standing.UNCONFIRMED, CONFIRMED)),
        ({"name": "Cats", "subscription_status": "confirmed"}, Membership("Cats", Standing.CONFIRMED)),
    ],
)
def test_of_a_list_counts_what_is_known(said: dict[str, str], membership: Membership) -> None:
    assert person_of({"lists": [said]}, "ana@example.org").memberships == (membership,)


def test_a_soft_bounce_is_no_no() -> None:
    found = decided({"ML weekly": "confirmed"}, bounces=["soft"])

    assert isinstance(found, Newcomer)
    assert found.noes == ()


@pytest.mark.parametrize(
    ("lists", "status", "reason"),
    [
        ({}, "enabled", "on no list there, so nothing here"),
        ({"ML weekly": "confirmed"}, "disabled", "disabled there, so nothing here"),
        ({"Cats": "confirmed"}, "enabled", "on no list that --map knows"),
        ({"Old": "confirmed"}, "enabled", "on lists that --map leaves out alone"),
    ],
)
def test_who_gets_nothing_there_gets_nothing_here(lists: dict[str, str], status: str, reason: str) -> None:
    assert decided(lists, status=status) == reason


def test_a_list_that_nothing_was_said_of_gets_the_default() -> None:
    decision = decide(
        person_of(a_record("ana@example.org", lists={"Cats": "confirmed"}), ""), Plan(default=parse_target("topic:cats@mon,thu"))
    )

    assert decision.newcomer is not None
    (subscription,) = decision.newcomer.subscriptions
    assert (subscription.name, subscription.cadence.days, decision.unmapped) == ("Cats", (0, 3), ())


@pytest.mark.parametrize(
    ("text", "profile"),
    [("topic:cats", Profile(interests=(Interest(topics=("cats",)),))), ("category:cs.LG", Profile(categories=("cs.LG",)))],
)
def test_a_list_becomes_a_profile_of_one_topic_or_category(text: str, profile: Profile) -> None:
    assert parse_target(text).subscription(Subscriber(email="ana@example.org"), "Cats").profile == profile


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "happy"}, "the status 'happy' is none of listmonk's"),
        ({"uuid": "7"}, "the uuid '7' is none"),
        ({"lists": [{"name": "Cats", "subscription_status": "happy"}]}, "the subscription status 'happy' is none of listmonk's"),
    ],
)
def test_what_is_none_of_listmonks_is_wrong(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        person_of(a_record("ana@example.org") | changes, "ana@example.org")


# --- plain rows -------------------------------------------------------------------------------------------------------


def test_a_row_says_what_the_configuration_could() -> None:
    row = {"topics": "urban foxes; dens", "categories": "q-bio.PE", "every": "weekly", "at": "06:30", "zone": "Asia/Tokyo", "limit": "5"}

    (subscription,) = plain_person_of(row, "ana@example.org", "UTC").subscriptions

    assert subscription.profile is not None
    assert subscription.profile.interests[0].topics == ("urban foxes", "dens")
    assert (subscription.profile.categories, subscription.profile.limit) == (("q-bio.PE",), 5)
    assert subscription.subscriber.zone == "Asia/Tokyo"
    assert (subscription.cadence.every, subscription.cadence.at) == (Every.WEEKLY, time(6, 30))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"edition": "cs.LG", "limit": " 7 "}, ("cs.LG", Edition(name="cs.LG", limit=7))),
        ({"edition": "cs.LG", "subscription": "night"}, ("night", Edition(name="cs.LG"))),
        ({"categories": "q-bio.PE;cs.LG", "limit": 5}, ("main", Profile(categories=("q-bio.PE", "cs.LG"), limit=5))),
        (
            {"topics": ["foxes "], "authors": "Ana Silva", "liked": "2302.09664", "keywords": "", "muted": "survey"},
            (
                "main",
                Profile(interests=(Interest(topics=("foxes",), liked=("arxiv:2302.09664",)),), authors=("Ana Silva",), muted=("survey",)),
            ),
        ),
    ],
)
def test_a_row_is_the_subscription_that_it_describes(row: dict[str, object], expected: tuple[str, Edition | Profile]) -> None:
    (found,) = plain_person_of(row, "ana@example.org", "UTC").subscriptions

    assert (found.name, found.edition or found.profile) == expected


@pytest.mark.parametrize(
    "row",
    [
        {"floor": " 12.5 ", "explore": "yes", "others": "No", "updates": "x", "only_above": "60", "skip_empty": "TRUE"},
        {"floor": 12.5, "explore": True, "others": False, "updates": 1, "only_above": 60, "skip_empty": True},
    ],
)
def test_a_row_says_what_else_a_letter_holds_and_when_it_is_worth_one(row: dict[str, object]) -> None:
    (found,) = plain_person_of(row | {"authors": "Ana Silva"}, "ana@example.org", "UTC").subscriptions

    assert found.profile == Profile(authors=("Ana Silva",), floor=12.5, explore=True, others=False, updates=True)
    assert (found.cadence.only_above, found.cadence.skip_empty) == (60.0, True)


def test_empty_cells_leave_a_letter_as_it_is_by_default() -> None:
    row = dict.fromkeys(("floor", "explore", "others", "updates", "only_above", "skip_empty"), " ") | {"authors": "Ana Silva"}

    (found,) = plain_person_of(row, "ana@example.org", "UTC").subscriptions

    assert (found.profile, found.cadence) == (Profile(authors=("Ana Silva",)), Cadence())


def test_a_row_with_an_edition_and_a_floor_is_wrong() -> None:
    with pytest.raises(ValueError, match="takes no floor"):
        plain_person_of({"edition": "cs.LG", "floor": "10"}, "ana@example.org", "UTC")


def test_a_row_with_an_edition_and_topics_is_wrong() -> None:
    with pytest.raises(ValueError, match="make two rows of it"):
        plain_person_of({"edition": "cs.LG", "topics": "foxes"}, "ana@example.org", "UTC")


def test_what_a_row_says_of_its_reader_and_their_lists_is_kept() -> None:
    row = {
        "lists": "Cats; Trends",
        "status": "pending",
        "name": " ",
        "zone": " Asia/Tokyo ",
        "consent_origin": "the form",
        "date": "2024-03-02T07:00Z",
    }

    memberships = tuple(Membership(name, Standing.UNCONFIRMED, CONFIRMED) for name in ("Cats", "Trends"))
    expected = Person(email="ana@example.org", standing=Standing.UNCONFIRMED, at=CONFIRMED, origin="the form", zone="Asia/Tokyo")
    assert plain_person_of(row, "ana@example.org", "UTC") == replace(expected, memberships=memberships)


@pytest.mark.parametrize(
    ("row", "origin", "reader"),
    [
        ({"zone": " "}, "people.csv", Subscriber(email="ana@example.org", zone="Europe/Berlin", language="en")),
        (
            {"zone": "Asia/Tokyo", "language": "de", "origin": "the form"},
            "the form",
            Subscriber(email="ana@example.org", zone="Asia/Tokyo", language="de"),
        ),
    ],
)
def test_who_names_nothing_gets_what_everybody_gets(row: dict[str, str], origin: str, reader: Subscriber) -> None:
    plan = Plan(default=parse_target("edition:cs.LG"), zone="Europe/Berlin", origin="people.csv")

    found = decide(joined([plain_person_of(row, "ana@example.org", "UTC")] * 2), plan).newcomer

    wanted = Subscription(subscriber=reader, name="cs.LG", edition=Edition(name="cs.LG"), consent_origin=origin)
    assert found == Newcomer(email="ana@example.org", subscriptions=(wanted,), origin=origin)


@pytest.mark.parametrize(
    ("rows", "asks", "reason"),
    [
        ([{}], False, NOTHING_TO_GET),
        ([{}], True, NOTHING_TO_ASK),
        ([{"status": "disabled"}, {"topics": "foxes"}], False, "disabled there, so nothing here"),
    ],
)
def test_of_who_names_nothing_or_is_off_it_is_said_why_nothing_comes(rows: list[dict[str, str]], asks: bool, reason: str) -> None:
    decision = decide(joined([plain_person_of(row, "ana@example.org", "UTC") for row in rows]), Plan(asks=asks))

    assert (decision.newcomer, decision.reason) == (None, reason)


def test_a_no_without_an_origin_has_the_files() -> None:
    found = decide(plain_person_of({"status": "left"}, "ana@example.org", "UTC"), Plan(origin="people.csv")).newcomer

    assert found == Newcomer(email="ana@example.org", noes=(No(reason=SuppressionReason.UNSUBSCRIBED),), origin="people.csv")


@pytest.mark.parametrize("status", ["unsubscribed", "Bounced", "complained", "blocklisted", "cleaned"])
def test_a_status_that_is_a_no_is_one(status: str) -> None:
    assert plain_person_of({"status": status, "topics": "foxes"}, "ana@example.org", "UTC").no is not None


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"unsubscribed": "yes"}, None),
        ({"unsubscribed": True, "status": "active", "date": "2020-01-01"}, None),
        ({"unsub_time": "2024-03-02 07:00:00", "confirm_time": "2020-01-01"}, CONFIRMED),
        ({"unsubscribed_at": "2024-03-02T07:00Z", "status": "active"}, CONFIRMED),
        ({"unsubscribed_at": "2020-01-01", "unsub_time": "2024-03-02 07:00:00"}, CONFIRMED),
        ({"unsubscribed_at": "2024-03-02T07:00Z", "status": "complained", "date": "2025-01-01"}, datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_column_of_who_left_is_heard(fields: dict[str, object], at: datetime | None) -> None:
    found = plain_person_of({"topics": "foxes", **fields}, "ana@example.org", "UTC")

    assert (found.no is not None, found.at, found.subscriptions) == (True, at, ())


@pytest.mark.parametrize(
    ("fields", "no", "at"),
    [
        ({"optin_time": "2020-01-01 00:00:00", "clean_time": "2024-03-02 07:00:00"}, SuppressionReason.BOUNCED, CONFIRMED),
        ({"active_subscription": "true", "email_disabled": "true"}, SuppressionReason.UNSUBSCRIBED, None),
        ({"active_subscription": "false", "email_disabled": "false"}, None, None),
    ],
)
def test_who_was_cleaned_by_mailchimp_or_wants_no_mail_of_substack_gets_none(
    fields: dict[str, object], no: SuppressionReason | None, at: datetime | None
) -> None:
    found = plain_person_of({"topics": "foxes", **fields}, "ana@example.org", "UTC")

    assert (found.no, found.at) == (no, at)


@pytest.mark.parametrize("cell", ["", None, False, "0", "No", " false "])
def test_who_has_not_left_by_that_column_comes_in(cell: object) -> None:
    assert plain_person_of({"topics": "foxes", "unsubscribed": cell}, "ana@example.org", "UTC").no is None


def test_a_cell_of_who_left_that_says_neither_yes_nor_no_is_wrong() -> None:
    with pytest.raises(ValueError, match="unsubscribed: 'perhaps' is neither yes nor no nor a date"):
        plain_person_of({"topics": "foxes", "unsubscribed": "perhaps"}, "ana@example.org", "UTC")


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"subscribed_at": "2020-01-01"}, None),
        ({"created_at": "2020-01-01", "confirmed_at": "2020-01-02", "consented_at": "2020-01-03"}, None),
        ({"subscribed_at": "2020-01-01", "unsubscribed_at": "2024-03-02T07:00Z"}, CONFIRMED),
        ({"subscribed_at": "2020-01-01", "unsubscribed_at": "perhaps"}, None),
        ({"subscribed_at": "2020-01-01", "date": "2024-03-02T07:00Z"}, CONFIRMED),
        ({"date": "2020-01-01", "unsubscribed_at": "2024-03-02T07:00Z"}, CONFIRMED),
    ],
)
def test_a_no_is_not_as_old_as_the_yes_in_the_same_row(fields: dict[str, object], at: datetime | None) -> None:
    assert plain_person_of({"status": "unsubscribed", **fields}, "ana@example.org", "UTC").at == at


def test_a_no_is_as_old_as_the_row_that_says_it_whatever_the_first_row_says() -> None:
    rows = (
        {"topics": "foxes", "status": "active", "date": "2020-01-01", "origin": "the form"},
        {"status": "complained", "date": "2024-03-02T07:00Z", "origin": "the provider"},
    )

    found = decide(joined([plain_person_of(row, "ana@example.org", "UTC") for row in rows]), Plan()).newcomer

    assert found is not None
    assert (found.noes, found.origin) == ((No(reason=SuppressionReason.COMPLAINED, at=CONFIRMED),), "the provider")


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({"status": "left", "date": "2024-03-02T07:00Z"}, No(reason=SuppressionReason.UNSUBSCRIBED, at=CONFIRMED)),
        ({"status": "left"}, No(reason=SuppressionReason.UNSUBSCRIBED)),
        ({"status": "complained", "date": "2019-03-02"}, No(reason=SuppressionReason.COMPLAINED, at=datetime(2019, 3, 2, tzinfo=UTC))),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_of_two_noes_that_counts_which_a_yes_between_them_does_not_outdate(order: int, later: dict[str, str], expected: No) -> None:
    rows = ({"status": "left", "date": "2020-01-01"}, later)

    found = decide(joined([plain_person_of(row, "ana@example.org", "UTC") for row in rows[::order]]), Plan()).newcomer

    assert found is not None
    assert found.noes == (expected,)


@pytest.mark.parametrize("wrong", [{"date": "26.11.2026"}, {"zone": "Mars"}, {"topics": "foxes", "limit": "many"}])
def test_a_no_counts_whatever_else_is_wrong_with_its_row(wrong: dict[str, str]) -> None:
    found = plain_person_of({"status": "unsubscribed", **wrong}, "ana@example.org", "UTC")

    assert (found.no, found.at) == (SuppressionReason.UNSUBSCRIBED, None)


@pytest.mark.parametrize("fields", [{"status": ""}, {"status": " "}, {"status": None}])
def test_an_empty_status_is_no_consent(fields: dict[str, str | None]) -> None:
    assert plain_person_of(fields, "ana@example.org", "UTC").standing is Standing.UNCONFIRMED


def test_in_a_list_that_has_no_status_the_operators_word_is_that_they_agreed() -> None:
    assert plain_person_of({"topics": "foxes"}, "ana@example.org", "UTC").standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (PLAN, [("cs.LG", SubscriberStatus.ACTIVE, "a list")]),
        (
            replace(PLAN, confirmed=True),
            [("cs.CL", SubscriberStatus.ACTIVE, "the operator's word"), ("cs.LG", SubscriberStatus.ACTIVE, "a list")],
        ),
        (replace(PLAN, asks=True), [("cs.CL", SubscriberStatus.PENDING, ""), ("cs.LG", SubscriberStatus.PENDING, "")]),
    ],
)
@pytest.mark.parametrize("lists", ["", "Cats"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_yes_in_one_row_is_none_to_what_another_row_says_they_were_only_asked(
    order: int, lists: str, plan: Plan, expected: list[tuple[str, SubscriberStatus, str]]
) -> None:
    rows = ({"edition": "cs.LG", "status": "active", "lists": lists}, {"edition": "cs.CL", "status": "pending", "lists": lists})

    found = decide(joined([plain_person_of(row, "ana@example.org", "UTC") for row in rows[::order]]), plan).newcomer

    assert found is not None
    assert sorted((one.name, one.subscriber.status, one.consent_origin) for one in found.subscriptions) == expected


def test_a_yes_bears_the_day_and_the_origin_of_its_row_though_another_that_says_none_comes_first() -> None:
    asked = {"edition": "cs.CL", "status": "pending", "date": "2026-01-02", "origin": "the fair"}
    agreed = {"edition": "cs.LG", "status": "active", "date": "2026-02-03", "origin": "the form"}

    found = decide(joined([plain_person_of(row, "ana@example.org", "UTC") for row in (asked, agreed)]), PLAN).newcomer

    assert found is not None
    (only,) = found.subscriptions
    assert (only.name, only.consented_at, only.consent_origin) == ("cs.LG", datetime(2026, 2, 3, tzinfo=UTC), "the form")


def test_a_row_that_ends_early_has_empty_cells() -> None:
    file = opened(b"email,topics,status\nana@example.org,foxes\n", "people.csv")

    assert [entry.fields for entry in file.entries] == [{"email": "ana@example.org", "topics": "foxes", "status": ""}]


def test_a_status_that_nobody_knows_is_wrong() -> None:
    with pytest.raises(ValueError, match="the status 'maybe' is not known"):
        plain_person_of({"status": "maybe"}, "ana@example.org", "UTC")


def test_a_name_with_control_and_bidirectional_characters_comes_in_without_them() -> None:
    name = "Ana\r\nBcc: v@example.org \u202egnissim\u202c" + "x" * 10_000

    assert plain_person_of({"name": name}, "ana@example.org", "UTC").name == ("Ana Bcc: v@example.org gnissim" + "x" * 10_000)[:200]


# --- --map ------------------------------------------------------------------------------------------------------------


def test_a_list_whose_name_has_an_equals_sign_can_be_mapped() -> None:
    name, target = parse_map("a=b=edition:cs.LG")

    assert (name, target and target.text) == ("a=b", "cs.LG")


@pytest.mark.parametrize(
    "text", ["ML weekly", "ML=cs.LG", "=edition:cs.LG", "ML=edition:", "ML=edition:cs.LG@someday", "ML=edition:trendig"]
)
def test_a_map_that_says_nothing_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_map(text)

    assert refused.value.hint


def test_columns_that_are_called_otherwise_here_are_named() -> None:
    file = opened("Vorname;E-Mail;Themen;zone\nJörg;joerg@example.org;Graphen;Europe/Berlin\n".encode(), "people.csv")

    assert file.notes == ("not read, as no column is called so here: vorname, themen (docs/readers.md names those that are)",)
    assert [opened(data, "people.csv").notes for data in (b"email,topics\nana@example.org,foxes\n", b"ana@example.org,Ana\n")] == [(), ()]
    eight, nine = (opened(f"email,,{','.join(names)}\nana@example.org\n".encode(), "a.csv").notes[0] for names in ("abcdfghi", "abcdfghij"))
    assert ("here: a, b, c, d, f, g, h, i (" in eight, "here: a, b, c, d, f, g, h, i … (" in nine) == (True, True)
    (note,) = opened(lines({"email": "ana@example.org"}, {"email": "bo@example.org", "active": False}), "people.jsonl").notes
    assert note.startswith("not read, as no column is called so here: active (")


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("limit", "ten", "limit: 'ten' is not a whole number; write digits, such as 12"),
        ("limit", "-5", "limit: -5 is not between 1 and 200"),
        ("limit", "9" * 5000, f"limit: '{'9' * 40}' is not a whole number; write digits, such as 12"),
        ("limit", 2.5, "limit: 2.5 is not a whole number; write one without a fraction, such as 12"),
        ("floor", "ten", "floor: 'ten' is not a number; a score such as 20, or -inf for none"),
        ("only_above", "nan", "only_above: nan is not a number; a score such as 20, or -inf for none"),
        ("explore", "sometimes", "explore: 'sometimes' is neither yes nor no; write yes or no"),
        ("date", "26.11.2026", "'26.11.2026' is no date; write it as 2026-11-26, or with its time as 2026-11-26T09:00"),
        ("date", "9999-12-31T23:59-23:59", "'9999-12-31T23:59-23:59' is no date; write it as 2026-11-26, or with its time as"),
    ],
)
def test_what_is_wrong_with_a_cell_is_told_with_what_to_write(column: str, cell: object, told: str) -> None:
    with pytest.raises((ValueError, ConfigurationError)) as raised:
        plain_person_of({"email": "ana@example.org", "topics": "foxes", column: cell}, "ana@example.org", "UTC")

    error = raised.value
    assert (f"{error.message}; {error.hint}" if isinstance(error, ConfigurationError) and error.hint else str(error)).startswith(told)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'email,topics\nana@example.org,"' + b"x" * 200_000 + b'"\n', "line 2 cannot be read: field larger than field limit"),
        (b'{"email": "ana@example.org"', "line 1 is not JSON: Expecting ',' delimiter"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_told_why(data: bytes, told: str) -> None:
    with pytest.raises(UsageError, match="holds nothing that can be read: ") as raised:
        opened(data, "people")

    assert told in raised.value.message
