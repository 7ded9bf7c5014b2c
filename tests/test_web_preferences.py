"""The page of preferences: what its form changes, what it refuses without losing a word, and whose it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from threading import Event, Thread

import html5lib
import httpx2
import pytest
from starlette.testclient import TestClient

from digest.catalog import Library
from digest.delivery.folder import FolderTransport
from digest.model import Every, FeedbackKind, Format, Interest, Profile, Subscription, SuppressionReason
from digest.ranking.texts.misspelling import ENOUGH
from digest.rendering.languages import language
from digest.web import create_app, next_issue
from digest.web.choices import zones
from digest.web.field_errors import marked
from digest.web.filling import InterestFields
from digest.web.limits import Limits

from .builders import NOON, a_batch, a_paper, a_subscription
from .test_web import stored
from .test_web_limits import Ticks
from .web_site import Site, a_site

HTML = "{http://www.w3.org/1999/xhtml}"
NOT_CHOSEN = re.compile(r"<option>[^<]*</option>")
"""600 time zones that a reader does not live in: html5lib takes longer for them than a test for all else."""
BIB = b"@article{fox, title={On Foxes}, author={Ana Silva}, year={2024}, eprint={2405.00001}, archiveprefix={arXiv}}"


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def site(tmp_path: Path, ticks: Ticks) -> Iterator[Site]:
    with a_site(tmp_path, previews=False, limits=Limits(ticks), connect=lambda: FolderTransport(tmp_path / "mails")) as site:
        yield site


def form_of(page: httpx2.Response) -> dict[str, str]:
    """The fields of a page's form as a browser that changes nothing would send them."""
    tree = html5lib.parse(NOT_CHOSEN.sub("", page.text))
    fields = {}
    for field in (element for element in tree.iter() if element.get("name") and element.tag != f"{HTML}button"):
        name, kind = field.get("name"), field.get("type", "text")
        if field.tag == f"{HTML}textarea":
            fields[name] = field.text or ""
        elif field.tag == f"{HTML}select":
            options = list(field.iter(f"{HTML}option"))
            chosen = next((option for option in options if option.get("selected") is not None), options[0])
            fields[name] = chosen.get("value", chosen.text)
        elif kind == "checkbox" and field.get("checked") is not None:
            fields[name] = "on"
        elif kind not in ("checkbox", "file"):
            fields[name] = field.get("value", "")
    return fields


def described(page: httpx2.Response) -> dict[str, list[str]]:
    """The ids of what describes each field or group of them, by its id; all of them are there."""
    tree = html5lib.parse(NOT_CHOSEN.sub("", page.text))
    found = {element.get("id"): element.get("aria-describedby").split() for element in tree.iter() if element.get("aria-describedby")}
    assert {one for ids in found.values() for one in ids} <= {element.get("id") for element in tree.iter()}
    return found


def sent(site: Site, do: str = "save", *, to: Subscription | None = None, without: tuple[str, ...] = (), **typed: str) -> httpx2.Response:
    """The form sent back with these fields typed; `_` in a name stands for "-"."""
    address = f"/p/{site.key(to or site.ana)}"
    fields = form_of(site.client.get(address)) | {name.replace("_", "-"): text for name, text in typed.items()}
    return site.client.post(address, data={name: text for name, text in fields.items() if name not in without} | {"do": do})


def now_is(site: Site, subscription: Subscription | None = None) -> Subscription:
    return site.parts.catalog.subscribers.by_id((subscription or site.ana).id)


def profile_of(site: Site) -> Profile:
    profile = now_is(site).profile
    assert profile is not None
    return profile


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_form_sent_back_as_it_came_changes_nothing(site: Site) -> None:
    rich = Profile(
        interests=(
            Interest(name="graphs", topics=("graph networks",), liked=("arxiv:2302.09664",), weight=2.5),
            Interest(topics=("a", "an abstract " * 40 + "of a paper")),
        ),
        keywords=("LoRA",),
        muted=tuple(map(str, range(300))),
        authors=("Ana Silva <0000-0002-1825-0097>",),
        categories=("cs.LG", "hep-th"),
        weights=(("recency", 0.5),),
        limit=7,
        floor=-1.2345678,
        explore=True,
        others=False,
    )
    cadence = replace(site.ana.cadence, every=Every.DAYS, days=(1, 4), skip_empty=True, only_above=3.0)
    before = site.parts.catalog.subscribers.edit(replace(site.ana, profile=rich, cadence=cadence, format=Format.TEXT), NOON)

    answer = sent(site)

    assert answer.status_code == 200
    assert now_is(site) == before


def test_of_more_interests_than_a_reader_may_have_the_last_is_changed_too(site: Site) -> None:
    many = tuple(Interest(name=f"{number}", topics=("foxes",)) for number in range(120))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=many)), NOON)

    sent(site, interest_118_remove="on", interest_119_topics="urban foxes")

    assert profile_of(site).interests == (*many[:118], replace(many[119], topics=("urban foxes",)))


def test_a_weekly_letter_without_a_day_is_shown_as_the_mondays_that_it_is(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, cadence=replace(site.ana.cadence, every=Every.WEEKLY)), NOON)

    fields = form_of(site.client.get(f"/p/{site.key(site.ana)}"))

    assert [name for name in fields if name.startswith("day-")] == ["day-mon"]


def test_everything_on_the_form_is_saved_and_the_page_says_when_the_next_letter_comes(site: Site) -> None:
    answer = sent(
        site,
        interest_0_topics="calibration\r\n conformal prediction \r\n",
        interest_0_name="judges",
        interest_1_topics="graph networks",
        interest_1_name="graphs",
        interest_1_weight="0,5",
        keywords="LoRA",
        authors="Bo Li\n0000-0002-1825-0097",
        categories="cs.lg, stat.ML",
        limit="5",
        floor="10",
        explore="on",
        every="weekly",
        day_fri="on",
        at="18:30",
        zone="Asia/Tokyo",
        theme="compact",
        format="text",
        language="de",
    )

    after = now_is(site)
    assert [(i.name, i.topics, i.weight) for i in profile_of(site).interests] == [
        ("judges", ("calibration", "conformal prediction"), 1.0),
        ("graphs", ("graph networks",), 0.5),
    ]
    assert profile_of(site).authors == ("Bo Li", "0000-0002-1825-0097")
    assert profile_of(site).categories == ("cs.LG", "stat.ML")
    assert (profile_of(site).limit, profile_of(site).floor, profile_of(site).explore) == (5, 10.0, True)
    assert (after.cadence.every, after.cadence.days, f"{after.cadence.at:%H:%M}") == (Every.WEEKLY, (4,), "18:30")
    assert (after.subscriber.zone, after.subscriber.language, after.theme, after.format) == ("Asia/Tokyo", "de", "compact", Format.TEXT)
    assert "Gespeichert. Dein nächster Brief kommt am Freitag, 27. November um 18:30 (Asia/Tokyo), mit höchstens 5 Arbeiten." in answer.text


def test_a_bound_for_letters_is_saved_and_the_page_says_that_a_letter_may_come(site: Site) -> None:
    answer = sent(site, only_above="60", at="18:30", zone="UTC")

    assert now_is(site).cadence.only_above == 60.0
    said = "Your next letter may come on Tuesday, 24 November at 18:30 (UTC), with at most 12 papers, if one scores above 60."
    assert said in answer.text
    assert sent(site, only_above="").status_code == 200
    assert now_is(site).cadence.only_above is None


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("zone", "Europe/Berlim", "is not a time zone"),
        ("at", "25:00", "is not a time of day"),
        ("at", "", ">Choose an hour.<"),
        ("limit", "", ">Write digits, such as 12.<"),
        ("categories", "../etc/passwd", "is not a category"),
        ("categories", "machine learning", "“machine learning” is not a category"),
        ("authors", "<script>alert(1)</script>", "is neither a name nor an identity"),
        ("keywords", "foxes\u202e", "holds the character"),
        ("keywords", "x" * 301, "longer than 300 characters"),
        ("muted", "\n".join(map(str, range(201))), "201 are more than the 200"),
        ("limit", "0", "is not between 1 and 200"),
        ("limit", "many", "is not a number"),
        ("limit", "1,5", "1.5 is not a whole number; write one without a fraction, such as 12."),
        ("limit", "３００", "300 is not between 1 and 200"),
        ("floor", "nan", "is not a number"),
        ("only-above", "much", "is not a number"),
        ("theme", "../../etc", "is none of"),
        ("format", "exe", "is none of"),
        ("language", "klingon", "is no language"),
        ("every", "hourly", "is none of"),
        ("interest-0-weight", "0", "Choose a share between 0.01 and 100."),
        ("interest-0-name", "everything else", "is what the topics beside the named ones are called"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(site: Site, field: str, typed: str, said: str) -> None:
    before = now_is(site)

    answer = sent(site, **{field: typed, "interest-1-topics": "something I typed for minutes", "papers": "2405.00001"})

    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert f"wrong-{field}" in described(answer)[field]
    assert "something I typed for minutes" in answer.text
    assert form_of(answer)["papers"] == "2405.00001"
    assert now_is(site) == before
    assert site.parts.catalog.libraries.of([site.ana.id]) == ()


def test_what_comes_along_unseen_with_copied_text_is_left_out_and_lines_are_lines(site: Site) -> None:
    copied = "\ufefflan\u00adguage\u200b models\u200e\u2028foxes\tand\u00a0hounds\u0085\x07می\u200cخواهم"

    answer = sent(site, **{"interest-0-topics": copied, "keywords": copied})

    assert answer.status_code == 200
    assert profile_of(site).topics == ("language models", "foxes and\u00a0hounds", "می\u200cخواهم")
    assert profile_of(site).keywords == profile_of(site).topics


def test_what_is_wrong_can_be_gone_to_from_the_top_by_its_label_in_the_pages_order(site: Site) -> None:
    answer = sent(site, zone="Mars/X", floor="x", limit="y", every="days", interest_0_weight="0", interest_1_name="foxes")

    links = re.findall(r'<a class="link" href="#([^"]+)">([^<]+)</a>', answer.text)
    assert links == [
        ("interest-0-weight", "Share"),
        ("interest-1-topics", "Topics (foxes)"),
        ("limit", "Most papers in a letter"),
        ("floor", "Lowest score"),
        ("days", "Days"),
        ("zone", "Time zone"),
    ]
    assert all(f' id="{name}"' in answer.text for name, _ in links)


def test_the_labels_at_the_top_are_those_of_the_page(site: Site) -> None:
    page = html5lib.parse(NOT_CHOSEN.sub("", site.client.get(f"/p/{site.key(site.ana)}").text))
    labels = {element.get("for"): "".join(element.itertext()) for element in page.iter(f"{HTML}label")}
    labels |= {element.get("id"): element.get("aria-label") for element in page.iter() if element.get("role") == "group"}
    interests = (InterestFields(number=0, was="", name="", topics="", weight=""),)

    told = marked(labels.keys(), interests, language("en"))

    assert told == {name: labels[name] for name in told}
    assert told.keys() >= {"interest-0-topics", "interest-0-weight", "keywords", "papers", "days", "at", "until", "format", "language"}


def test_the_pages_title_begins_with_what_came_of_the_form(site: Site) -> None:
    opened, wrong, saved = site.client.get(f"/p/{site.key(site.ana)}"), sent(site, floor="x"), sent(site)

    assert "<title>Preferences · " in opened.text
    assert "<title>Nothing was saved yet: see what is marked below. · Preferences · " in wrong.text
    assert "<title>Saved. " in saved.text


def test_what_is_to_be_known_of_a_field_is_heard_with_it(site: Site) -> None:
    hints = described(site.client.get(f"/p/{site.key(site.ana)}"))
    wrong = described(sent(site, every="days", keywords="x" * 400))

    assert {name for name in hints if hints[name] == [f"hint-{name}"]} >= {"keywords", "authors", "papers", "library", "days", "only-above"}
    assert (wrong["days"], wrong["keywords"]) == (["wrong-days", "hint-days"], ["wrong-keywords", "hint-keywords"])


def test_a_further_interest_is_folded_until_something_is_written_there(site: Site) -> None:
    blank = re.compile(r"<details>.*?interest-1-topics.*?</details>", re.DOTALL)

    folded, written = sent(site, limit="0"), sent(site, limit="0", **{"interest-1-topics": "protein folding"})

    assert [bool(blank.search(page.text)) for page in (folded, written)] == [True, False]
    assert ("interest-1-topics" in form_of(folded), "<details>" in written.text) == (True, True)


def test_categories_may_stand_beside_each_other(site: Site) -> None:
    sent(site, categories="cs.LG stat.ML,hep-th\nmath.st")

    assert profile_of(site).categories == ("cs.LG", "stat.ML", "hep-th", "math.ST")


def test_a_category_that_arxiv_is_not_known_to_have_is_saved_and_said_in_the_readers_language(site: Site) -> None:
    english = sent(site, categories="cs.LLM, cs.LG")
    german = sent(site, categories="cs.LGG", language="de")

    assert "Saved. cs.LLM is not a known category of arXiv, so it may bring nothing. Did you mean cs.CL?" in english.text
    assert "Eine Kategorie cs.LGG ist bei arXiv nicht bekannt, also bringt sie vielleicht nichts. Meinst du cs.LG?" in german.text
    assert profile_of(site).categories == ("cs.LGG",)


def test_a_word_that_no_paper_says_is_saved_and_doubted_once_in_the_readers_language(site: Site) -> None:
    papers = [a_paper(f"arxiv:2611.{n:05}", "Calibration of language models") for n in range(ENOUGH)]
    site.parts.catalog.papers.record(a_batch(*papers), NOON)

    english = sent(site, **{"interest-0-topics": "calibration of langauge models"})
    german = sent(site, **{"interest-0-topics": "calibration of langauge models\nlanguage modles", "language": "de"})

    assert "Saved. No recent paper says “langauge”. Did you mean “language”?" in english.text
    assert "In keiner neueren Arbeit steht „modles“. Meinst du „models“?" in german.text
    assert "steht „langauge“" not in german.text


def test_a_topic_of_which_no_paper_has_a_word_is_saved_and_doubted_once_in_the_readers_language(site: Site) -> None:
    papers = [a_paper(f"arxiv:2611.{n:05}", "Calibration of language models") for n in range(ENOUGH)]
    site.parts.catalog.papers.record(a_batch(*papers), NOON)

    english = sent(site, **{"interest-0-topics": "Kalibrierung von Sprachmodellen"})
    german = sent(site, **{"interest-0-topics": "Kalibrierung von Sprachmodellen\nHalluzinationen", "language": "de"})

    doubt = "Saved. No recent paper has a word of “Kalibrierung von Sprachmodellen”: write topics as papers do, most often in English."
    assert doubt in english.text
    doubt = "In keiner neueren Arbeit steht ein Wort von „Halluzinationen“: Schreib Themen so wie die Arbeiten, meist also auf Englisch."
    assert doubt in german.text
    assert "„Kalibrierung" not in german.text


def test_a_reader_is_not_told_where_the_operator_keeps_files(site: Site) -> None:
    site.parts.catalog.libraries.keep(Library(subscription=site.ana.id, address="/home/operator/secret/refs.bib"))

    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert "<li>refs.bib " in page
    assert "operator/secret" not in page


def test_what_has_no_name_is_everything_else_only_beside_what_has_one(site: Site) -> None:
    alone = site.client.get(f"/p/{site.key(site.ana)}")
    beside = sent(site, interest_1_topics="foxes", interest_1_name="animals")
    nameless = sent(site, interest_2_topics="owls")

    assert [">Everything else" in page.text for page in (alone, beside)] == [False, True]
    assert "Give it a name: only one interest can be without." in nameless.text


def test_what_a_button_did_has_the_keyboards_focus(site: Site) -> None:
    wrong, saved = sent(site, keywords="x" * 10_000).text, sent(site).text

    assert '<p class="told trouble" role="alert" tabindex="-1" autofocus>' in wrong
    assert '<p class="told" role="status" tabindex="-1" autofocus>Saved' in saved


def test_chosen_days_without_a_day_are_asked_for_again(site: Site) -> None:
    answer = sent(site, every="days")

    assert answer.status_code == 422
    assert "Choose at least one day." in answer.text


def test_a_language_and_a_theme_that_the_lists_do_not_name_stay_as_they_are(site: Site) -> None:
    reader = replace(site.ana.subscriber, language="de-AT")
    before = site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=reader, theme="gone"), NOON)

    answer = sent(site)

    assert answer.status_code == 200
    assert now_is(site) == before


def test_an_interest_that_changes_its_name_keeps_its_papers_and_one_removed_takes_them_along(site: Site) -> None:
    graphs, rest = Interest(name="graphs", topics=("g",), liked=("arxiv:2302.09664",)), Interest(topics=("x",), liked=("arxiv:2302.09665",))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(graphs, rest))), NOON)

    sent(site, interest_0_name="networks", interest_1_remove="on")

    assert profile_of(site).interests == (replace(graphs, name="networks", former_names=("graphs",)),)


def test_a_form_sent_again_after_an_interest_changed_its_name_loses_no_papers(site: Site) -> None:
    graphs = Interest(name="graphs", topics=("g",), liked=("arxiv:2302.09664",), homes=("arxiv:2302.09665",))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(graphs,))), NOON)
    address = f"/p/{site.key(site.ana)}"
    form = form_of(site.client.get(address)) | {"interest-0-name": "networks", "interest-1-name": "new", "interest-1-topics": "x"}

    answers = [site.client.post(address, data={**form, "do": "save"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert profile_of(site).interests == (replace(graphs, name="networks", former_names=("graphs",)), Interest(name="new", topics=("x",)))


ONE, OTHER = Interest(name="one", topics=("a",), liked=("arxiv:2302.09664",)), Interest(name="other", liked=("arxiv:2302.09665",), weight=2)


# That of papers alone differs by nothing that the form shows; commands may store a topic longer than a form takes.
@pytest.mark.parametrize("one", [ONE, replace(ONE, topics=(), weight=2), replace(ONE, topics=("an abstract " * 40 + "of a paper",))])
def test_two_interests_that_changed_names_keep_their_papers_when_the_form_is_sent_again(site: Site, one: Interest) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(one, OTHER))), NOON)
    address = f"/p/{site.key(site.ana)}"
    form = form_of(site.client.get(address)) | {"interest-0-name": "other", "interest-1-name": "one"}

    answers = [site.client.post(address, data={**form, "do": "save"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert profile_of(site).interests == (replace(one, name="other"), replace(OTHER, name="one"))


def test_two_interests_that_change_names_on_a_page_older_than_a_paper_of_theirs_keep_their_papers(site: Site) -> None:
    one = replace(ONE, weight=OTHER.weight)
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(one, OTHER))), NOON)
    address = f"/p/{site.key(site.ana)}"
    form = form_of(site.client.get(address)) | {"interest-0-name": "other", "interest-1-name": "one"}
    more = replace(one, liked=(*ONE.liked, "arxiv:2611.00009"))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(more, OTHER))), NOON)

    site.client.post(address, data={**form, "do": "save"})

    assert profile_of(site).interests == (replace(more, name="other"), replace(OTHER, name="one"))


def test_a_form_older_than_what_is_stored_can_still_take_an_interest_out(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(ONE, OTHER))), NOON)
    address = f"/p/{site.key(site.ana)}"
    form = form_of(site.client.get(address)) | {"interest-0-remove": "on"}
    more = replace(OTHER, liked=(*OTHER.liked, "arxiv:2302.09666"))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(ONE, more))), NOON)

    site.client.post(address, data={**form, "do": "save"})

    assert profile_of(site).interests == (more,)


@pytest.mark.parametrize("weight", [0.001, 1000.0, 1 / 3])
def test_a_weight_that_a_command_set_stays_what_it_is(site: Site, weight: float) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(replace(ONE, weight=weight),))), NOON)

    answer = sent(site, keywords="LoRA")

    assert answer.status_code == 200
    assert (profile_of(site).interests[0].weight, profile_of(site).keywords) == (weight, ("LoRA",))


def test_a_weight_out_of_bounds_that_is_typed_is_asked_for_again(site: Site) -> None:
    assert sent(site, interest_0_weight="1000").status_code == 422


def test_a_form_older_than_an_interest_keeps_it(site: Site) -> None:
    graphs, rest = Interest(name="graphs", topics=("g",), liked=("arxiv:2302.09664",)), Interest(topics=("x",), liked=("arxiv:2302.09665",))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(rest,))), NOON)
    address = f"/p/{site.key(site.ana)}"
    form = form_of(site.client.get(address))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(graphs, rest))), NOON)

    site.client.post(address, data={**form, "keywords": "LoRA", "do": "save"})

    assert profile_of(site).interests == (rest, graphs)
    assert profile_of(site).keywords == ("LoRA",)


def test_forms_sent_on_and_on_do_not_pile_up_interests(site: Site) -> None:
    address = f"/p/{site.key(site.ana)}"
    form = form_of(site.client.get(address))
    many = [{f"interest-{n}-{part}": f"{part} {turn} {n}" for n in range(1, 20) for part in ("name", "topics")} for turn in range(2)]

    answers = [site.client.post(address, data={**form, **new, "do": "save"}) for new in many]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert "there are too many interests" in answers[1].text.lower()
    assert len(profile_of(site).interests) == 20


def test_two_interests_of_one_name_are_refused(site: Site) -> None:
    answer = sent(site, interest_0_name="graphs", interest_1_name="Graphs", interest_1_topics="x")

    assert answer.status_code == 422
    assert "There is an interest" in answer.text


def test_an_edition_has_a_schedule_and_no_interests(site: Site) -> None:
    answer = sent(site, to=site.bo, at="09:15", every="weekdays")

    assert answer.status_code == 200
    assert "interest-0" not in answer.text
    assert "Paste papers" not in answer.text
    assert (now_is(site, site.bo).cadence.every, f"{now_is(site, site.bo).cadence.at:%H:%M}") == (Every.WEEKDAYS, "09:15")
    assert now_is(site, site.bo).edition == site.bo.edition


@pytest.mark.parametrize(
    ("every", "days", "stored"),
    [
        ("weekly", ("day_sun",), (Every.WEEKLY, (6,))),
        ("weekly", (), (Every.WEEKLY, ())),
        ("days", ("day_thu",), (Every.WEEKLY, (3,))),
        ("weekly", ("day_mon", "day_thu"), (Every.DAILY, ())),
    ],
)
def test_a_weekly_letter_has_one_day_and_days_of_which_there_is_one_are_weekly(
    site: Site, every: str, days: tuple[str, ...], stored: tuple[Every, tuple[int, ...]]
) -> None:
    answer = sent(site, every=every, **dict.fromkeys(days, "on"))

    assert (now_is(site).cadence.every, now_is(site).cadence.days) == stored
    assert ("Choose one day for a weekly letter" in answer.text) is (len(days) > 1)


def test_what_the_operator_set_is_shown_and_cannot_be_changed(site: Site) -> None:
    profile = Profile(interests=(Interest(topics=("graph networks",)),), keywords=("LoRA",))
    site.parts.catalog.subscribers.adopt([replace(a_subscription("cy@example.org", "set", profile=profile), configured=True)], NOON)
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")

    page = site.client.get(f"/p/{site.key(cy)}")
    answer = site.client.post(f"/p/{site.key(cy)}", data={"do": "save", "at": "03:00", "zone": "UTC", "keywords": "spam", "limit": "200"})

    assert "Set by the operator" in page.text
    assert "<li>Topics: graph networks</li>" in page.text
    assert 'name="keywords"' not in page.text
    assert answer.status_code == 200
    assert now_is(site, cy) == cy


@pytest.mark.parametrize("button", ["preview", "pause", "resume"])
def test_papers_that_are_pasted_stay_on_the_page_that_another_button_of_an_operators_reader_leads_to(site: Site, button: str) -> None:
    profile = Profile(interests=(Interest(topics=("graph networks",)),))
    site.parts.catalog.subscribers.adopt([replace(a_subscription("cy@example.org", "set", profile=profile), configured=True)], NOON)
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")
    address = f"/p/{site.key(cy)}"
    form = {**form_of(site.client.get(address)), "papers": "2302.09664", "until": "2026-12-24"}

    answer = site.client.post(address, data={**form, "do": button})

    assert (answer.status_code, form_of(answer)["papers"]) == (200, "2302.09664")
    assert now_is(site, cy).profile == cy.profile


def test_a_form_that_cannot_be_read_changes_nothing(site: Site) -> None:
    before = now_is(site)

    answers = [
        site.client.post(f"/p/{site.key(site.ana)}", content=content, headers={"Content-Type": kind})
        for content, kind in [
            (b"do=save", "text/plain"),
            (b"", "multipart/form-data"),
            (b"do=explode", "application/x-www-form-urlencoded"),
        ]
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert now_is(site) == before


def test_a_form_of_only_its_button_is_refused_and_empties_nothing(site: Site) -> None:
    before = now_is(site)

    answer = site.client.post(f"/p/{site.key(site.ana)}", data={"do": "save"})

    assert answer.status_code == 422
    assert now_is(site) == before


# --- papers -----------------------------------------------------------------------------------------------------------


def test_pasted_names_are_kept_as_a_library_and_what_is_no_name_is_told(site: Site) -> None:
    answer = sent(site, papers="2611.00002\nhttps://arxiv.org/abs/2207.05221v2\n10.1000/xyz\nfoxes")

    (library,) = site.parts.catalog.libraries.of([site.ana.id])
    assert "3 papers taken in" in answer.text
    assert "foxes: line 4: neither an arXiv id, a DOI nor a web address" in answer.text
    assert (library.address, library.followed, library.entries) == ("import:pasted on 2026-11-23", False, 3)
    assert [one.key for one in site.parts.catalog.libraries.owned([site.ana.id])[site.ana.id]] == ["arxiv:2611.00002"]
    assert site.parts.catalog.libraries.unread([site.ana.id], NOON) == ("arxiv:2207.05221",)


def test_of_many_pasted_lines_that_are_no_names_some_are_told_and_the_others_counted(site: Site) -> None:
    page = sent(site, papers="".join(f"2611.0000{n}\nfoxes\n" for n in range(1, 8))).text

    assert page.count("foxes: line ") == 5
    assert "and 2 more that could not be used." in page


def test_an_uploaded_bib_is_taken_in_and_the_same_again_changes_nothing(site: Site) -> None:
    fields = form_of(site.client.get(f"/p/{site.key(site.ana)}")) | {"do": "save"}

    answers = [
        site.client.post(f"/p/{site.key(site.ana)}", data=fields, files={"library": ("C:\\my\\refs.bib", BIB, "text/plain")})
        for _ in range(2)
    ]

    assert "1 paper taken in" in answers[0].text
    assert "0 papers taken in, 1 was there already" in answers[1].text
    assert [one.address for one in site.parts.catalog.libraries.of([site.ana.id])] == ["import:refs.bib"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"%PDF-1.7 \x00\x01 and so on", "it is no text"), (b"hello foxes", "none of BibTeX"), (b"%" * (1024 * 1024 + 1), "larger than 1 MB")],
)
def test_a_file_that_is_no_library_is_refused_beside_its_field(site: Site, content: bytes, said: str) -> None:
    fields = form_of(site.client.get(f"/p/{site.key(site.ana)}")) | {"do": "save", "keywords": "typed"}

    answer = site.client.post(f"/p/{site.key(site.ana)}", data=fields, files={"library": ("refs.bib", content, "text/plain")})

    assert answer.status_code == 422
    assert said in answer.text
    assert form_of(answer)["keywords"] == "typed"
    assert profile_of(site).keywords == ()


@pytest.mark.parametrize(
    ("pasted", "uploaded", "said"),
    [
        ("füchse", b"", "Weder BibTeX, RIS, CSL-JSON, Zotero-JSON noch eine Liste von arXiv-Nummern, DOIs und Adressen: es beginnt"),
        ("[{", b"", "Unlesbares JSON, Zeile 1: "),
        ("[{", b"", "; exportiere noch einmal; kein Teil davon wird übernommen."),
        ("", b"\n".join(b"2611.%05d" % n for n in range(4_001)), "refs {0}.txt: mehr als 4000 Einträge; exportiere einen Teil davon"),
        ("", b"%PDF-1.7 \x00", "refs {0}.txt: es ist kein Text, also weder BibTeX"),
        ("", b"\n".join(b"2611.%05d" % n for n in range(1, 2_002)), "refs {0}.txt: mehr als 2000 Arbeiten; nimm die neuesten."),
        ("", b"%" * (1024 * 1024 + 1), "refs {0}.txt: größer als 1 MB; exportiere einen Teil davon, eine Sammlung nach der anderen."),
    ],
)
def test_what_is_wrong_with_papers_is_said_in_the_readers_language(site: Site, pasted: str, uploaded: bytes, said: str) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=replace(site.ana.subscriber, language="de")), NOON)
    fields = form_of(site.client.get(f"/p/{site.key(site.ana)}")) | {"do": "save", "papers": pasted}

    files = {"library": ("refs {0}.txt", uploaded, "text/plain")} if uploaded else None
    answer = site.client.post(f"/p/{site.key(site.ana)}", data=fields, files=files)

    assert answer.status_code == 422
    assert said in answer.text


def test_what_of_pasted_papers_is_not_used_is_said_in_the_readers_language(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=replace(site.ana.subscriber, language="de")), NOON)
    fields = form_of(site.client.get(f"/p/{site.key(site.ana)}")) | {"do": "save", "papers": "2302.09664\n10.1234/"}

    page = site.client.post(f"/p/{site.key(site.ana)}", data=fields, follow_redirects=True).text

    assert "Nicht verwendet: 10.1234/: Zeile 2: weder eine arXiv-Nummer noch eine DOI noch eine Webadresse" in page


def test_a_request_larger_than_any_file_allowed_is_refused(site: Site) -> None:
    answer = site.client.post(f"/p/{site.key(site.ana)}", content=b"x" * 3_000_000)

    assert answer.status_code == 413


# --- what was saved ---------------------------------------------------------------------------------------------------


def test_saved_papers_are_listed_and_go_along_as_a_file_until_they_are_taken_back(site: Site) -> None:
    page, given = f"/p/{site.key(site.ana)}", site.parts.catalog.feedback
    before = site.client.get(page).text
    saved, _ = given.give(site.ana.id, "arxiv:2611.00001", FeedbackKind.SAVE, NOON)

    listed, taken = site.client.get(page).text, site.client.get(f"{page}/saved.bib")
    given.undo(saved.id, NOON)

    assert [">Saved</h2>" in text for text in (before, listed, site.client.get(page).text)] == [False, True, False]
    assert "Calibration of language models</a>" in listed
    assert f'href="{site.key(site.ana)}/saved.bib"' in listed
    assert (taken.status_code, taken.headers["content-type"], taken.text.count("@")) == (200, "application/x-bibtex; charset=utf-8", 1)
    assert site.client.get(f"{page}/saved.bib").text.strip() == ""


def test_the_title_of_a_saved_paper_can_be_read(site: Site) -> None:
    site.parts.catalog.papers.record(a_batch(a_paper("arxiv:2611.00004", r"Sorting in $\mathcal{O}(n \log n)$ <b>")), NOON)
    site.parts.catalog.feedback.give(site.ana.id, "arxiv:2611.00004", FeedbackKind.SAVE, NOON)

    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert "mathcal" not in page
    assert "log" in page
    assert "&lt;b&gt;</a>" in page


def test_the_page_names_the_letter_unless_it_is_the_only_one_and_nobody_named_it(site: Site) -> None:
    cy = site.parts.catalog.subscribers.add(a_subscription("cy@example.org", "main"), NOON)
    alone = site.client.get(f"/p/{site.key(cy)}").text
    site.parts.catalog.subscribers.add(a_subscription("cy@example.org", "mornings"), NOON)

    pages = [alone, *(site.client.get(f"/p/{site.key(one)}").text for one in (cy, site.ana, site.bo))]

    headings = [page.partition("<h1>")[2].partition("</h1>")[0] for page in pages]
    assert headings == ["Preferences", "Preferences: Lab digest", "Preferences: evenings", "Preferences: trends (trending)"]


def test_what_is_written_from_right_to_left_stands_so_and_turns_nothing_around_that_stands_beside_it(site: Site) -> None:
    interests = (Interest(name="לשון", topics=("כיול (LLM)",), liked=("arxiv:2302.09664",)), Interest(name="foxes", topics=("foxes",)))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=interests)), NOON)
    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert '<bdi>לשון</bdi> <span class="quiet">· 1 liked paper</span>' in page
    assert re.findall('name="([^"]+)" dir="auto"', page)[:4] == [f"interest-{n}-{what}" for n in (0, 1) for what in ("topics", "name")]


@pytest.mark.parametrize(("topics", "rows"), [(1, 3), (7, 7), (40, 12)])
def test_a_field_shows_as_many_of_its_lines_as_a_screen_has_room_for(site: Site, topics: int, rows: int) -> None:
    interest = Interest(topics=tuple(f"topic {number}" for number in range(topics)))
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=Profile(interests=(interest,))), NOON)
    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert f'name="interest-0-topics" dir="auto" rows="{rows}"' in page


# --- the preview ------------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_was_typed_and_stores_nothing(site: Site, tmp_path: Path) -> None:
    site.parts.catalog.papers.record(a_batch(a_paper("arxiv:2611.00003", "The Hibernation of Bears", abstract="Bears sleep.")), NOON)
    before = now_is(site), site.parts.catalog.issues.latest(9)

    answer = sent(site, "preview", interest_0_name="my judges", interest_0_topics="language models\nfoxes", interest_1_topics="bears")
    frame = site.client.get(f"/p/{site.key(site.ana)}/preview.html")

    assert answer.status_code == 200
    assert f'src="{site.key(site.ana)}/preview.html" sandbox=' in answer.text
    assert "my judges" in answer.text
    assert "The Hibernation of Bears" in frame.text
    assert "topic “bears”" in frame.text
    assert "frame-ancestors 'self'" in frame.headers["content-security-policy"]
    assert "sandbox" in frame.headers["content-security-policy"]
    assert site.key(site.ana) not in frame.text
    assert (now_is(site), site.parts.catalog.issues.latest(9)) == before


def test_what_stands_under_the_papers_of_a_preview_is_said_to_work_in_the_letter(site: Site) -> None:
    answer = sent(site, "preview", interest_0_name="", interest_0_topics="language models")
    frame = site.client.get(f"/p/{site.key(site.ana)}/preview.html").text

    pressed = site.client.get(re.findall(r'https://[^"/]*(/f/[^"]*/more)', frame)[0])

    assert "More, Less and the like work in the letter itself." in answer.text
    assert pressed.status_code == 404
    assert "or comes from a preview" in pressed.text


def test_an_edition_in_a_preview_has_nothing_to_press(site: Site) -> None:
    assert "work in the letter itself" not in sent(site, "preview", to=site.bo).text


def test_where_the_next_letter_would_be_empty_the_preview_is_of_the_past_week(site: Site) -> None:
    before = now_is(site), site.parts.catalog.issues.latest(9)

    answer = sent(site, "preview", keywords="models", limit="1", papers="2405.00001")
    frame = site.client.get(f"/p/{site.key(site.ana)}/preview.html").text
    trending = sent(site, "preview", to=site.bo)

    assert "The past week, with these settings" in answer.text
    assert "Your next letter would have no paper yet." in answer.text
    assert "Papers that you pasted count once they are saved." in answer.text
    assert ("Calibration of language models" in frame, "keyword" in frame, "first letter" in frame) == (True, True, False)
    assert "The next issue, as it would be now" in trending.text
    assert (now_is(site), site.parts.catalog.issues.latest(9)) == before


def test_a_preview_that_nobody_asked_for_is_not_there(site: Site) -> None:
    assert site.client.get(f"/p/{site.key(site.ana)}/preview.html").status_code == 404


def test_too_many_previews_wait_and_what_was_typed_stays(site: Site, ticks: Ticks) -> None:
    answers = [sent(site, "preview", keywords="typed") for _ in range(7)]
    ticks.now += 20

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[-1].headers["retry-after"] == "20"
    assert form_of(answers[-1])["keywords"] == "typed"
    assert sent(site, "preview").status_code == 200


def test_one_preview_is_made_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, done = Event(), Event()

    really = next_issue.preview_issue

    def slowly(*arguments: object) -> object:
        begun.set()
        assert done.wait(20)
        return really(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(next_issue, "preview_issue", slowly)
    first: list[httpx2.Response] = []
    thread = Thread(target=lambda: first.append(sent(site, "preview")))
    thread.start()
    assert begun.wait(20)

    second = sent(site, "preview", to=site.bo)
    done.set()
    thread.join()

    assert (second.status_code, second.headers["retry-after"]) == (503, "15")
    assert first[0].status_code == 200


def test_a_library_is_read_no_oftener_than_a_preview_is_made(site: Site) -> None:
    answers = [sent(site, papers="2611.00002", keywords="typed") for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert form_of(answers[-1])["papers"] == "2611.00002"
    assert sent(site, keywords="saved").status_code == 200


# --- pause, coming back -----------------------------------------------------------------------------------------------


def test_a_pause_until_a_day_and_its_end(site: Site) -> None:
    paused = sent(site, "pause", until="2026-12-27", keywords="typed")

    assert "Letters are paused and begin again on Sunday, 27 December 2026." in paused.text
    assert now_is(site).subscriber.paused_until is not None
    assert form_of(paused)["keywords"] == "typed"
    assert profile_of(site).keywords == ()

    resumed = sent(site, "resume", keywords="typed")

    assert "Your next letter comes on" in resumed.text
    assert now_is(site).subscriber.paused_until == datetime(2026, 11, 22, 23, tzinfo=UTC)  # today begins in Berlin
    assert (form_of(resumed)["keywords"], profile_of(site).keywords) == ("typed", ())


@pytest.mark.parametrize(("do", "limit"), [("save", "many"), ("preview", "12"), ("pause", "12")])
def test_a_file_that_was_not_taken_in_is_asked_for_again(site: Site, do: str, limit: str) -> None:
    # No browser keeps it: a page that says nothing would be saved without it.
    address = f"/p/{site.key(site.ana)}"
    fields = form_of(site.client.get(address)) | {"do": do, "limit": limit, "until": "2026-12-27"}

    answer = site.client.post(address, data=fields, files={"library": ("refs.bib", BIB)})

    assert "Choose the file again: nothing in it has been imported yet." in answer.text
    assert site.parts.catalog.libraries.of([site.ana.id]) == ()


def test_a_day_typed_for_a_pause_counts_where_another_button_saves(site: Site) -> None:
    # Enter in that field presses Save, too.
    wrong = sent(site, until="2020-01-01", keywords="typed")
    assert wrong.status_code == 422
    assert "choose a day in the future, within two years" in wrong.text.lower()
    assert profile_of(site).keywords == ()

    paused = sent(site, until="2026-12-27", keywords="typed", zone="Asia/Tokyo")

    assert "Saved. Letters are paused and begin again on Sunday, 27 December 2026." in paused.text
    assert now_is(site).subscriber.paused_until == datetime(2026, 12, 26, 15, tzinfo=UTC)
    assert profile_of(site).keywords == ("typed",)


@pytest.mark.parametrize("until", ["", "yesterday", "2026-11-23", "2020-01-01", "9999-12-31", "0001-01-01"])
def test_a_pause_without_a_day_to_come_is_asked_for_again(site: Site, until: str) -> None:
    answer = sent(site, "pause", until=until)

    assert answer.status_code == 422
    assert now_is(site).subscriber.paused_until is None


def test_who_left_can_subscribe_again(site: Site) -> None:
    site.client.post(f"/u/{site.token}")

    page, back = site.client.get(f"/p/{site.key(site.ana)}"), site.client.post(f"/p/{site.key(site.ana)}", data={"do": "back"})

    assert "Subscribe again" in page.text
    assert "Welcome back." in back.text
    assert now_is(site).left_at is None


def test_who_gets_no_mail_at_all_is_not_welcomed_back(site: Site) -> None:
    site.client.post(f"/u/{site.token}")
    site.parts.catalog.suppressions.add(site.ana.subscriber.email, SuppressionReason.OPERATOR, NOON, "by hand")

    back = site.client.post(f"/p/{site.key(site.ana)}", data={"do": "back"})

    assert "Welcome back." not in back.text
    assert "No letters come: your address is on this site" in back.text


# --- a link that has expired ------------------------------------------------------------------------------------------


def mails(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted((folder / "mails").rglob("*.eml"))]


def test_an_expired_link_shows_nothing_and_mails_a_fresh_one_to_the_reader_s_own_address(site: Site, tmp_path: Path) -> None:
    old = site.key(site.ana, days=-1)

    page, answer = site.client.get(f"/p/{old}"), site.client.post(f"/p/{old}/fresh")

    assert page.status_code == 410
    assert f'action="{old}/fresh"' in page.text
    assert "calibration" not in page.text
    assert answer.status_code == 200
    (mail,) = mails(tmp_path)
    assert "To: ana@example.org" in mail
    link = mail.replace("=\n", "").partition("https://digest.example.org")[2].split()[0]
    fresh = next(word for word in mail.replace("=\n", "").split() if "/p/" in word).removeprefix("https://digest.example.org")
    assert link
    assert site.client.get(fresh).status_code == 200


def test_an_expired_link_does_nothing_on_any_of_its_pages(site: Site, tmp_path: Path) -> None:
    old, before = site.key(site.ana, days=-1), stored(tmp_path)

    answers = [
        site.client.post(f"/p/{old}", data={"do": "save"}),
        site.client.get(f"/p/{old}/export.json"),
        site.client.get(f"/p/{old}/preview.html"),
        site.client.get(f"/p/{old}/erase"),
        site.client.post(f"/p/{old}/erase"),
    ]

    assert [answer.status_code for answer in answers] == [410] * 5
    assert 'action="fresh"' in answers[-1].text
    assert stored(tmp_path) == before


def test_the_page_that_mailed_a_fresh_link_can_be_loaded_again(site: Site, tmp_path: Path) -> None:
    # As a phone does with a tab that it had put away: by GET.
    old, good = site.key(site.ana, days=-1), site.key(site.ana)

    again, fine = site.client.get(f"/p/{old}/fresh"), site.client.get(f"/p/{good}/fresh")

    assert again.status_code == 410
    assert 'action="fresh"' in again.text
    assert (fine.status_code, fine.headers["Location"]) == (303, f"../{good}")
    assert mails(tmp_path) == []


def test_one_link_an_hour_is_mailed_and_the_answer_is_the_same(site: Site, tmp_path: Path, ticks: Ticks) -> None:
    old = site.key(site.ana, days=-1)

    answers = [site.client.post(f"/p/{old}/fresh") for _ in range(5)]
    ticks.now += 3600
    answers.append(site.client.post(f"/p/{old}/fresh"))

    assert len({answer.text for answer in answers}) == 1
    assert len(mails(tmp_path)) == 2


def test_no_fresh_link_is_mailed_to_an_address_on_the_suppression_list(site: Site, tmp_path: Path) -> None:
    site.parts.catalog.suppressions.add("ana@example.org", SuppressionReason.COMPLAINED, NOON, "a report")

    answer = site.client.post(f"/p/{site.key(site.ana, days=-1)}/fresh")

    assert answer.status_code == 200
    assert mails(tmp_path) == []


def test_no_fresh_link_is_mailed_to_who_left_whoever_holds_an_old_one(site: Site, tmp_path: Path) -> None:
    site.parts.catalog.subscribers.leave(site.ana.id, NOON)

    answer = site.client.post(f"/p/{site.key(site.ana, days=-1)}/fresh")

    assert answer.status_code == 200
    assert mails(tmp_path) == []


def test_a_link_is_good_on_its_last_day(site: Site) -> None:
    assert site.client.get(f"/p/{site.key(site.ana, days=0)}").status_code == 200


@pytest.mark.parametrize(("hour", "status"), [(11, 200), (12, 410)])
def test_a_link_is_good_until_its_last_day_has_passed_wherever_its_reader_is(site: Site, hour: int, status: int) -> None:
    # The page of a mailed link names the day: in Honolulu it lasts until ten in the morning of the next, as UTC counts.
    app = create_app(site.parts, clock=lambda: NOON.replace(hour=hour), previews=False)

    answer = TestClient(app, base_url="http://127.0.0.1:8025").get(f"/p/{site.key(site.ana, days=-1)}")

    assert answer.status_code == status


def test_every_letter_s_link_opens_its_reader_s_page(site: Site) -> None:
    from digest.run import letter_of

    letter = letter_of(site.parts, site.issue).content.decode().replace("=\r\n", "")
    link = next(word for word in letter.split() if word.startswith("https://digest.example.org/p/"))

    assert "evenings" in site.client.get(link.removeprefix("https://digest.example.org")).text


# --- everything about me ----------------------------------------------------------------------------------------------


def test_everything_about_a_reader_comes_as_a_file_and_nothing_about_others(site: Site) -> None:
    site.parts.catalog.feedback.give(site.ana.id, "arxiv:2611.00001", FeedbackKind.MORE, NOON)
    sent(site, papers="2611.00002")
    site.parts.catalog.libraries.keep(Library(subscription=site.ana.id, address="https://ana:hush@example.org/r.bib?key=hush"))
    site.parts.catalog.libraries.keep(Library(subscription=site.ana.id, address="/srv/hush/refs.bib", key_file="/srv/hush/zotero"))

    answer = site.client.get(f"/p/{site.key(site.ana)}/export.json")

    about = json.loads(answer.text)
    (subscription,) = about["subscriptions"]
    assert answer.headers["content-disposition"] == 'attachment; filename="digest-about-me.json"'
    assert about["subscriber"]["email"] == "ana@example.org"
    assert about["subscriber"]["made_at"] == "2026-11-23T12:00:00+00:00"
    assert subscription["profile"]["interests"][0]["topics"] == ["calibration of language models"]
    assert [one["kind"] for one in about["feedback"]] == ["more"]
    assert "arxiv:2611.00002" in json.dumps(about["libraries"])
    assert "arxiv:2611.00001" in json.dumps(about["issues"])
    assert sorted(one["address"] for one in about["libraries"])[::2] == ["https://example.org/r.bib?…", "refs.bib"]
    assert [word for word in ("bo@example.org", "hush") if word in answer.text] == []


def test_erasing_asks_first_and_then_leaves_nothing_of_the_reader(site: Site, tmp_path: Path) -> None:
    site.parts.catalog.feedback.give(site.ana.id, "arxiv:2611.00001", FeedbackKind.MORE, NOON)
    sent(site, papers="2611.00002", interest_0_topics="a telling topic")
    key = site.key(site.ana)

    asked, before = site.client.get(f"/p/{key}/erase"), "ana@example.org" in "".join(stored(tmp_path))
    answer = site.client.post(f"/p/{key}/erase")

    left = "".join(stored(tmp_path))
    assert (asked.text.count("<button"), before) == (1, True)
    assert "Erased" in answer.text
    assert [word for word in ("ana@example.org", "evenings", "telling", "import:pasted") if word in left] == []
    assert "bo@example.org" in left
    assert site.client.get(f"/p/{key}").status_code == 404
    assert site.client.post(f"/u/{site.token}").status_code == 404


def test_the_page_names_the_reader_s_other_letters_and_nobody_s_address(site: Site) -> None:
    second = site.parts.catalog.subscribers.add(a_subscription("ana@example.org", "mornings"), NOON)

    page = site.client.get(f"/p/{site.key(site.ana)}").text
    link = next(part.split('"')[0] for part in page.split('class="link" href="')[1:] if ">mornings<" in part)

    assert page.partition("Your other letters:")[2].partition("</p>")[0].count("<a ") == 1
    assert "ana@example.org" not in page
    assert "mornings" in site.client.get(f"/p/{link}").text
    assert second.id != site.ana.id


def test_who_is_on_the_suppression_list_is_promised_no_letter(site: Site) -> None:
    site.parts.catalog.suppressions.add("ana@example.org", SuppressionReason.COMPLAINED, NOON, "a complaint")

    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert "No letters come: your address is on this site&#39;s list" in page
    assert "Your next letter" not in page


def test_a_readers_other_letters_are_called_as_those_letters_are(site: Site) -> None:
    site.parts.catalog.subscribers.add(a_subscription("ana@example.org"), NOON)

    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert re.search(r'<a class="link" href="[^"]+">Lab digest</a>', page)
    assert ">main</a>" not in page


def test_the_zones_to_choose_from_are_places_and_each_has_one_name() -> None:
    offered = {name for _, names in zones("") for name in names}

    assert {"UTC", "Europe/Berlin", "Europe/Oslo", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= offered
    assert offered.isdisjoint({"Asia/Calcutta", "America/Buenos_Aires", "Europe/Belfast", "US/Pacific", "Etc/UTC"})


def test_a_zone_that_is_not_among_the_usual_ones_stands_first_without_an_english_heading(site: Site) -> None:
    reader = replace(site.ana.subscriber, zone="US/Pacific", language="de")
    site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=reader), NOON)

    page = site.client.get(f"/p/{site.key(site.ana)}").text

    assert "<option selected>US/Pacific</option>" in page
    assert "Chosen" not in page


def test_a_reader_whose_zone_is_not_known_any_more_is_told_and_may_choose_another(site: Site) -> None:
    lost = replace(site.ana, subscriber=replace(site.ana.subscriber, zone="Europe/Atlantis"))
    site.parts.catalog.subscribers.edit(lost, NOON)

    page = site.client.get(f"/p/{site.key(site.ana)}").text
    paused = site.client.post(f"/u/{site.token}", data={"do": "pause"})
    saved = sent(site, zone="Europe/Berlin")

    assert "No letters come: the time zone Europe/Atlantis is not known here any more." in page
    assert (paused.status_code, saved.status_code) == (200, 200)
    assert site.parts.catalog.subscribers.by_id(site.ana.id).subscriber.zone == "Europe/Berlin"


def test_the_operators_list_names_a_zone_that_is_not_known(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        lost = replace(site.ana, subscriber=replace(site.ana.subscriber, zone="Europe/Atlantis"))
        site.parts.catalog.subscribers.edit(lost, NOON)

        assert "no letters: Europe/Atlantis is no time zone that is known here" in site.client.get("/").text
