"""Tokens: what was signed is read back, everything else is refused alike."""

from __future__ import annotations

import string
from base64 import urlsafe_b64encode
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import TokenError
from digest.tokens import Claim, Purpose, make_token, read_token

OLD, NEW = b"o" * 32, b"n" * 32
ALPHABET = string.ascii_letters + string.digits + "-_"
IDS = st.integers(min_value=0, max_value=2**64 - 1)


def is_refused(text: str, purpose: Purpose = Purpose.LETTER, secrets: tuple[bytes, ...] = (NEW,)) -> bool:
    with pytest.raises(TokenError) as caught:
        read_token(text, purpose, secrets)
    return str(caught.value) == "this link is not valid"


@given(IDS, IDS, st.sampled_from(Purpose))
def test_a_token_says_what_was_put_into_it(subscription: int, issue: int, purpose: Purpose) -> None:
    assert read_token(make_token(purpose, subscription, issue, NEW), purpose, (NEW,)) == Claim(subscription, issue)


@given(IDS, IDS, st.sampled_from(Purpose))
def test_a_token_stands_in_a_link_and_in_a_subject_as_it_is(subscription: int, issue: int, purpose: Purpose) -> None:
    token = make_token(purpose, subscription, issue, NEW)

    assert set(token) <= set(ALPHABET)
    assert token[0].isalnum()
    assert token[-1].isalnum()
    assert len(token) <= 51


def test_a_token_of_a_small_site_is_short() -> None:
    assert len(make_token(Purpose.LETTER, 12, 3456, NEW)) == 28


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.data())
def test_a_token_with_one_character_changed_is_refused(subscription: int, issue: int, data: st.DataObject) -> None:
    token = make_token(Purpose.LETTER, subscription, issue, NEW)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[place]))

    assert is_refused(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("issue", [7, 700, 70_000], ids=["26 bytes", "27 bytes", "28 bytes"])
def test_no_character_at_any_place_can_be_another(issue: int) -> None:
    token = make_token(Purpose.LETTER, 5, issue, NEW)

    changed = [token[:i] + c + token[i + 1 :] for i in range(len(token)) for c in ALPHABET + "=+/ \n\x00é" if c != token[i]]

    assert all(is_refused(text) for text in changed)


@given(st.text(max_size=80))
def test_what_nobody_signed_is_refused(text: str) -> None:
    assert is_refused(text)


def test_what_is_no_text_at_all_is_refused() -> None:
    assert is_refused("\ud800")  # what stands for an octet that is none of UTF-8


def test_a_cut_or_lengthened_token_is_refused() -> None:
    token = make_token(Purpose.LETTER, 5, 7, NEW)

    assert all(is_refused(token[:n]) for n in range(len(token)))
    assert all(is_refused(token + end) for end in ("A", "=", "==", " ", "\n", token))
    assert is_refused(" " + token)


def test_a_token_for_another_purpose_is_refused() -> None:
    assert is_refused(make_token(Purpose.PREFERENCES, 5, 7, NEW), Purpose.LETTER)
    assert is_refused(make_token(Purpose.LETTER, 5, 7, NEW), Purpose.PREFERENCES)


@pytest.mark.parametrize(
    ("purpose", "token"),
    [
        (Purpose.LETTER, "AYwbgJmGr2kGt1WasArQ-YeP6wZs"),
        (Purpose.PREFERENCES, "AYwbgKUoS5shDjb-3BEofuKmzJFw"),
        (Purpose.JOIN, "AYwbgBBYN5HZpKV7sqClfz2-_09q"),
        (Purpose.BOUNCE, "aggbxaf4y3anyuag2cvyjai"),
    ],
)
def test_the_links_of_a_letter_that_was_sent_years_ago_still_work(purpose: Purpose, token: str) -> None:
    assert read_token(token, purpose, (OLD,)) == Claim(12, 3456)


def test_an_old_secret_still_opens_the_tokens_it_signed() -> None:
    token = make_token(Purpose.LETTER, 5, 7, OLD)

    assert read_token(token, Purpose.LETTER, (NEW, OLD)) == Claim(5, 7)
    assert read_token(token, Purpose.LETTER, (OLD, NEW)) == Claim(5, 7)
    assert is_refused(token, secrets=(NEW,))
    assert is_refused(token, secrets=())


def test_a_letter_that_only_looks_like_one_is_no_other_spelling_of_a_bounce_token() -> None:
    token = make_token(Purpose.BOUNCE, 20, 20, NEW)

    assert "k" in token
    assert is_refused(token.replace("k", "\N{KELVIN SIGN}"), Purpose.BOUNCE)


@pytest.mark.parametrize("value", [-1, 2**64])
def test_an_id_beyond_64_bits_is_a_mistake_of_the_caller(value: int) -> None:
    with pytest.raises(ValueError, match=f"an id cannot be {value}"):
        make_token(Purpose.LETTER, value, 7, NEW)


# --- preferences ------------------------------------------------------------------------------------------------------


@given(IDS, IDS, st.dates(min_value=date(2020, 1, 1), max_value=date(2199, 12, 31)))
def test_a_token_for_preferences_says_until_when_it_is_good(subscription: int, issue: int, last_day: date) -> None:
    token = make_token(Purpose.PREFERENCES, subscription, issue, NEW, last_day=last_day)

    assert read_token(token, Purpose.PREFERENCES, (NEW,)) == Claim(subscription, issue, last_day)
    assert len(token) <= 55


def test_a_link_that_was_made_by_a_clock_of_1971_has_expired() -> None:
    token = make_token(Purpose.PREFERENCES, 5, 7, NEW, last_day=date(1971, 2, 15))

    assert read_token(token, Purpose.PREFERENCES, (NEW,)).last_day == date(2020, 1, 1)


def test_nobody_can_put_off_the_last_day_of_a_token() -> None:
    today, later = (make_token(Purpose.PREFERENCES, 5, 7, NEW, last_day=date(2026, 11, day)) for day in (24, 25))

    changed = [today[:i] + later[i] + today[i + 1 :] for i in range(len(today)) if today[i] != later[i]]

    assert all(is_refused(text, Purpose.PREFERENCES) for text in changed)


def test_a_token_for_preferences_with_a_last_day_is_no_letter_s() -> None:
    assert is_refused(make_token(Purpose.PREFERENCES, 5, 7, NEW, last_day=date(2026, 11, 24)), Purpose.LETTER)


def test_a_last_day_beyond_the_calendar_is_refused_as_all_else_is() -> None:
    ids = b"\x01\x85\x87" + bytes([0x01, 0x00, 0x00, 0x00, 0x00, 0x80])
    text = urlsafe_b64encode(ids + bytes(16) + b"p").rstrip(b"=").decode()

    assert is_refused(text, Purpose.PREFERENCES)
