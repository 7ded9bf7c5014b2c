"""What the configuration and the readers make of a run's parts."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from weakref import ref

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from digest.catalog import open_catalog
from digest.config import parse
from digest.embedding import Embedder
from digest.errors import ConfigurationError, UsageError
from digest.model import Edition, SourceOptions
from digest.rendering import Links
from digest.sources import Announcing
from digest.sources.arxiv import Arxiv
from digest.tokens import Purpose, make_token, read_token
from digest.wiring import build, embedder, polite_net

from .builders import NOON, a_profile, a_subscription
from .catalog_rooms import paused
from .embedding_models import put, tiny_wordllama
from .http_faults import HttpFaults, page
from .rendering_builders import an_issue

CONFIG = """
database = "digest.db"
[sender]
from = "digest@example.org"
[delivery]
transport = "null"
[[sources]]
name = "arxiv"
kind = "arxiv"
"""


def pulled(folder: Path) -> list[str]:
    """The addresses that a run would ask arXiv for."""
    with build(parse(CONFIG, folder / "config.toml", {}), NOON) as parts:
        (source,) = parts.sources
        assert isinstance(source, Arxiv)
        return [page.url.rpartition("/")[2] for page in source.pages]


def test_arxiv_is_asked_for_the_categories_that_readers_name_paused_ones_too(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription("ana@example.org", profile=a_profile("proteins", categories=("q-bio.BM",))), NOON)
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="cs.RO")), NOON)
        catalog.subscribers.add(a_subscription("cy@example.org", edition=Edition(name="trending")), NOON)
        paused(catalog, "ana@example.org", NOON + timedelta(days=9))

    assert pulled(tmp_path) == ["cs.RO", "q-bio.BM"]


def test_a_reader_without_categories_is_served_from_the_usual_ones(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="cs.RO")), NOON)

    assert pulled(tmp_path) == ["cs.AI", "cs.CL", "cs.LG", "cs.RO"]


def test_arxiv_is_not_asked_for_what_biorxiv_and_medrxiv_call_their_own(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        profile = a_profile("proteins", categories=("Neuroscience", "cell biology", "cs.RO"))
        catalog.subscribers.add(a_subscription("ana@example.org", profile=profile), NOON)

    assert pulled(tmp_path) == ["cs.RO"]


def test_what_commands_and_readers_say_of_sources_holds_where_the_parts_stay_open(tmp_path: Path) -> None:
    """As those of a schedule do, for weeks: who wrote "cs.RO" on their page had nothing of it until it was started anew."""
    with build(parse(CONFIG, tmp_path / "config.toml", {}), NOON) as parts, open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert parts.renewed(parts) is parts
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="cs.RO")), NOON)
        catalog.own_sources.add(SourceOptions(name="foxes", kind="feed", url="https://foxes.example.org/feed.xml"), NOON)
        later = parts.renewed(replace(parts, name="kept"))
        catalog.own_sources.pause("arxiv", NOON)

        (arxiv, feed) = later.sources
        assert isinstance(arxiv, Arxiv)
        assert (arxiv.parts, feed.name, later.name) == (("cs.RO",), "foxes", "kept")
        assert [one.name for one in later.awaited(NOON + timedelta(hours=17))] == ["arxiv cs.RO"]
        assert [source.name for source in later.renewed(later).sources] == ["foxes"]


def test_what_was_awaited_of_sources_that_were_asked_before_does_not_stay_in_memory(tmp_path: Path) -> None:
    with build(parse(CONFIG, tmp_path / "config.toml", {}), NOON) as parts, open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="cs.RO")), NOON)
        parts = parts.renewed(parts)
        before = ref(parts.awaited)
        catalog.subscribers.add(a_subscription("cy@example.org", edition=Edition(name="math.CO")), NOON)
        parts = parts.renewed(parts)

        gc.collect()
        assert before() is None


def test_a_source_that_a_command_added_too_leaves_the_readers_of_the_file_as_they_were(tmp_path: Path) -> None:
    reader = f'{CONFIG}[[subscribers]]\naddress = "ana@example.org"\n'
    with build(parse(reader, tmp_path / "config.toml", {}), NOON) as parts:
        parts.catalog.own_sources.add(SourceOptions(name="arxiv", kind="feed", url="https://foxes.example.org/feed.xml"), NOON)

    with pytest.raises(UsageError, match="added one of the same name"), build(parse(CONFIG, tmp_path / "config.toml", {}), NOON):
        pass

    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert len(catalog.subscribers.find("ana@example.org")) == 1


def test_a_query_of_arxivs_api_is_no_listing_that_is_announced_and_waited_for(tmp_path: Path) -> None:
    query = f'{CONFIG}url = "https://export.arxiv.org/api/query?search_query=all:foxes"\n'

    with build(parse(query, tmp_path / "config.toml", {}), NOON) as parts:
        announced = [isinstance(source, Announcing) for source in parts.sources]

    assert announced == [False]


def test_keys_that_are_set_later_sign_new_links_and_those_of_old_letters_stay_good(tmp_path: Path) -> None:
    with build(parse(CONFIG, tmp_path / "config.toml", {}), NOON) as parts:
        old = make_token(Purpose.LETTER, 7, 1, parts.secrets[0])

    with build(parse(CONFIG, tmp_path / "config.toml", {"DIGEST_SECRETS": "a-new-key-of-enough-length"}), NOON) as parts:
        assert parts.secrets[0] == b"a-new-key-of-enough-length"
        assert read_token(old, Purpose.LETTER, parts.secrets).subscription == 7


def test_a_sender_outside_ascii_is_named_to_servers_as_an_address_is_written(server: HttpFaults, tmp_path: Path) -> None:
    server.pages["/"] = page(b"")

    settings = parse(CONFIG.replace("digest@", "größe+a@"), tmp_path / "config.toml", {})
    polite_net(settings).get(server.url("/"), allow_private=True)

    assert "mailto:gr%C3%B6%C3%9Fe+a@example.org)" in server.asked[0].headers["user-agent"]


# --- models -----------------------------------------------------------------------------------------------------------


def chosen(folder: Path, ranking: str) -> Embedder | None:
    settings = parse(f"{CONFIG}[ranking]\n{ranking}", folder / "config.toml", {"HOME": str(folder)})
    return embedder(settings, polite_net(settings))


def test_without_a_model_there_is_none(tmp_path: Path) -> None:
    assert chosen(tmp_path, "") is None


@pytest.mark.parametrize("name", ["minilm", "wordllama"])
def test_a_model_that_is_not_installed_stops_a_run_before_it_begins(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        chosen(tmp_path, f'model = "{name}"')

    assert caught.value.message == f"'{name}' is not installed in {tmp_path}/.local/share/digest/models"
    assert caught.value.hint == f"digest models install {name}"


def test_one_word_is_enough_for_an_installed_model(tmp_path: Path) -> None:
    put(*tiny_wordllama(), tmp_path / ".local" / "share" / "digest" / "models")

    model = chosen(tmp_path, 'model = "wordllama"')

    assert model is not None
    assert (model.name, model.dimensions) == ("wordllama-1/l2_supercat_256", 256)


def test_an_endpoint_is_asked_nothing_before_there_is_a_text(tmp_path: Path) -> None:
    model = chosen(tmp_path, 'model = "endpoint"\nendpoint = "https://api.example.org/v1"\nendpoint_model = "m-1"')

    assert model is not None
    assert model.name == "endpoint/m-1@api.example.org/v1"


def test_papers_are_summed_up_by_nobody_unless_a_server_is_named(tmp_path: Path) -> None:
    with build(parse(CONFIG, tmp_path / "config.toml", {}), NOON) as parts:
        assert parts.summariser is None


def test_a_named_server_sums_up_as_many_papers_as_its_cap_allows(tmp_path: Path) -> None:
    summaries = '[summaries]\nendpoint = "https://api.example.org/v1"\nmodel = "m-1"\ndaily_cap = 7\n'

    with build(parse(CONFIG + summaries, tmp_path / "config.toml", {}), NOON) as parts:
        assert parts.summariser is not None
        assert (parts.summariser.name, parts.daily_summaries) == ("m-1", 7)


def test_a_run_has_the_model_among_its_parts(tmp_path: Path) -> None:
    put(*tiny_wordllama(), tmp_path / "models")
    settings = parse(f'{CONFIG}[ranking]\nmodel = "wordllama"\nmodels = "models"\n', tmp_path / "config.toml", {})

    with build(settings, NOON) as parts:
        assert parts.embedder is not None


def test_no_reader_is_read_whole_to_know_what_arxiv_is_asked_for(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    read: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        read.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        pulled(tmp_path)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert [one for one in read if "reader_name" in one and "configured IS 1" not in one] == []
    assert any("reader_name" in one for one in read)  # those of the configuration are


def test_a_query_that_stands_first_leaves_arxiv_s_details_to_the_source_that_is_arxiv(tmp_path: Path) -> None:
    query = '[[sources]]\nname = "query"\nkind = "arxiv"\nurl = "https://export.arxiv.org/api/query?search_query=all:foxes"\n'
    before = CONFIG.partition("[[sources]]")[0]

    read = [parse(text, tmp_path / "config.toml", {}) for text in (before + query + CONFIG[len(before) :], before + query)]
    with build(read[0], NOON) as both, build(read[1], NOON) as alone:
        assert (both.details is None, alone.details is None) == (False, True)


@pytest.mark.parametrize(
    ("sender", "rendering", "shown"),
    [
        ("", "", ("digest", "digest")),
        ('name = "Lab digest"', "", ("Lab digest", "Lab digest")),
        ("", 'name = "Foxes"', ("Foxes", "Foxes")),
        ('name = "Ana"', 'name = "Foxes"', ("Ana", "Foxes")),
    ],
)
def test_letters_come_from_and_are_called_by_the_name_that_was_given(
    tmp_path: Path, sender: str, rendering: str, shown: tuple[str, str]
) -> None:
    text = CONFIG.replace("[sender]\n", f"[sender]\n{sender}\n") + f"[rendering]\n{rendering}\n"

    with build(parse(text, tmp_path / "config.toml", {}), NOON) as parts:
        links = Links("mailto:leave@example.org")
        letter = parts.press("", "en").render(an_issue(), links)

        assert (parts.sender.name, parts.name) == shown
        assert f"\n{shown[1]}\n" in f"\n{letter.text}"
