"""The pages behind invitations, and behind listmonk's old unsubscribe links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from digest.model import Newcomer, No, Subscriber, SubscriberStatus, SuppressionReason
from digest.tokens import Purpose, make_token

from .builders import NOON, a_subscription
from .people_files import uuid_of
from .test_web import stored, told
from .web_site import Site, a_site

CAMPAIGN = uuid_of(77)
CY, DI = uuid_of(3), uuid_of(4)
OLD = f"/subscription/{CAMPAIGN}/{CY}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site with Cy, who came from listmonk, Di, who had left there, and Ed, who is invited."""
    with a_site(tmp_path, previews=False) as site:
        cy = Newcomer(email="cy@example.org", subscriptions=(a_subscription("cy@example.org"),), links=(("main", CY),), uuid=CY)
        di = Newcomer(email="di@example.org", noes=(No(reason=SuppressionReason.UNSUBSCRIBED),), uuid=DI, origin="listmonk")
        pending = Subscriber(email="ed@example.org", status=SubscriberStatus.PENDING)
        ed = Newcomer(email="ed@example.org", subscriptions=(replace(a_subscription("ed@example.org"), subscriber=pending),))
        site.parts.catalog.intake.take([cy, di, ed], NOON)
        yield site


def left(site: Site, address: str) -> bool:
    (found,) = site.parts.catalog.subscribers.find(address)
    return found.left_at is not None


def join(site: Site, address: str = "ed@example.org") -> str:
    """The address in the invitation to the first of their subscriptions."""
    first, *_ = site.parts.catalog.subscribers.find(address)
    return f"/j/{make_token(Purpose.JOIN, first.id, 0, site.parts.secrets[0])}"


def test_an_old_link_shows_one_button_and_no_address(site: Site) -> None:
    page = site.client.get(OLD)

    assert (page.status_code, page.text.count("<button")) == (200, 1)
    assert "cy@" not in page.text


def test_an_old_link_that_ends_several_subscriptions_names_them_and_says_no_hour(site: Site) -> None:
    several = tuple(a_subscription("gus@example.org", name) for name in ("foxes", "hens"))
    gus = Newcomer(email="gus@example.org", subscriptions=several, links=(("foxes", uuid_of(6)), ("hens", uuid_of(6))), uuid=uuid_of(6))
    site.parts.catalog.intake.take([gus], NOON)

    page = site.client.get(f"/subscription/{CAMPAIGN}/{uuid_of(6)}").text

    assert "<p>This ends <strong>foxes, hens</strong>.</p>" in page


def test_scanners_that_follow_old_links_and_invitations_change_nothing(site: Site, tmp_path: Path) -> None:
    before = stored(tmp_path)

    answers = [site.client.request(method, address).status_code for method in ("GET", "HEAD") * 3 for address in (OLD, join(site))]

    assert answers == [200] * 12
    assert stored(tmp_path) == before


@pytest.mark.parametrize("form", [{"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": (None, "One-Click")}}, {}])
def test_a_post_to_an_old_link_unsubscribes_however_often_it_comes(site: Site, form: dict[str, object]) -> None:
    answers = [site.client.post(OLD.upper().replace("SUBSCRIPTION", "subscription"), **form) for _ in range(3)]  # type: ignore[arg-type]  # three forms

    assert [answer.status_code for answer in answers] == [200] * 3
    assert "You are unsubscribed" in answers[0].text
    assert left(site, "cy@example.org")
    assert not left(site, "ana@example.org")


@pytest.mark.parametrize(("removed", "statuses", "begun"), [("main", [200, 200], ["hens"]), (None, [404, 404], [])])
def test_the_button_begins_what_is_left_of_an_invitation_of_which_the_operator_removed_something(
    site: Site, removed: str | None, statuses: list[int], begun: list[str]
) -> None:
    ed = Subscriber(email="ed@example.org", status=SubscriberStatus.PENDING)
    hens = replace(a_subscription("ed@example.org", "hens"), subscriber=ed)
    site.parts.catalog.intake.take([Newcomer(email="ed@example.org", subscriptions=(hens,))], NOON)
    link = join(site)
    site.parts.catalog.subscribers.remove("ed@example.org", removed, NOON)

    pages = [site.client.get(link), site.client.post(link)]

    assert [page.status_code for page in pages] == statuses
    assert ["hens" in page.text for page in pages] == [bool(begun)] * 2
    going_on = site.parts.catalog.subscribers.these(site.parts.catalog.subscribers.active_ids(NOON))
    assert [one.name for one in going_on if one.subscriber.email == "ed@example.org"] == begun


def test_an_invitation_to_what_the_configuration_no_longer_names_offers_nothing(site: Site) -> None:
    link = join(site)
    (main,) = site.parts.catalog.subscribers.find("ed@example.org")
    site.parts.catalog.subscribers.remove("ed@example.org", None, NOON)
    site.parts.catalog.subscribers.adopt([replace(main, configured=True)], NOON)
    site.parts.catalog.subscribers.adopt([], NOON)

    assert [page.status_code for page in (site.client.get(link), site.client.post(link))] == [404, 404]


def test_who_had_left_before_hears_so(site: Site) -> None:
    page = site.client.get(f"/subscription/{CAMPAIGN}/{DI}")

    assert (page.status_code, "You are unsubscribed" in page.text, "<button" in page.text) == (200, True, False)
    assert site.client.post(f"/subscription/{CAMPAIGN}/{DI}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [f"/subscription/{CAMPAIGN}/{uuid_of(5)}", f"/subscription/{CAMPAIGN}/1", f"/subscription/x/{CY}", "/subscription/optin/x", "/j/AAAA"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_links_are_all_answered_alike(site: Site, path: str, method: str) -> None:
    assert told(site.client.request(method, path)) == told(site.client.request(method, "/u/nothing"))


def test_a_yes_by_its_page_begins_the_letters_with_consent(site: Site) -> None:
    asked = site.client.get(join(site))
    answers = [site.client.post(join(site)) for _ in range(2)]

    assert (asked.text.count("<button"), "ed@" in asked.text) == (1, False)
    assert "</strong> would come every day at 07:00" in asked.text
    assert [("You get these letters" in answer.text, answer.status_code) for answer in answers] == [(True, 200)] * 2
    (ed,) = site.parts.catalog.subscribers.find("ed@example.org")
    assert (ed.subscriber.status, ed.consented_at, ed.consent_origin) == (SubscriberStatus.ACTIVE, NOON, "invitation, by its page")


def test_a_yes_after_leaving_brings_nothing_back(site: Site) -> None:
    (ed,) = site.parts.catalog.subscribers.find("ed@example.org")
    site.parts.catalog.subscribers.add(a_subscription("ed@example.org", "mornings"), NOON)
    site.parts.catalog.subscribers.leave(ed.id, NOON)

    answer = site.client.post(join(site))

    assert "You unsubscribed from these letters" in answer.text
    assert "mornings" not in answer.text
    assert site.parts.catalog.subscribers.by_id(ed.id).left_at == NOON


def test_who_left_all_that_they_were_invited_to_is_told_so(site: Site) -> None:
    (ed,) = site.parts.catalog.subscribers.find("ed@example.org")
    link = join(site)
    site.parts.catalog.subscribers.leave(ed.id, NOON)

    assert "You unsubscribed from these letters" in site.client.get(link).text


def test_a_yes_of_an_address_that_nothing_is_sent_to_is_not_asked_for(site: Site) -> None:
    site.parts.catalog.suppressions.add("ed@example.org", SuppressionReason.OPERATOR, NOON, "")
    bounced = Subscriber(email="fi@example.org", status=SubscriberStatus.BOUNCING)
    site.parts.catalog.subscribers.add(replace(a_subscription("fi@example.org"), subscriber=bounced), NOON)

    pages = [site.client.get(join(site, address)).text for address in ("ed@example.org", "fi@example.org")]

    assert [("You unsubscribed from these letters" in page, "<button" in page) for page in pages] == [(True, False)] * 2


def test_an_invitation_names_all_that_a_yes_begins_and_nothing_that_its_reader_left(site: Site) -> None:
    readers = site.parts.catalog.subscribers
    for name in ("mornings", "nights"):
        added = readers.add(a_subscription("ed@example.org", name), NOON)
    readers.leave(added.id, NOON)

    page = site.client.get(join(site)).text

    assert "mornings</strong> would come on its days." in page
    assert "nights" not in page


def test_a_letters_token_is_no_yes(site: Site) -> None:
    assert site.client.post(f"/j/{site.token}").status_code == 404


def test_many_readers_of_one_campaign_do_not_use_up_each_others_turns(site: Site) -> None:
    others = [site.client.get(f"/subscription/{CAMPAIGN}/{uuid_of(number)}").status_code for number in range(100, 300)]

    answer = site.client.post(OLD)

    assert set(others) == {404}
    assert (answer.status_code, left(site, "cy@example.org")) == (200, True)
