"""The same refusal again and again: held until it is clear whom it blames, then the mailbox or nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.catalog import Catalog
from digest.delivery import Reply, Stage
from digest.delivery.suspicion import HELD_REASON, HELD_RETRY_DELAY, KEPT_RETRY_DELAY, Finding, Held, Suspicion
from digest.delivery.wording import impersonal, likeness
from digest.model import DeliveryStatus
from tests.fates import began, settled

from .builders import NOON
from .catalog_rooms import published

OK = Reply(250, "2.0.0 queued as 4Rc5yC3Kz1z9s", Stage.DOT)
BUSY = Reply(451, "4.3.0 try again later", Stage.RCPT)
LOST = Reply(0, "no reply: the server closed the connection", Stage.DOT)
FULL = Reply(552, "5.2.2 mailbox full", Stage.RCPT)


def spam(number: int) -> Reply:
    return Reply(554, f"5.7.1 <reader{number}@example.org>: rejected as spam, id 4Rc5yC3Kz1z9{number}", Stage.DOT)


def heard(suspicion: Suspicion, number: int, reply: Reply, before: str | None = None) -> Finding:
    return suspicion.heard(number, f"reader{number}@example.org", reply, before=before)


def refused_by_all(suspicion: Suspicion, *numbers: int) -> list[Finding]:
    return [heard(suspicion, number, spam(number)) for number in numbers]


def ids(held: Sequence[Held]) -> list[int]:
    return [one.delivery for one in held]


def test_a_refusal_is_held_until_the_next_letter_is_accepted() -> None:
    suspicion = Suspicion()

    first, second = heard(suspicion, 1, spam(1)), heard(suspicion, 2, OK)

    assert (first.is_held, first.refused, first.stops) == (True, (), False)
    assert (second.is_held, ids(second.refused), second.kept) == (False, [1], ())


def test_another_refusal_makes_the_first_one_stand() -> None:
    suspicion = Suspicion()
    heard(suspicion, 1, spam(1))

    second = heard(suspicion, 2, FULL)

    assert (second.is_held, ids(second.refused), ids(suspicion.ended().refused)) == (True, [1], [2])


def test_one_reader_in_three_spellings_is_not_three_that_are_refused() -> None:
    suspicion = Suspicion()

    for number, name in enumerate(("ana", "Ana", "ANA")):
        suspicion.heard(number, f"{name}@example.org", FULL)

    assert not suspicion.is_suspicious


def test_the_third_refusal_alike_asks_for_a_pause_and_one_more_letter() -> None:
    suspicion = Suspicion()

    suspected = [(heard(suspicion, n, spam(n)).stops, suspicion.is_suspicious) for n in (1, 2, 3)]

    assert suspected == [(False, False), (False, False), (False, True)]


def test_three_letters_of_one_reader_are_no_three_readers() -> None:
    suspicion = Suspicion()

    stops = [suspicion.heard(n, address, spam(1)).stops for n, address in enumerate(("bo@example.org", "bo@example.org", "Bo@example.org"))]

    assert (stops, suspicion.is_suspicious) == ([False] * 3, False)


def test_refused_once_more_after_the_pause_nobody_is_blamed_and_the_batch_stops() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)

    fourth = heard(suspicion, 4, spam(4))

    assert (fourth.stops, ids(fourth.kept), fourth.refused, fourth.is_held) == (True, [1, 2, 3, 4], (), False)
    assert suspicion.ended() == Finding()


def test_accepted_after_the_pause_the_refusals_stand_and_the_batch_goes_on() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)

    fourth = heard(suspicion, 4, OK)

    assert (fourth.stops, ids(fourth.refused), suspicion.is_suspicious) == (False, [1, 2, 3], False)


def test_refused_with_other_words_after_the_pause_the_refusals_stand() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)

    fourth = heard(suspicion, 4, FULL)

    assert (fourth.stops, ids(fourth.refused), fourth.is_held, suspicion.is_suspicious) == (False, [1, 2, 3], True, False)


@pytest.mark.parametrize("nothing_told", [BUSY, LOST])
def test_a_letter_that_asked_and_learned_nothing_is_followed_by_another(nothing_told: Reply) -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)
    again, asks_on = heard(suspicion, 4, nothing_told), suspicion.is_suspicious
    offered_anew = heard(suspicion, 4, spam(4))
    suspicion.probe_with(5)

    assert (again, asks_on) == (Finding(), True)
    assert offered_anew == Finding(is_held=True)
    assert heard(suspicion, 5, spam(5)).stops


def test_a_second_letter_of_a_refused_reader_tells_nothing() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(9)

    again = suspicion.heard(9, "reader3@example.org", spam(3))

    assert (again.stops, again.is_held, suspicion.is_suspicious) == (False, True, True)


def test_a_second_letter_of_a_refused_reader_in_other_capitals_tells_nothing_either() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(9)

    assert not suspicion.heard(9, "Reader3@example.org", spam(3)).stops
    assert suspicion.is_suspicious


def test_a_letter_that_asks_stops_nothing_where_what_was_held_is_offered_anew() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)
    suspicion.claimed({1, 2})

    fourth = heard(suspicion, 4, spam(4))

    assert (fourth.stops, fourth.is_held, fourth.kept, suspicion.is_suspicious) == (False, True, (), False)


def test_what_is_put_off_in_between_breaks_no_row() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2)
    heard(suspicion, 7, BUSY)

    assert not heard(suspicion, 3, spam(3)).stops
    assert suspicion.is_suspicious


def test_what_other_connections_hear_meanwhile_is_held_too_and_does_not_answer() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(5)
    on_its_way = heard(suspicion, 4, spam(4))
    answer = heard(suspicion, 5, spam(5))
    late = heard(suspicion, 6, spam(6))

    assert (on_its_way.stops, on_its_way.is_held) == (False, True)
    assert (answer.stops, ids(answer.kept)) == (True, [1, 2, 3, 4, 5])
    assert (late.stops, ids(late.kept)) == (True, [6])


def test_a_letter_accepted_on_another_connection_lifts_the_suspicion() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)

    assert ids(heard(suspicion, 5, OK).refused) == [1, 2, 3]
    assert heard(suspicion, 4, spam(4)) == Finding(is_held=True)


def test_a_good_letter_to_ask_with_goes_to_another_domain_and_was_not_refused_alike() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)

    assert suspicion.is_good_probe("zoe@other.example.org")
    assert suspicion.is_good_probe("zoe@other.example.org", before="451 4.3.0 try again later")
    assert not suspicion.is_good_probe("zoe@Example.org")
    assert not suspicion.is_good_probe("zoe@other.example.org", before="554 5.7.1 <zoe@other.example.org>: rejected as spam, id 99X")


def test_a_letter_refused_alike_in_capitals_is_no_good_one_to_ask_with() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)

    assert not suspicion.is_good_probe("zoe@other.example.org", before="554 5.7.1 <zoe@other.example.org>: Rejected as SPAM, id 99X")


def test_too_few_to_be_suspicious_of_stand_at_the_end() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2)

    assert suspicion.ended() == Finding(refused=(Held(1, "reader1@example.org", spam(1)), Held(2, "reader2@example.org", spam(2))))


def test_three_alike_and_nobody_left_to_ask_blame_nobody_where_nothing_was_accepted() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)

    end = suspicion.ended()

    assert (end.stops, ids(end.kept), end.refused) == (True, [1, 2, 3], ())


def test_three_alike_and_nobody_left_to_ask_stand_where_the_server_took_a_letter_before() -> None:
    suspicion = Suspicion()
    heard(suspicion, 9, OK)
    refused_by_all(suspicion, 1, 2, 3)

    assert ids(suspicion.ended().refused) == [1, 2, 3]


def test_a_batch_cut_short_before_the_answer_blames_nobody() -> None:
    suspicion = Suspicion()
    heard(suspicion, 9, OK)
    refused_by_all(suspicion, 1, 2, 3)

    assert ids(suspicion.ended(is_cut_short=True).kept) == [1, 2, 3]


def test_who_is_refused_alike_hours_later_while_others_are_accepted_is_not_kept_for_ever() -> None:
    suspicion = Suspicion()
    heard(suspicion, 9, OK)

    again = [heard(suspicion, n, spam(n), before=f"554 5.7.1 <reader{n}@example.org>: rejected as spam, id 12{n}") for n in (1, 2, 3, 4)]

    assert [(h.stops, ids(h.refused)) for h in again] == [(False, [n]) for n in (1, 2, 3, 4)]


def test_who_was_refused_otherwise_before_is_not_blamed_at_once() -> None:
    suspicion = Suspicion()
    heard(suspicion, 9, OK)

    again = heard(suspicion, 1, spam(1), before=str(FULL))

    assert (again.is_held, again.refused) == (True, ())


def test_who_was_refused_alike_before_is_not_blamed_while_others_are_refused_alike_now() -> None:
    suspicion = Suspicion()
    heard(suspicion, 9, OK)
    refused_by_all(suspicion, 1, 2)

    third = heard(suspicion, 3, spam(3), before="554 5.7.1 <reader3@example.org>: rejected as spam, id 123")

    assert (third.stops, third.is_held, third.refused, suspicion.is_suspicious) == (False, True, (), True)


NAMING = Reply(550, "5.7.1 we want nothing of digest@example.org", Stage.RCPT)
ASKS, STOPS = (False, True), (True, True)


def named(suspicion: Suspicion, number: int, recipient: str = "") -> tuple[bool, bool]:
    """Whether the batch stops, and whether another letter is to ask."""
    stops = suspicion.named(number, recipient or f"reader{number}@example.org", NAMING)
    return stops, suspicion.is_suspicious


def test_another_letter_of_whose_refusal_names_us_confirms_nothing() -> None:
    suspicion = Suspicion()

    steps = [named(suspicion, n, who) for n, who in enumerate(("bo@example.org", "Bo@example.org", "cy@example.org"))]

    assert steps == [ASKS, ASKS, STOPS]


def test_a_letter_on_its_way_whose_refusal_names_us_leaves_the_answer_to_the_one_that_asks() -> None:
    suspicion = Suspicion()
    named(suspicion, 1, "bo@example.org")
    suspicion.probe_with(4)

    assert named(suspicion, 2, "bo@example.org") == ASKS
    assert heard(suspicion, 4, spam(4)).stops


def test_another_letter_of_the_reader_who_is_asked_about_for_the_third_time_stops_nothing() -> None:
    suspicion = Suspicion()

    steps = [(named(suspicion, n), heard(suspicion, 10 + n, OK).stops) for n in range(2)]

    assert steps == [(ASKS, False)] * 2
    assert (named(suspicion, 2), named(suspicion, 3, "reader2@example.org")) == (ASKS, ASKS)


def test_a_good_letter_to_ask_with_whether_all_are_refused_by_our_name_was_not_so_before() -> None:
    suspicion = Suspicion()
    named(suspicion, 1)

    assert suspicion.is_good_probe("zoe@other.example.org")
    assert not suspicion.is_good_probe("zoe@other.example.org", before=str(NAMING))
    assert not suspicion.is_good_probe("zoe@example.org")


def test_in_doubt_whether_a_refusal_that_names_us_is_ours_nobody_is_blamed_for_any_other() -> None:
    suspicion = Suspicion()
    heard(suspicion, 1, OK)
    named(suspicion, 2)

    others = [heard(suspicion, 3, spam(3), before=str(spam(3))), heard(suspicion, 4, FULL), heard(suspicion, 5, spam(5)), suspicion.ended()]

    assert ([one.refused for one in others], ids(others[-1].kept)) == ([()] * 4, [3, 4, 5])


def test_a_server_that_refuses_a_part_of_our_letters_by_our_name_is_asked_three_times() -> None:
    suspicion = Suspicion()

    steps = [(named(suspicion, n), heard(suspicion, 10 + n, OK).stops) for n in range(4)]

    assert steps == [(ASKS, False)] * 3 + [(STOPS, False)]


def test_the_operator_is_told_what_the_server_keeps_saying_without_addresses() -> None:
    suspicion = Suspicion()
    refused_by_all(suspicion, 1, 2, 3)
    suspicion.probe_with(4)
    heard(suspicion, 4, spam(4))

    assert suspicion.says == "554 5.7.1 …: rejected as spam, id …"


EVENTS = st.tuples(st.integers(0, 5), st.sampled_from(["ok", "busy", "spam", "full", "named"]), st.booleans())


@given(st.lists(EVENTS, max_size=40), st.booleans())
def test_every_refusal_is_settled_exactly_once_and_nothing_else_is(events: list[tuple[int, str, bool]], cut: bool) -> None:
    suspicion, is_doubted = Suspicion(), False
    settled: list[int] = []
    refusals = []
    for number, (reader, what, probe_with) in enumerate(events):
        reply = {"ok": OK, "busy": BUSY, "spam": spam(reader), "full": FULL, "named": NAMING}[what]
        if probe_with:
            suspicion.probe_with(number)
        is_doubted = what == "named" or (is_doubted and what != "ok")
        if what == "named":
            named(suspicion, number, f"reader{reader}@example.org")
            continue
        said = suspicion.heard(number, f"reader{reader}@example.org", reply)
        assert not (is_doubted and said.refused)
        refusals += [number] if what in ("spam", "full") else []
        settled += ids(said.refused) + ids(said.kept)
        assert said.is_held == (number in refusals and number not in settled)
        assert not (said.refused and said.kept)
    end = suspicion.ended(is_cut_short=cut)

    assert not (is_doubted and end.refused)
    assert sorted(settled + ids(end.refused) + ids(end.kept)) == refusals


# --- what replies have in common ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "recipient", "left"),
    [
        ("550 5.1.1 <bo@example.org>: Recipient address rejected", "bo@example.org", "550 5.1.1 …: Recipient address rejected"),
        ("550 5.1.1 o'brien@example.org is unknown", "o'brien@example.org", "550 5.1.1 … is unknown"),
        ("550 5.1.1 mary-jo@example.org is unknown", "jo@example.org", "550 5.1.1 … is unknown"),
        ("550 No such user 'bo' here", "bo@example.org", "550 No such user '…' here"),
        ("550-5.7.26 blocked. s5sm12197523qke.120 - gsmtp", "", "… blocked. … - gsmtp"),
        ("550 5.4.5 Daily quota exceeded. o65sm25351206pga.71 - gsmtp", "", "550 5.4.5 Daily quota exceeded. … - gsmtp"),
        ("451 4.7.1 try again in 300 seconds", "", "451 4.7.1 try again in … seconds"),
        ("554 5.7.1 see https://example.org/why?id=7 for bo@example.org", "", "554 5.7.1 see … for …"),
        (
            "550 5.7.1 refused [BN8NAM11FT003.eop-nam11.prod.protection.outlook.com 2026-11-23T07:00:00.000Z 08DE29]",
            "",
            "550 5.7.1 refused …",
        ),
        ("554 5.2.0 STOREDRV:SubmissionQuotaExceededException", "", "554 5.2.0 STOREDRV:SubmissionQuotaExceededException"),
        ("no reply: the server closed the connection", "bo@example.org", "no reply: the server closed the connection"),
    ],
)
def test_a_reply_without_what_points_to_one_letter(said: str, recipient: str, left: str) -> None:
    assert impersonal(said, recipient) == left


WORDS = ("user", "unknown", "rejected", "queue", "example")
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9).filter(lambda text: text not in WORDS)


@given(LETTERS, LETTERS, st.integers(1, 10**9), st.integers(1, 10**9))
def test_two_refusals_that_differ_in_reader_and_numbers_are_alike(one: str, other: str, first: int, second: int) -> None:
    def refusal(name: str, number: int) -> Reply:
        return Reply(550, f"5.1.1 <{name}@example.org>: rejected: user {name} unknown (queue id 4X{number})", Stage.RCPT)

    assert likeness(refusal(one, first), f"{one}@example.org") == likeness(refusal(other, second), f"{other}@example.org")


@given(st.text(max_size=300), st.emails())
def test_no_address_is_left(text: str, address: str) -> None:
    assert address not in impersonal(f"550 {text} {address} {text}", address)


# --- in the catalog -----------------------------------------------------------------------------------------------------

LEASE = timedelta(hours=2)
WORKER = "another-host:1:a"


def held_in(catalog: Catalog) -> tuple[Suspicion, Finding]:
    """Three letters refused alike and held, each settled as the module says, and the fourth on the wire."""
    published(catalog, *(f"reader{n}@example.org" for n in (1, 2, 3, 4)))
    suspicion = Suspicion()
    for letter in catalog.outbox.claim(NOON, WORKER, 4, LEASE):
        began(catalog.outbox, letter.id, NOON, WORKER)
        if letter.id < 4:
            last = heard(suspicion, letter.id, spam(letter.id))
            due = NOON + HELD_RETRY_DELAY
            settled(catalog.outbox, letter.id, DeliveryStatus.DEFERRED, NOON, str(spam(letter.id)), due, HELD_REASON, WORKER)
    suspicion.probe_with(4)
    return suspicion, last


def test_a_death_before_it_is_clear_loses_no_letter(catalog: Catalog) -> None:
    held_in(catalog)

    again = catalog.outbox.claim(NOON + HELD_RETRY_DELAY, WORKER, 10, LEASE)

    assert [letter.id for letter in again] == [1, 2, 3]


@pytest.mark.parametrize(("answer", "status"), [(OK, DeliveryStatus.REFUSED), (spam(4), DeliveryStatus.DEFERRED)])
def test_what_is_clear_at_last_is_settled_without_a_worker(catalog: Catalog, answer: Reply, status: DeliveryStatus) -> None:
    suspicion, _ = held_in(catalog)

    said = heard(suspicion, 4, answer)
    for one in (*said.refused, *said.kept):
        due = NOON + KEPT_RETRY_DELAY if one in said.kept else None
        settled(catalog.outbox, one.delivery, status, NOON, str(one.reply), due)

    assert catalog.outbox.counts()[status] == (3 if answer is OK else 4)
    assert catalog.outbox.claim(NOON + HELD_RETRY_DELAY, WORKER, 10, LEASE) == ()
