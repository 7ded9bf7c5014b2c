"""Papers saved into a Zotero library: once, into the collection that was named, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import NotFound, SourceError, SourceRefused, SourceUnreachable, UsageError
from digest.library import gather, zotero_json
from digest.library.zotero import Zotero, parse_address
from digest.library.zotero_address import KEY as SHAPE
from digest.library.zotero_papers import new_item, own_key, searches
from digest.model import Author, Facts, Paper
from digest.net import Net

from .zotero_server import KEY, READER, Asked, Library, Reply, ZoteroServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAPER = Paper(
    key="arxiv:2604.21935",
    title="On foxes that jump over $n$ lazy dogs",
    abstract="They are quick.",
    authors=(Author("Yuki Ito"), Author("Ludwig van der Berg"), Author("ATLAS Collaboration")),
    url="https://arxiv.org/abs/2604.21935",
    published=datetime(2026, 4, 23, tzinfo=UTC),
    ids=("arxiv:2604.21935", "doi:10.1000/fox"),
)


@pytest.fixture
def server() -> Iterator[ZoteroServer]:
    with ZoteroServer() as running:
        running.allow(KEY, 123456)
        yield running


@pytest.fixture
def library(server: ZoteroServer) -> Library:
    return server.library("users/123456", public=False)


def a_zotero(server: ZoteroServer, key: str | None = KEY, address: str = "user:123456") -> Zotero:
    net = Net(user_agent="digest-test", timeout=20.0, sleep=lambda seconds: None, chance=lambda: 1.0)
    return Zotero(net, parse_address(address), key, NOON, url=server.url, allow_private=True)


def posts(server: ZoteroServer) -> int:
    return sum(asked.method == "POST" for asked in server.asked)


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_paper_is_saved_with_its_id_abstract_and_link_into_the_named_collection(server: ZoteroServer, library: Library) -> None:
    foxes = library.collect("Foxes")

    key = a_zotero(server).save(PAPER, "foxes")

    data = library.items[key]
    assert (data["itemType"], data["title"], data["abstractNote"]) == ("preprint", PAPER.title, "They are quick.")
    assert (data["archiveID"], data["extra"], data["DOI"]) == ("arXiv:2604.21935", "arXiv:2604.21935", "10.1000/fox")
    assert (data["url"], data["date"], data["collections"]) == ("https://arxiv.org/abs/2604.21935", "2026-04-23", [foxes])
    assert data["creators"] == [
        {"creatorType": "author", "firstName": "Yuki", "lastName": "Ito"},
        {"creatorType": "author", "firstName": "Ludwig", "lastName": "van der Berg"},
        {"creatorType": "author", "name": "ATLAS Collaboration"},
    ]


def test_what_is_saved_comes_back_at_the_next_reading(server: ZoteroServer, library: Library) -> None:
    library.collect("Foxes")
    library.add(title="On hens")
    zotero = a_zotero(server)
    first = zotero.fetch("")

    key = zotero.save(PAPER, "Foxes")

    (reference,) = zotero.fetch(first.cursor).references
    assert (reference.entry, reference.title, reference.ids) == (key, PAPER.title, ("arxiv:2604.21935", "doi:10.1000/fox"))
    assert reference.authors == PAPER.authors


def test_a_paper_saved_twice_is_there_once(server: ZoteroServer, library: Library) -> None:
    library.collect("Foxes")

    keys = {a_zotero(server).save(PAPER, "Foxes") for _ in range(3)}

    assert list(library.items) == list(keys)
    assert posts(server) == 1


def test_a_paper_saved_twice_at_the_same_moment_is_there_once(server: ZoteroServer, library: Library) -> None:
    other = a_zotero(server)

    def overtake(asked: Asked) -> None:
        if asked.method == "POST":
            server.before = lambda asked: None
            other.save(PAPER, "")

    server.before = overtake

    assert a_zotero(server).save(PAPER, "") in library.items
    assert len(library.items) == 1


@pytest.mark.parametrize("lost", [1, 2])
def test_an_answer_that_is_lost_leads_to_no_second_item(server: ZoteroServer, library: Library, lost: int) -> None:
    foxes = library.collect("Foxes")
    server.lose = lost

    key = a_zotero(server).save(PAPER, "Foxes")

    assert list(library.items) == [key]
    assert library.items[key]["collections"] == [foxes]


def test_a_paper_whose_answers_all_were_lost_is_found_the_next_day(server: ZoteroServer, library: Library) -> None:
    server.lose = 3
    with pytest.raises(SourceUnreachable, match="no answer"):
        a_zotero(server).save(PAPER, "")

    key = a_zotero(server).save(PAPER, "")

    assert list(library.items) == [key]


# --- what is there already --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"title": "On Foxes that Jump over n Lazy Dogs", "archiveID": "arXiv:2604.21935v1"},
        {"title": "<i>On foxes</i> that jump over lazy dogs", "DOI": "10.1000/FOX"},
        {"title": "Foxes, published", "url": "http://arxiv.org/pdf/2604.21935", "creators": [{"firstName": "Y.", "lastName": "Ito"}]},
    ],
)
def test_a_paper_the_reader_added_is_not_added_again_but_put_into_the_collection(
    server: ZoteroServer, library: Library, data: dict[str, Any]
) -> None:
    foxes, other = library.collect("Foxes"), library.collect("Other")
    there = library.add(collections=[other], **data)

    assert a_zotero(server).save(PAPER, "Foxes") == there
    assert list(library.items) == [there]
    assert (library.items[there]["collections"], library.items[there]["title"]) == ([other, foxes], data["title"])


def test_a_paper_that_is_in_the_collection_already_is_left_alone(server: ZoteroServer, library: Library) -> None:
    foxes = library.collect("Foxes")
    there = library.add(title=PAPER.title, DOI="10.1000/fox", collections=[foxes])

    assert a_zotero(server).save(PAPER, "Foxes") == there
    assert posts(server) == 0


def test_another_paper_of_the_same_title_is_another(server: ZoteroServer, library: Library) -> None:
    library.add(title=PAPER.title, DOI="10.1000/hen")

    a_zotero(server).save(PAPER, "")

    assert len(library.items) == 2


def test_one_of_many_papers_of_a_name_is_found_on_a_later_page(server: ZoteroServer, library: Library) -> None:
    creators = [{"firstName": "Y.", "lastName": "Ito"}]
    there = library.add(title="Foxes, published", DOI="10.1000/fox", creators=creators)
    for n in range(120):
        library.add(title=f"Paper {n}", creators=creators)

    assert a_zotero(server).save(PAPER, "") == there


def test_a_paper_changed_by_somebody_else_meanwhile_loses_nothing(server: ZoteroServer, library: Library) -> None:
    foxes, other = library.collect("Foxes"), library.collect("Other")
    there = library.add(title=PAPER.title, DOI="10.1000/fox")

    def change_it(asked: Asked) -> None:
        if asked.method == "POST":
            server.before = lambda asked: None
            library.change(there, collections=[other])

    server.before = change_it

    assert a_zotero(server).save(PAPER, "Foxes") == there
    assert library.items[there]["collections"] == [other, foxes]


def test_a_paper_that_never_holds_still_is_given_up(server: ZoteroServer, library: Library) -> None:
    library.collect("Foxes")
    there = library.add(title=PAPER.title, DOI="10.1000/fox")
    server.before = lambda asked: library.change(there, note="again") if asked.method == "POST" else None

    with pytest.raises(SourceUnreachable, match="was changed while the paper was saved, 4 times"):
        a_zotero(server).save(PAPER, "Foxes")


def test_a_saved_paper_that_was_thrown_away_is_taken_out_of_the_trash(server: ZoteroServer, library: Library) -> None:
    zotero = a_zotero(server)
    key = zotero.save(PAPER, "")
    library.change(key, deleted=1)

    assert zotero.save(PAPER, "") == key
    assert library.items[key]["deleted"] == 0


def test_a_saved_paper_that_was_merged_into_another_stays_in_the_trash(server: ZoteroServer, library: Library) -> None:
    zotero = a_zotero(server)
    key = zotero.save(PAPER, "")
    library.change(key, deleted=1)
    merged = library.add(title=PAPER.title, DOI="10.1000/fox")

    assert zotero.save(PAPER, "") == merged
    assert library.items[key]["deleted"] == 1


def test_a_saved_paper_that_was_deleted_for_good_can_be_saved_again(server: ZoteroServer, library: Library) -> None:
    zotero = a_zotero(server)
    key = zotero.save(PAPER, "")
    library.delete(key)

    assert zotero.save(PAPER, "") == key
    assert list(library.items) == [key]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_collection_that_is_not_there_is_not_made_and_nothing_is_saved(server: ZoteroServer, library: Library) -> None:
    library.collect("Hens")

    with pytest.raises(NotFound, match="has no collection 'Foxes'") as caught:
        a_zotero(server).save(PAPER, "Foxes")

    assert "Hens" in caught.value.hint
    assert (len(library.collections), library.items) == (1, {})


def test_a_read_only_key_is_told_and_nothing_is_saved(server: ZoteroServer, library: Library) -> None:
    server.allow(READER, 123456, write=False)

    with pytest.raises(SourceRefused, match="the key may not write to this library") as caught:
        a_zotero(server, READER).save(PAPER, "")

    assert (library.items, READER in f"{caught.value!r} {caught.value.hint}") == ({}, False)


def test_without_a_key_nothing_is_asked(server: ZoteroServer, library: Library) -> None:
    with pytest.raises(UsageError, match="cannot be written to without a key"):
        a_zotero(server, None).save(PAPER, "")

    assert server.asked == []


@pytest.mark.parametrize("named", ["99", "all"])
def test_a_group_that_may_be_written_to_takes_a_paper(server: ZoteroServer, named: str) -> None:
    group = server.library("groups/99", public=False)
    server.allow(KEY, 123456, groups={named: True})
    zotero = a_zotero(server, address="group:99")

    zotero.check_saving("")
    assert zotero.save(PAPER, "") in group.items


def answering(server: ZoteroServer, reply: Reply) -> None:
    """The next thing that is written is answered so."""
    replies = [reply]

    def answer(asked: Asked) -> None:
        if asked.method == "POST" and replies:
            server.replies = [replies.pop()]

    server.before = answer


def test_a_paper_that_zotero_finds_unchanged_is_saved(server: ZoteroServer, library: Library) -> None:
    answering(server, Reply(200, {"unchanged": {"0": "ABCD2345"}}))
    assert a_zotero(server).save(PAPER, "") == "ABCD2345"


def test_what_is_gone_when_it_is_written_to_is_looked_for_once_more(server: ZoteroServer, library: Library) -> None:
    answering(server, Reply(200, {"failed": {"0": {"code": 404, "message": "Collection not found"}}}))
    assert a_zotero(server).save(PAPER, "") in library.items


def test_a_refusal_of_one_paper_is_not_one_of_the_library(server: ZoteroServer, library: Library) -> None:
    answering(server, Reply(200, {"failed": {"0": {"code": 413, "message": "Too long"}}}))

    with pytest.raises(SourceError) as refused:
        a_zotero(server).save(PAPER, "")

    assert not isinstance(refused.value, SourceRefused)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(200, {"failed": {"0": {"code": 413, "message": "Too long"}}}), "does not take the paper: 413 Too long"),
        (Reply(428, "Precondition required"), "answers 428"),
        (Reply(409, "Library is locked"), "is being changed: 409 Library is locked"),
        (Reply(200, {"successful": {}}), "does not say whether the paper was saved"),
        (Reply(200, []), "does not answer as Zotero does"),
    ],
)
def test_a_refusal_of_the_paper_is_told(server: ZoteroServer, library: Library, reply: Reply, message: str) -> None:
    answering(server, reply)

    with pytest.raises(SourceError, match=message):
        a_zotero(server).save(PAPER, "")

    assert library.items == {}


# --- a paper as an item -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paper", "kind", "ids"),
    [
        (Paper(key="arxiv:math/0309136", title="x"), "preprint", ("arxiv:math/0309136",)),
        (Paper(key="doi:10.1101/x", title="x"), "preprint", ("doi:10.1101/x",)),
        (Paper(key="doi:10.1000/x", title="x", facts=Facts(journal="Fox")), "journalArticle", ("doi:10.1000/x",)),
        (Paper(key="url:https://x.org/p", title="x", url="https://x.org/p"), "preprint", ("url:https://x.org/p",)),
        (Paper(key="arxiv:2604.21935", title="x", facts=Facts(journal="Fox 1")), "preprint", ("arxiv:2604.21935",)),
    ],
)  # fmt: skip
def test_an_item_is_read_back_under_the_papers_names(paper: Paper, kind: str, ids: tuple[str, ...]) -> None:
    item = new_item(paper, "ABCD2345", "")

    (reference,) = gather(zotero_json.read([{"key": "ABCD2345", "data": item}], {}), NOON).references
    assert (item["itemType"], reference.ids, item["collections"]) == (kind, ids, [])


@given(st.text(max_size=30))
def test_a_papers_own_key_is_one_of_zoteros_and_always_the_same(name: str) -> None:
    paper = Paper(key=f"url:{name}", title="x")

    key = own_key(parse_address("user:1"), paper)

    assert SHAPE.fullmatch(key)
    assert key == own_key(parse_address("user:1/Foxes"), paper)
    assert key != own_key(parse_address("user:2"), paper)


def test_what_is_looked_for_are_the_longest_words_of_the_title_and_the_first_authors_last_name() -> None:
    assert searches(PAPER) == ("foxes that jump over lazy dogs", '"Ito"')
    assert searches(Paper(key="arxiv:2604.21935", title="$x$")) == ()


def test_a_long_title_without_blanks_is_looked_for_in_an_address_that_can_be_asked() -> None:
    (text,) = searches(Paper(key="arxiv:2604.21935", title="".join(map(chr, range(0x4E00, 0x4E00 + 500)))))

    assert len(quote(text)) < 3_000


@pytest.mark.parametrize("name", ["Ana van Berg, Jr.", "van Berg, Ana Jr."])
def test_what_follows_a_family_name_stands_where_zoteros_users_write_it(name: str) -> None:
    (creator,) = new_item(Paper(key="arxiv:2604.21935", title="x", authors=(Author(name),)), "ABCD2345", "")["creators"]

    assert creator == {"creatorType": "author", "firstName": "Ana, Jr.", "lastName": "van Berg"}
