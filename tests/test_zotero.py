"""A Zotero library followed: read, changed, emptied, and every way in which that can go wrong, against a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from time import monotonic

import pytest

from digest.errors import ConfigurationError, DigestError, NotFound, SourceChanged, SourceRefused, SourceUnreachable
from digest.library.zotero import Zotero, parse_address
from digest.model import Changes
from digest.net import Net

from .http_faults import HttpFaults, page
from .zotero_server import KEY, READER, Asked, Library, Reply, ZoteroServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ZoteroServer]:
    with ZoteroServer() as running:
        yield running


@pytest.fixture
def library(server: ZoteroServer) -> Library:
    """Ana's, which is private."""
    server.allow(KEY, 123456)
    return server.library("users/123456", public=False)


def a_zotero(
    server: ZoteroServer,
    address: str = "user:123456",
    key: str | None = KEY,
    naps: list[float] | None = None,
    monotonic: Callable[[], float] = monotonic,
) -> Zotero:
    taken = [] if naps is None else naps
    net = Net(user_agent="digest-test", timeout=20.0, sleep=taken.append, clock=lambda: NOON, chance=lambda: 1.0)
    return Zotero(net, parse_address(address), key, NOON, url=server.url, allow_private=True, monotonic=monotonic)


def entries(changes: Changes) -> list[str]:
    return [reference.entry for reference in changes.references]


# --- read, change, delete ---------------------------------------------------------------------------------------------


def test_a_library_is_read_whole_the_first_time(server: ZoteroServer, library: Library) -> None:
    fox = library.add(title="On foxes", DOI="10.1000/fox")
    hen = library.add(title="On hens")
    library.add("attachment", title="fox.pdf", parentItem=fox)
    library.add("note", note="red", title="")

    changes = a_zotero(server).fetch("")

    assert entries(changes) == [fox, hen]
    assert (changes.whole, changes.unchanged, changes.removed, changes.dropped) == (True, False, (), ())
    assert json.loads(changes.cursor) == {"address": "user:123456", "collection": "", "version": 4}


def test_a_day_that_has_not_come_is_not_when_an_entry_was_added(server: ZoteroServer, library: Library) -> None:
    library.add(title="On foxes", dateAdded="2026-11-23T11:00:00Z", date="2027")
    library.add(title="On hens", dateAdded="2027-11-23T11:00:00Z", date="2077")

    fox, hen = a_zotero(server).fetch("").references

    assert (fox.added, fox.year) == (datetime(2026, 11, 23, 11, tzinfo=UTC), 2027)
    assert (hen.added, hen.year) == (None, None)


def test_every_page_is_read_of_a_library_that_has_several(server: ZoteroServer, library: Library) -> None:
    keys = {library.add(title=f"Paper {n}") for n in range(250)}

    changes = a_zotero(server).fetch("")

    assert set(entries(changes)) == keys
    assert [asked.query["start"] for asked in server.asked] == ["0", "100", "200"]


def test_an_untouched_library_costs_one_request_and_changes_nothing(server: ZoteroServer, library: Library) -> None:
    library.add(title="On foxes")
    zotero = a_zotero(server)
    cursor = zotero.fetch("").cursor
    server.asked.clear()

    changes = zotero.fetch(cursor)

    assert (changes.unchanged, changes.whole, changes.references, changes.removed, changes.cursor) == (True, False, (), (), cursor)
    assert [asked.headers["if-modified-since-version"] for asked in server.asked] == ["1"]


def test_later_only_what_changed_is_asked_for(server: ZoteroServer, library: Library) -> None:
    fox, hen = library.add(title="On foxes"), library.add(title="On hens")
    zotero = a_zotero(server)
    first = zotero.fetch("")
    library.change(hen, title="On hens and foxes")
    duck = library.add(title="On ducks")
    server.asked.clear()

    changes = zotero.fetch(first.cursor)

    assert [(r.entry, r.title) for r in changes.references] == [(hen, "On hens and foxes"), (duck, "On ducks")]
    assert (changes.whole, changes.removed, fox in entries(changes)) == (False, (), False)
    assert [(asked.path, asked.query["since"]) for asked in server.asked] == [
        ("/users/123456/items/top", "2"),
        ("/users/123456/deleted", "2"),
    ]


def test_what_is_deleted_or_thrown_away_leaves(server: ZoteroServer, library: Library) -> None:
    fox, hen, duck = (library.add(title=title) for title in ("On foxes", "On hens", "On ducks"))
    zotero = a_zotero(server)
    first = zotero.fetch("")
    library.delete(fox)
    library.change(hen, deleted=1)

    changes = zotero.fetch(first.cursor)

    assert (changes.references, set(changes.removed)) == ((), {fox, hen})
    assert entries(zotero.fetch("")) == [duck]


def test_what_is_taken_out_of_the_trash_comes_back(server: ZoteroServer, library: Library) -> None:
    fox = library.add(title="On foxes", deleted=1)
    zotero = a_zotero(server)
    first = zotero.fetch("")
    library.change(fox, deleted=0)

    changes = zotero.fetch(first.cursor)

    assert (entries(first), entries(changes), changes.removed) == ([], [fox], ())


def test_an_entry_that_became_unreadable_leaves_and_is_reported(server: ZoteroServer, library: Library) -> None:
    fox = library.add(title="On foxes")
    zotero = a_zotero(server)
    first = zotero.fetch("")
    library.change(fox, title="")

    changes = zotero.fetch(first.cursor)

    assert (changes.removed, [dropped.entry for dropped in changes.dropped]) == ((fox,), [fox])


@pytest.mark.parametrize(
    "cursor",
    [
        "{",
        "[]",
        "null",
        "7",
        '{"address": "user:7", "collection": "", "version": 1}',
        '{"address": "user:123456", "collection": "", "version": "1"}',
        '{"address": "user:123456", "collection": "", "version": -1}',
        '{"address": "user:123456/Foxes", "collection": "", "version": 1}',
    ],
)
def test_a_cursor_that_is_not_this_librarys_leads_to_reading_it_whole(server: ZoteroServer, library: Library, cursor: str) -> None:
    fox = library.add(title="On foxes")

    changes = a_zotero(server).fetch(cursor)

    assert (changes.whole, entries(changes)) == (True, [fox])


def test_a_group_and_a_public_library_are_read_without_a_key(server: ZoteroServer) -> None:
    fox = server.library("groups/99").add(title="On foxes")

    assert entries(a_zotero(server, "group:99", key=None).fetch("")) == [fox]
    assert "zotero-api-key" not in server.asked[0].headers


# --- a collection -----------------------------------------------------------------------------------------------------


def test_of_a_collection_only_its_own_entries_are_read(server: ZoteroServer, library: Library) -> None:
    outer = library.collect("Foxes")
    inner = library.collect("Red", outer)
    fox = library.add(title="On foxes", collections=[outer])
    red = library.add(title="On red foxes", collections=[inner])
    library.add(title="On hens")

    assert entries(a_zotero(server, "user:123456/foxes").fetch("")) == [fox]
    assert entries(a_zotero(server, "user:123456/Foxes/red").fetch("")) == [red]
    assert entries(a_zotero(server, f"user:123456/{inner}").fetch("")) == [red]


def test_joining_and_leaving_a_collection_is_noticed(server: ZoteroServer, library: Library) -> None:
    foxes = library.collect("Foxes")
    stays, leaves = (library.add(title=title, collections=[foxes]) for title in ("Stays", "Leaves"))
    joins, outside = library.add(title="Joins"), library.add(title="Outside")
    zotero = a_zotero(server, "user:123456/Foxes")
    first = zotero.fetch("")
    library.change(leaves, collections=[])
    library.change(joins, collections=[foxes])
    library.change(outside, title="Outside still")

    changes = zotero.fetch(first.cursor)

    assert (entries(first), entries(changes), changes.whole) == ([stays, leaves], [joins], False)
    assert leaves in changes.removed
    assert {stays, joins}.isdisjoint(changes.removed)


def test_an_untouched_collection_costs_one_request(server: ZoteroServer, library: Library) -> None:
    library.add(title="On foxes", collections=[library.collect("Foxes")])
    zotero = a_zotero(server, "user:123456/Foxes")
    cursor = zotero.fetch("").cursor
    server.asked.clear()

    assert zotero.fetch(cursor).unchanged
    assert server.paths == ["/users/123456/collections"]


def test_a_collection_made_anew_under_its_name_is_read_whole(server: ZoteroServer, library: Library) -> None:
    old = library.collect("Foxes")
    zotero = a_zotero(server, "user:123456/Foxes")
    first = zotero.fetch("")
    library.collections[old]["deleted"] = True
    fox = library.add(title="On foxes", collections=[library.collect("Foxes")])

    changes = zotero.fetch(first.cursor)

    assert (changes.whole, entries(changes)) == (True, [fox])


def test_a_collection_that_is_gone_is_an_error_and_no_empty_library(server: ZoteroServer, library: Library) -> None:
    foxes = library.collect("Foxes")
    library.collect("Hens")
    zotero = a_zotero(server, "user:123456/Foxes")
    first = zotero.fetch("")
    del library.collections[foxes]
    library.version += 1

    with pytest.raises(NotFound, match="has no collection 'Foxes'") as caught:
        zotero.fetch(first.cursor)

    assert "Hens" in caught.value.hint


def test_the_collections_of_an_entry_are_told_by_name_with_those_around_them(server: ZoteroServer, library: Library) -> None:
    outer = library.collect("Foxes")
    inner = library.collect("Red", outer)
    for title in ("On red foxes", "On redder foxes"):
        library.add(title=title, collections=[inner, "GONE2345"])

    whole, part = a_zotero(server).fetch(""), a_zotero(server, "user:123456/Red").fetch("")

    assert [reference.collections for reference in whole.references] == [("Red", "Foxes", "GONE2345")] * 2
    assert part.references == whole.references
    assert server.paths[:2] == ["/users/123456/items/top", "/users/123456/collections"]
    assert server.paths[2:] == ["/users/123456/collections", f"/users/123456/collections/{inner}/items/top"]


def test_collections_changed_after_the_entries_were_read_lead_to_reading_anew(server: ZoteroServer, library: Library) -> None:
    library.add(title="On foxes", collections=[library.collect("Foxes")])

    def collect_one(asked: Asked) -> None:
        if len(server.asked) == 2:
            library.collect("Hens")

    server.before = collect_one

    changes = a_zotero(server).fetch("")

    assert (changes.references[0].collections, len(server.asked)) == (("Foxes",), 4)


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_a_page_that_fails_in_the_middle_gives_an_error_and_nothing_else(server: ZoteroServer, library: Library) -> None:
    keys = {library.add(title=f"Paper {n}") for n in range(150)}
    zotero = a_zotero(server)
    server.replies = [None, Reply(500), Reply(500), Reply(500)]

    with pytest.raises(SourceUnreachable, match="answers 500"):
        zotero.fetch("")

    assert set(entries(zotero.fetch(""))) == keys


def test_a_page_that_fails_once_is_asked_for_again(server: ZoteroServer, library: Library) -> None:
    keys = {library.add(title=f"Paper {n}") for n in range(150)}
    server.replies = [None, Reply(502)]

    assert set(entries(a_zotero(server).fetch(""))) == keys


def test_deletions_that_cannot_be_asked_for_hold_back_the_changes_too(server: ZoteroServer, library: Library) -> None:
    library.add(title="On foxes")
    zotero = a_zotero(server)
    first = zotero.fetch("")
    hen = library.add(title="On hens")
    server.replies = [None, Reply(200, {"items": "none"}, {"Last-Modified-Version": "2"})]

    with pytest.raises(SourceChanged, match="does not answer as Zotero does"):
        zotero.fetch(first.cursor)

    assert entries(zotero.fetch(first.cursor)) == [hen]


def test_a_library_changed_between_two_pages_is_read_anew(server: ZoteroServer, library: Library) -> None:
    keys = [library.add(title=f"Paper {n}") for n in range(150)]

    def delete_one(asked: Asked) -> None:
        if len(server.asked) == 2:
            library.delete(keys[0])

    server.before = delete_one

    changes = a_zotero(server).fetch("")

    assert sorted(entries(changes)) == sorted(keys[1:])
    assert json.loads(changes.cursor)["version"] == 151
    assert [asked.query["start"] for asked in server.asked] == ["0", "100", "0", "100"]


def test_a_library_changed_before_its_deletions_are_asked_for_is_read_anew(server: ZoteroServer, library: Library) -> None:
    library.add(title="On foxes")
    zotero = a_zotero(server)
    first = zotero.fetch("")
    hen = library.add(title="On hens")

    def delete_it(asked: Asked) -> None:
        if asked.path.endswith("/deleted") and hen in library.items:
            library.delete(hen)

    server.before = delete_it

    changes = zotero.fetch(first.cursor)

    assert (changes.references, changes.removed) == ((), (hen,))


def test_a_server_that_takes_minutes_for_each_page_is_not_asked_for_hours(server: ZoteroServer, library: Library) -> None:
    for n in range(250):
        library.add(title=f"Paper {n}")

    with pytest.raises(SourceUnreachable, match="is not read within 30 minutes") as caught:
        a_zotero(server, monotonic=count(0, 700).__next__).fetch("")

    assert caught.value.hint == "try again later, or follow one of its collections"
    assert len(server.asked) == 2


def test_a_server_that_gives_the_same_page_again_and_again_is_not_asked_for_ever(server: ZoteroServer, library: Library) -> None:
    row = {"key": "ABCD2345", "data": {"itemType": "preprint", "title": "On foxes"}}
    server.replies = [Reply(200, [row], {"Last-Modified-Version": "1", "Total-Results": "50"})] * 9

    with pytest.raises(SourceChanged, match="gives 1 of its 50 entries"):
        a_zotero(server).fetch("")

    assert len(server.asked) == 2


def test_a_library_that_never_holds_still_is_given_up(server: ZoteroServer, library: Library) -> None:
    for n in range(150):
        library.add(title=f"Paper {n}")
    server.before = lambda asked: library.change(next(iter(library.items)), title="again")

    with pytest.raises(SourceUnreachable, match="was changed while it was read, 4 times"):
        a_zotero(server).fetch("")

    assert len(server.asked) == 8


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, "<html>", {"Last-Modified-Version": "1", "Total-Results": "1"}),
        Reply(200, {"items": []}, {"Last-Modified-Version": "1", "Total-Results": "1"}),
        Reply(200, [{"data": {}}], {"Last-Modified-Version": "1", "Total-Results": "1"}),
        Reply(200, [], {"Total-Results": "0"}),
        Reply(200, [], {"Last-Modified-Version": "1"}),
        Reply(200, [], {"Last-Modified-Version": "1", "Total-Results": "5"}),
        Reply(200, [{"key": "A"}], {"Last-Modified-Version": "1", "Total-Results": "5", "Link": '<https://x.org/?start=0>; rel="next"'}),
        Reply(200, [{"key": "A"}, {"key": "B"}], {"Last-Modified-Version": "1", "Total-Results": "1"}),
    ],
    ids=["a page", "no list", "no key", "no version", "no count", "nothing of five", "the same page", "too many"],
)
def test_an_answer_that_is_not_zoteros_is_an_error(server: ZoteroServer, library: Library, reply: Reply) -> None:
    server.replies = [reply]

    with pytest.raises(SourceChanged):
        a_zotero(server).fetch("")


# --- who may ----------------------------------------------------------------------------------------------------------


def told(error: DigestError) -> str:
    """All that an error can show, its causes included."""
    shown, cause = "", error
    while cause is not None:
        shown, cause = f"{shown} {cause} {cause!r} {getattr(cause, 'hint', '')}", cause.__cause__ or cause.__context__  # type: ignore[assignment]
    return shown


def test_a_wrong_key_is_told_and_not_shown(server: ZoteroServer, library: Library) -> None:
    with pytest.raises(SourceRefused, match="Zotero knows no such key") as caught:
        a_zotero(server, key="WrongFoyLeZu2bZNvvuQPDWs").fetch("")

    assert "https://www.zotero.org/settings/keys" in caught.value.hint
    assert "WrongFoy" not in told(caught.value)


def test_a_server_that_repeats_the_key_does_not_get_it_into_a_message(server: ZoteroServer, library: Library) -> None:
    server.replies = [Reply(400, f"Key '{KEY}' is odd")]

    with pytest.raises(SourceRefused, match="answers 400: Key '…' is odd") as caught:
        a_zotero(server).fetch("")

    assert KEY not in told(caught.value)


def test_of_an_answer_that_is_cut_within_the_key_no_part_of_it_is_told(server: ZoteroServer, library: Library) -> None:
    server.replies = [Reply(200, {"of the key": f"{'x' * 40}{KEY}"}, {"Last-Modified-Version": "1"})]

    with pytest.raises(SourceChanged, match="does not answer as Zotero does") as caught:
        a_zotero(server).fetch("")

    assert KEY[:4] not in told(caught.value)


def test_the_key_is_in_its_header_and_nowhere_else(server: ZoteroServer, library: Library) -> None:
    zotero = a_zotero(server)

    zotero.fetch("")
    zotero.check_saving("")

    assert {asked.headers["zotero-api-key"] for asked in server.asked} == {KEY}
    assert all(KEY not in asked.path and KEY not in asked.query.values() and "authorization" not in asked.headers for asked in server.asked)
    assert KEY not in repr(zotero)


def test_a_private_library_without_a_key_and_with_anothers_is_refused(server: ZoteroServer, library: Library) -> None:
    server.allow(READER, 7)

    with pytest.raises(SourceRefused, match="is not public, and no key is set"):
        a_zotero(server, key=None).fetch("")
    with pytest.raises(SourceRefused, match="the key may not read this library"):
        a_zotero(server, key=READER).fetch("")


def test_a_library_that_is_not_there_is_told(server: ZoteroServer, library: Library) -> None:
    with pytest.raises(SourceRefused, match="zotero user:5: Zotero has no such library"):
        a_zotero(server, "user:5").fetch("")


@pytest.mark.parametrize("key", ["has blanks", "schlüssel", "two\r\nlines", "x" * 101])
def test_what_cannot_be_a_key_is_refused_before_it_is_sent_and_not_shown(server: ZoteroServer, key: str) -> None:
    with pytest.raises(ConfigurationError, match="has characters that no key has") as caught:
        a_zotero(server, key=key)

    assert key not in told(caught.value)


def test_a_key_is_not_sent_unencrypted_to_the_open_internet() -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        Zotero(Net(user_agent="digest-test"), parse_address("user:1"), KEY, NOON, url="http://api.example.org")


def test_a_redirect_to_another_server_does_not_carry_the_key(server: ZoteroServer, library: Library) -> None:
    with HttpFaults({"/": page(b"[]")}) as other:
        server.replies = [Reply(302, "", {"Location": other.url("/")})]
        with pytest.raises(SourceChanged):
            a_zotero(server).fetch("")

    assert server.asked[0].headers["zotero-api-key"] == KEY
    assert [asked.headers.keys() & {"zotero-api-key", "authorization"} for asked in other.asked] == [set()]


@pytest.mark.parametrize(
    ("address", "groups", "write"),
    [
        ("user:123456", {}, False),
        ("user:7", {"all": True}, True),
        ("user:8", {"all": True}, True),
        ("group:99", {}, True),
        ("group:99", {"all": False}, True),
    ],
)
def test_a_key_that_may_not_write_is_told_beforehand(server: ZoteroServer, address: str, groups: dict[str, bool], write: bool) -> None:
    server.library("users/123456")
    server.library("users/7", public=False)
    server.library("users/8")
    server.library("groups/99", public=False)
    server.allow(KEY, 123456, write=write, groups=groups)

    with pytest.raises(SourceRefused, match="the key may not write to this library"):
        a_zotero(server, address).check_saving("")


def test_a_key_of_some_groups_may_write_to_those(server: ZoteroServer) -> None:
    server.library("groups/99", public=False)
    server.allow(KEY, 123456, write=False, groups={"all": False, "99": True})

    a_zotero(server, "group:99").check_saving("")


def test_that_there_is_no_such_library_is_told_before_what_the_key_may(server: ZoteroServer) -> None:
    server.allow(KEY, 123456)

    with pytest.raises(SourceRefused, match="Zotero has no such library"):
        a_zotero(server, "group:98").check_saving("")


def test_checking_a_wrong_key_is_an_error(server: ZoteroServer, library: Library) -> None:
    with pytest.raises(SourceRefused, match="Zotero knows no such key"):
        a_zotero(server, key="WrongFoyLeZu2bZNvvuQPDWs").check_saving("")


# --- limits of rate ---------------------------------------------------------------------------------------------------


def test_a_short_retry_after_is_waited_for(server: ZoteroServer, library: Library) -> None:
    fox = library.add(title="On foxes")
    server.replies = [Reply(429, "Request rate limit exceeded", {"Retry-After": "5"})]
    naps: list[float] = []

    assert entries(a_zotero(server, naps=naps).fetch("")) == [fox]
    assert naps == [pytest.approx(5.0, abs=0.5)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_long_retry_after_ends_the_attempt_and_says_until_when(server: ZoteroServer, library: Library, status: int) -> None:
    server.replies = [Reply(status, "", {"Retry-After": "3600"})]
    naps: list[float] = []
    zotero = a_zotero(server, naps=naps)

    with pytest.raises(SourceUnreachable, match="not before 2026-11-23 13:00 UTC"):
        zotero.fetch("")
    with pytest.raises(SourceUnreachable, match="has asked to be left alone: not before 2026-11-23 1[23]:"):
        zotero.fetch("")

    assert (len(server.asked), naps) == (1, [])


def test_backoff_is_kept_before_the_next_request(server: ZoteroServer, library: Library) -> None:
    for n in range(150):
        library.add(title=f"Paper {n}")
    server.backoff = "4"
    naps: list[float] = []

    a_zotero(server, naps=naps).fetch("")

    assert naps == [pytest.approx(4.0, abs=0.5)]


def test_a_backoff_longer_than_a_question_may_take_ends_the_attempt_with_nothing_half_read(server: ZoteroServer, library: Library) -> None:
    for n in range(150):
        library.add(title=f"Paper {n}")
    server.backoff = "600"
    naps: list[float] = []

    with pytest.raises(SourceUnreachable, match="has asked to be left alone: not before 2026-11-23 12:(09|10) UTC"):
        a_zotero(server, naps=naps).fetch("")

    assert (len(server.asked), naps) == (1, [])


def test_a_library_that_fits_one_page_is_read_though_it_asks_for_a_long_pause_after_it(server: ZoteroServer, library: Library) -> None:
    fox = library.add(title="On foxes")
    server.backoff = "600"

    assert entries(a_zotero(server).fetch("")) == [fox]
