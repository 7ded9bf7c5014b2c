"""Groups of readers: how many saved a paper is told to those who agreed, from two others on, and never who."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.config import parse
from digest.errors import ConfigurationError, NotFound
from digest.model import FeedbackKind, Pick, Reason, Sharing, Subscription
from digest.people import as_json_lines, bring_in
from digest.people.mapping import Plan
from digest.people.records import subscription_record
from digest.rendering import Press
from digest.run import letter_of, render_issue
from digest.web.limits import Limits
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.catalog_rooms import a_draft
from tests.rendering_builders import WEB, a_pick, an_issue, the_press
from tests.test_web_limits import Ticks
from tests.test_web_preferences import now_is, sent
from tests.web_site import Site, a_site

KEY = "arxiv:2611.00001"
LATER = NOON + timedelta(days=1)
FILE = """
[sender]
from = "digest@example.org"
[[subscribers]]
address = "ana@example.org"
topics = ["foxes"]
"""


@pytest.fixture
def listed(catalog: Catalog) -> Catalog:
    """A catalog with two papers."""
    catalog.papers.record(a_batch(a_paper(KEY), a_paper("arxiv:2611.00002", "On Hounds")), NOON)
    return catalog


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, previews=False, limits=Limits(Ticks())) as site:
        yield site


def member(catalog: Catalog, who: str, *, saves: str = "", shares: bool = True, group: str = "lab", name: str = "main") -> Subscription:
    """A reader of that group, who saved that paper."""
    reader = catalog.subscribers.add(a_subscription(f"{who}@example.org", name, group=group, share_saves=shares), NOON)
    if saves:
        catalog.feedback.give(reader.id, saves, FeedbackKind.SAVE, NOON)
    return reader


def told(catalog: Catalog, reader: Subscription) -> dict[str, int]:
    return catalog.groups.saves(reader, [KEY, "arxiv:2611.00002"])


# --- who counts -------------------------------------------------------------------------------------------------------


def test_two_others_are_told_and_ones_own_save_is_not_counted(listed: Catalog) -> None:
    ana = member(listed, "ana", saves=KEY)
    for who in ("bo", "cy"):
        member(listed, who, saves=KEY)

    assert told(listed, ana) == {KEY: 2}


def test_one_other_is_not_told(listed: Catalog) -> None:
    ana = member(listed, "ana", saves=KEY)
    member(listed, "bo", saves=KEY)
    member(listed, "cy", saves="arxiv:2611.00002")

    assert told(listed, ana) == {}


def test_who_does_not_share_neither_counts_nor_is_told(listed: Catalog) -> None:
    ana = member(listed, "ana")
    for who in ("bo", "cy"):
        member(listed, who, saves=KEY)
    di = member(listed, "di", saves=KEY, shares=False)

    assert told(listed, ana) == {KEY: 2}
    assert told(listed, di) == {}


def test_another_group_does_not_count_and_no_group_is_none(listed: Catalog) -> None:
    ana, loner = member(listed, "ana"), member(listed, "li", group="")
    for who, group in (("bo", "lab"), ("cy", "office"), ("di", ""), ("ed", "")):
        member(listed, who, saves=KEY, group=group)

    assert told(listed, ana) == {}
    assert told(listed, loner) == {}


def test_a_person_with_two_subscriptions_counts_once(listed: Catalog) -> None:
    ana = member(listed, "ana")
    member(listed, "bo", saves=KEY)
    member(listed, "bo", saves=KEY, name="evenings")

    assert told(listed, ana) == {}


def test_a_save_that_was_undone_and_a_like_do_not_count(listed: Catalog) -> None:
    ana, bo, cy = member(listed, "ana"), member(listed, "bo"), member(listed, "cy", saves=KEY)
    listed.feedback.give(bo.id, KEY, FeedbackKind.MORE, NOON)
    di = member(listed, "di")
    listed.feedback.undo(listed.feedback.give(di.id, KEY, FeedbackKind.SAVE, NOON)[0].id, NOON)

    assert told(listed, ana) == told(listed, cy) == {}


def _leaves(catalog: Catalog, reader: Subscription) -> None:
    catalog.subscribers.leave(reader.id, NOON)


def _is_removed(catalog: Catalog, reader: Subscription) -> None:
    catalog.subscribers.remove(reader.subscriber.email, None, NOON)


def _is_erased(catalog: Catalog, reader: Subscription) -> None:
    catalog.rights.forget(reader.subscriber.email, NOON)


def _withdraws(catalog: Catalog, reader: Subscription) -> None:
    catalog.groups.withdraw(reader.id, NOON)


@pytest.mark.parametrize("ends", [_leaves, _is_removed, _is_erased, _withdraws])
def test_who_ends_it_counts_no_more(listed: Catalog, ends: object) -> None:
    ana, bo = member(listed, "ana"), member(listed, "bo", saves=KEY)
    member(listed, "cy", saves=KEY)
    before = told(listed, ana)

    ends(listed, bo)  # type: ignore[operator]

    assert (before, told(listed, ana)) == ({KEY: 2}, {})


def test_a_pause_is_no_end(listed: Catalog) -> None:
    ana, bo = member(listed, "ana"), member(listed, "bo", saves=KEY)
    member(listed, "cy", saves=KEY)
    listed.subscribers.rest(bo.id, LATER)

    assert told(listed, ana) == {KEY: 2}


# --- the reader's word ------------------------------------------------------------------------------------------------


def test_a_yes_and_its_end_are_kept_with_their_moments(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(group="lab"), NOON)

    catalog.groups.share(ana.id, NOON, "preferences page")
    catalog.groups.share(ana.id, LATER, "a second time")
    catalog.groups.withdraw(ana.id, LATER)
    catalog.groups.withdraw(ana.id, LATER + timedelta(days=1))

    after = catalog.subscribers.by_id(ana.id)
    assert (after.share_saves, after.sharing) == (False, Sharing(since=NOON, origin="preferences page", ended_at=LATER))
    (row,) = catalog.rights.about("ana@example.org")["subscriptions"]
    assert (row["group_name"], row["shared_at"], row["share_origin"], row["share_ended_at"]) == ("lab", NOON, "preferences page", LATER)


def test_ones_own_word_is_nobody_elses(catalog: Catalog) -> None:
    ana, bo, cy = member(catalog, "ana", shares=False), member(catalog, "bo", shares=False), member(catalog, "cy")

    catalog.groups.share(ana.id, NOON, "preferences page")
    asked = [catalog.subscribers.by_id(one.id).sharing.stands for one in (ana, bo, cy)]
    catalog.groups.withdraw(ana.id, LATER)

    assert asked == [True, False, True]
    assert [catalog.subscribers.by_id(one.id).sharing.stands for one in (ana, bo, cy)] == [False, False, True]


def test_nobody_shares_for_a_subscription_that_never_was(catalog: Catalog) -> None:
    with pytest.raises(NotFound):
        catalog.groups.share(7, NOON, "preferences page")


def configured(catalog: Catalog, **changes: object) -> Subscription:
    catalog.subscribers.adopt([a_subscription(configured=True, **changes)], LATER)
    return catalog.subscribers.all()[0]


def test_the_file_can_say_yes_and_can_stop_saying_it(catalog: Catalog) -> None:
    said = configured(catalog, group="lab", share_saves=True)
    silent = configured(catalog, group="lab")

    assert said.sharing == Sharing(since=LATER, origin="the configuration")
    assert silent.sharing == Sharing()


def test_the_files_silence_does_not_end_what_the_reader_said(catalog: Catalog) -> None:
    ana = configured(catalog, group="lab")
    catalog.groups.share(ana.id, NOON, "preferences page")

    assert configured(catalog, group="lab", theme="compact").sharing == Sharing(since=NOON, origin="preferences page")


def test_neither_file_nor_command_brings_on_again_what_a_reader_took_back(catalog: Catalog) -> None:
    ana = configured(catalog, group="lab", share_saves=True)
    catalog.groups.withdraw(ana.id, LATER)
    configured(catalog, group="lab")
    again = configured(catalog, group="lab", share_saves=True)
    bo = member(catalog, "bo")
    catalog.groups.withdraw(bo.id, LATER)

    edited = catalog.subscribers.edit(replace(bo, share_saves=True), LATER)

    assert (again.share_saves, edited.share_saves) == (False, False)


def test_who_takes_it_back_for_one_subscription_takes_it_back_for_all_in_that_group(listed: Catalog) -> None:
    ana, di = member(listed, "ana"), member(listed, "di", saves=KEY)
    bo, _, elsewhere = member(listed, "bo"), member(listed, "bo", saves=KEY, name="evenings"), member(listed, "bo", name="far", group="far")
    before = told(listed, ana)

    listed.groups.withdraw(bo.id, LATER)

    assert (before, told(listed, ana)) == ({KEY: 2}, {})
    assert [one.share_saves for one in listed.subscribers.find("bo@example.org")] == [False, False, True]
    assert [listed.subscribers.by_id(one.id).share_saves for one in (di, elsewhere)] == [True, True]


def test_what_a_reader_took_back_is_not_brought_on_again_by_another_subscription(catalog: Catalog) -> None:
    bo, far = member(catalog, "bo"), member(catalog, "bo", name="far", group="far")
    catalog.groups.withdraw(bo.id, LATER)
    catalog.subscribers.remove("bo@example.org", "main", LATER)

    new = member(catalog, "bo", name="new")
    moved = catalog.subscribers.edit(replace(far, group="lab", share_saves=True), LATER)
    catalog.subscribers.adopt([a_subscription("bo@example.org", "file", configured=True, group="lab", share_saves=True)], LATER)

    assert [one.share_saves for one in (new, moved, *catalog.subscribers.find("bo@example.org", "file"))] == [False, False, False]
    catalog.groups.share(new.id, LATER, "preferences page")
    assert catalog.subscribers.by_id(new.id).share_saves


def test_a_yes_for_one_group_is_none_for_another(catalog: Catalog) -> None:
    ana = member(catalog, "ana")

    moved = catalog.subscribers.edit(replace(ana, group="everybody"), LATER)

    assert (ana.share_saves, moved.share_saves, moved.sharing) == (True, True, Sharing(since=LATER, origin="a command"))


def test_what_was_said_on_the_page_for_one_group_is_nothing_in_another(catalog: Catalog) -> None:
    ana = configured(catalog, group="lab")
    catalog.groups.share(ana.id, NOON, "preferences page")

    assert configured(catalog, group="everybody").sharing == Sharing()


def test_an_export_brings_group_and_word_back(catalog: Catalog, tmp_path: Path) -> None:
    ana = member(catalog, "ana")
    catalog.groups.withdraw(ana.id, LATER)
    lines = "".join(as_json_lines([subscription_record(catalog.subscribers.by_id(ana.id))]))
    catalog.rights.forget("nobody@example.org", NOON)
    catalog.subscribers.remove("ana@example.org", None, NOON)
    from digest.catalog import open_catalog

    with open_catalog(str(tmp_path / "other.db")) as other:
        bring_in(other, io.BytesIO(lines.encode()), "export.jsonl", Plan(), LATER)
        (back,) = other.subscribers.all()

    assert (back.group, back.sharing) == ("lab", Sharing(since=NOON, origin="a command", ended_at=LATER))


def test_the_configuration_names_group_and_yes() -> None:
    (ana,) = parse(FILE + 'group = "lab"\nshare_saves = true\n', "config.toml", {}).subscribers

    assert (ana.group, ana.share_saves) == ("lab", True)


def test_a_yes_without_a_group_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="nobody to share with"):
        parse(FILE + "share_saves = true\n", "config.toml", {})


# --- the card ---------------------------------------------------------------------------------------------------------

PICK = a_pick(reasons=(Reason("topics", 40.4, "topic 'foxes'"), Reason("recency", -6.0, "published 5 days ago")))


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_a_card_says_it_in_every_form_without_points(theme: str) -> None:
    rendering = Press(theme).render(an_issue(replace(PICK, saves=2)), WEB)

    said = "topic “foxes” +40 · published 5 days ago −6 · two in your group saved this"
    assert "two in your group saved this</p>" in rendering.html
    assert "     two in your group saved this\n" in rendering.text.replace("          ", "     ")
    assert said in rendering.markdown


def test_a_card_says_nothing_where_nothing_may_be_told() -> None:
    rendering = the_press().render(an_issue(PICK), WEB)

    assert "in your group" not in rendering.html + rendering.text + rendering.markdown


def test_a_numbered_card_says_it_too() -> None:
    rendering = the_press().render(an_issue(Pick(paper=a_paper(), saves=12), edition="trending"), WEB)

    assert "12 in your group saved this" in rendering.text


def test_german_letters_say_it_in_german() -> None:
    rendering = Press(language="de").render(an_issue(replace(PICK, saves=3)), WEB)

    assert "drei in deiner Gruppe haben sich das gemerkt" in rendering.text


def test_it_changes_neither_score_nor_points_nor_subject() -> None:
    plain, told_ = the_press().render(an_issue(PICK), WEB), the_press().render(an_issue(replace(PICK, saves=2)), WEB)

    assert told_.text.replace("          two in your group saved this\n", "") == plain.text
    assert told_.subject == plain.subject


# --- letters and pages ------------------------------------------------------------------------------------------------


def in_a_group(site: Site) -> None:
    """Ana, bo and two others share; both others saved the paper of ana's issue."""
    site.parts.catalog.subscribers.edit(replace(site.ana, group="lab", share_saves=True), NOON)
    for who in ("cy", "di"):
        member(site.parts.catalog, who, saves=KEY)


def letter_text(site: Site) -> str:
    return letter_of(site.parts, site.parts.catalog.issues.load(site.issue.id)).content.decode().replace("=\r\n", "")


def test_a_letter_says_it_until_somebody_takes_it_back(site: Site) -> None:
    in_a_group(site)
    before = letter_text(site)

    site.parts.catalog.groups.withdraw(site.ana.id, NOON)

    assert "two in your group saved this" in before
    assert "in your group" not in letter_text(site)
    assert "cy@example.org" not in before


def test_what_is_stored_of_an_issue_knows_nothing_of_it(site: Site) -> None:
    in_a_group(site)
    reader = now_is(site)
    draft = a_draft(reader, a_paper(KEY), day="2026-11-24", cutoff=9)

    (issue,) = site.parts.catalog.issues.publish([draft], NOON) or (site.issue,)

    assert [pick.saves for pick in site.parts.catalog.issues.load(issue.id).picks] == [0] * len(issue.picks)


def test_the_page_of_an_issue_which_whoever_has_the_letter_may_open_does_not_say_it(site: Site) -> None:
    in_a_group(site)
    issue = site.parts.catalog.issues.load(site.issue.id)

    assert "two in your group saved this" in render_issue(site.parts, issue).text
    assert "in your group" not in site.client.get(f"/i/{site.token}").text


def test_who_is_in_no_group_is_asked_nothing(site: Site) -> None:
    assert 'name="sharing"' not in site.client.get(f"/p/{site.key(site.ana)}").text


def test_a_tick_is_a_yes_and_without_it_it_is_taken_back(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, group="lab"), NOON)
    asked = site.client.get(f"/p/{site.key(site.ana)}").text
    answer = sent(site, sharing="on")
    yes = now_is(site).sharing

    sent(site, without=("sharing",))

    assert "Show my group “lab” how many of us saved a paper" in asked
    assert "You agreed on Monday, 23 November 2026 (preferences page)" in answer.text
    assert yes == Sharing(since=NOON, origin="preferences page")
    assert now_is(site).sharing == Sharing(since=NOON, origin="preferences page", ended_at=NOON)


def test_the_day_of_a_yes_is_the_readers_own(site: Site) -> None:
    east = replace(site.ana, group="lab", share_saves=True, subscriber=replace(site.ana.subscriber, zone="Pacific/Kiritimati"))
    site.parts.catalog.subscribers.edit(east, NOON)

    assert "You agreed on Tuesday, 24 November 2026" in site.client.get(f"/p/{site.key(site.ana)}").text


def test_a_form_sent_for_other_things_leaves_the_word_as_it_is(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, group="lab", share_saves=True), NOON)

    sent(site, keywords="LoRA")

    assert now_is(site).sharing == Sharing(since=NOON, origin="a command")


def test_a_reader_of_the_configuration_can_take_it_back_there(site: Site) -> None:
    fixed = a_subscription("fay@example.org", "lab mail", configured=True, group="lab", share_saves=True)
    site.parts.catalog.subscribers.adopt([fixed], NOON)
    (fay,) = site.parts.catalog.subscribers.find("fay@example.org")

    sent(site, to=fay, without=("sharing",))
    site.parts.catalog.subscribers.adopt([fixed], LATER)

    assert fay.share_saves
    assert not now_is(site, fay).share_saves


def test_ones_own_group_is_nobody_elses_however_ones_address_is_typed(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription("ana@example.org", group="lab"), NOON)

    assert catalog.groups.of_others(" Ana@Example.org ") == frozenset()


def test_a_group_that_everybody_else_was_taken_out_of_and_none_at_all_are_nobodys(catalog: Catalog) -> None:
    member(catalog, "bo", group="hens")
    catalog.subscribers.remove("bo@example.org", None, NOON)
    member(catalog, "cy", group="", shares=False)
    member(catalog, "di", group="lab")

    assert catalog.groups.of_others("ana@example.org") == {"lab"}
