"""Two pages of preferences at once: what one saved stays, unless the other says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from digest.model import Every
from digest.web import create_app
from digest.web.filling import BOXES, TEXTS, Filled
from digest.web.stale_form import fingerprint_of_fields, freshened

from .builders import NOON
from .test_web_preferences import form_of, now_is, profile_of, sent
from .web_site import Site, a_site

WORDS = st.sampled_from(["", "foxes", "dens"])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, previews=False) as site:
        yield site


def saved(site: Site, page: dict[str, str], without: str = "", **typed: str) -> None:
    """A page that was opened before is sent back with these fields typed, and without a tick."""
    fields = {**page, **{name.replace("_", "-"): text for name, text in typed.items()}, "do": "save"}
    answer = site.client.post(f"/p/{site.key(site.ana)}", data={name: text for name, text in fields.items() if name != without})
    assert answer.status_code == 200


def a_page(site: Site) -> dict[str, str]:
    return form_of(site.client.get(f"/p/{site.key(site.ana)}"))


def test_of_two_pages_each_saves_what_was_changed_on_it(site: Site) -> None:
    one, other = a_page(site), a_page(site)

    saved(site, one, keywords="conformal", interest_0_topics="urban foxes", interest_0_weight="2", at="06:30", explore="on")
    saved(site, other, muted="survey")

    profile = profile_of(site)
    assert (profile.keywords, profile.muted, profile.explore) == (("conformal",), ("survey",), True)
    assert (profile.interests[0].topics, profile.interests[0].weight) == (("urban foxes",), 2.0)
    assert now_is(site).cadence.at.hour == 6


def test_what_both_pages_changed_is_as_the_later_says(site: Site) -> None:
    one, other = a_page(site), a_page(site)

    saved(site, one, keywords="conformal", limit="5")
    saved(site, other, keywords="bandits", limit="7")

    assert (profile_of(site).keywords, profile_of(site).limit) == (("bandits",), 7)


def test_days_go_with_how_often_letters_come(site: Site) -> None:
    one, other = a_page(site), a_page(site)

    saved(site, one, **{"every": "days", "day-mon": "on", "day-wed": "on"})
    saved(site, other, muted="survey")

    assert (now_is(site).cadence.every, now_is(site).cadence.days) == (Every.DAYS, (0, 2))


def test_an_older_page_brings_no_consent_back(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(now_is(site), group="lab"), NOON)
    unasked = a_page(site)
    saved(site, unasked, sharing="on")
    one, other = a_page(site), a_page(site)

    saved(site, one, without="sharing")
    saved(site, other, muted="survey")

    assert ["sharing" in page for page in (unasked, one, other)] == [False, True, True]
    assert not now_is(site).share_saves


def test_a_page_whose_mistake_was_mended_still_says_what_it_said(site: Site) -> None:
    page = a_page(site)
    address = f"/p/{site.key(site.ana)}"
    refused = site.client.post(address, data={**page, "keywords": "conformal", "limit": "many", "do": "save"})

    saved(site, form_of(refused), limit="5")

    assert (refused.status_code, profile_of(site).keywords, profile_of(site).limit) == (422, ("conformal",), 5)


def test_a_page_from_before_it_carried_what_it_showed_is_taken_at_its_word(site: Site) -> None:
    page = a_page(site)
    page["shown"] = "nothing"
    saved(site, a_page(site), keywords="conformal")

    saved(site, page, muted="survey")

    assert (profile_of(site).keywords, profile_of(site).muted) == ((), ("survey",))


def test_a_page_that_mends_a_mistake_without_having_carried_what_it_showed_loses_no_word(site: Site) -> None:
    page = a_page(site)
    del page["shown"]
    refused = site.client.post(f"/p/{site.key(site.ana)}", data={**page, "keywords": "conformal", "limit": "many", "do": "save"})

    saved(site, form_of(refused), limit="5")

    assert profile_of(site).keywords == ("conformal",)


def test_not_a_number_is_none(site: Site) -> None:
    assert "“NaN” is not a number; write digits, such as 12." in _text(sent(site, only_above="NaN").text)


def _text(page: str) -> str:
    return page.replace("&#39;", "'")


def fillings() -> st.SearchStrategy[Filled]:
    texts = st.fixed_dictionaries(dict.fromkeys(TEXTS, WORDS))
    return st.builds(Filled, texts, st.frozensets(st.sampled_from(BOXES)))


@given(fillings(), fillings())
def test_a_page_on_which_nothing_was_changed_says_what_is_stored(shown: Filled, stored: Filled) -> None:
    typed = replace(shown, shown=fingerprint_of_fields(shown))
    own = {name: shown.text(name) for name in ("until", "papers")}

    found = freshened(typed, stored)

    assert ({**found.texts}, found.ticked) == ({**stored.texts, **own}, stored.ticked)


@given(fillings(), fillings())
def test_where_nothing_changed_meanwhile_everything_is_as_it_was_typed(typed: Filled, stored: Filled) -> None:
    typed = replace(typed, shown=fingerprint_of_fields(stored))

    found = freshened(typed, stored)

    assert (found.texts, found.ticked) == (typed.texts, typed.ticked)


class Interrupting:
    """Themes of the operator's; the first time that they are asked for, somebody else does something."""

    def __init__(self, does: Callable[[], object]) -> None:
        self._does = [does]

    def names(self) -> tuple[str, ...]:
        while self._does:
            self._does.pop()()
        return ("paper",)


def test_what_is_changed_between_the_reading_of_a_page_and_its_saving_stays(site: Site) -> None:
    page, ana = a_page(site), now_is(site)
    assert ana.profile is not None
    by_the_operator = replace(ana, profile=replace(ana.profile, muted=("survey",)))
    themes = Interrupting(lambda: site.parts.catalog.subscribers.edit(by_the_operator, NOON))
    app = create_app(replace(site.parts, themes=themes), clock=lambda: NOON, previews=False)  # type: ignore[arg-type]  # no more is asked of them
    client = TestClient(app, base_url="http://127.0.0.1:8025")

    answer = client.post(f"/p/{site.key(site.ana)}", data={**page, "keywords": "conformal", "do": "save"})

    assert answer.status_code == 200
    assert (profile_of(site).keywords, profile_of(site).muted) == (("conformal",), ("survey",))
