"""Envelope senders that say whose letter a bounce was: made, read back, and left out where they would be for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.addresses import mailbox
from digest.delivery.verp import Verp, decided, delivery_of, own_sender, why_useless
from digest.tokens import Claim, Purpose, make_token

OLD, NEW = b"o" * 32, b"n" * 32
IDS = st.integers(min_value=0, max_value=2**40)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@given(IDS, IDS, st.sampled_from(["digest@example.org", "digest+bounces@example.org", "d@xn--bcher-kva.example", "ána@example.org"]))
def test_a_sender_is_an_address_and_says_whose_letter_it_was(subscription: int, issue: int, bounces: str) -> None:
    sender = own_sender(bounces, subscription, issue, NEW)

    assert str(mailbox(sender)) == sender
    assert sender.startswith(bounces.partition("@")[0] + "+")
    assert len(sender.partition("@")[0].encode()) <= 64
    assert delivery_of(sender, (NEW,)) == Claim(subscription, issue)


def test_a_sender_of_a_small_site_is_short_and_the_same_each_time() -> None:
    sender = own_sender("bounces@example.org", 12, 3456, NEW)

    assert len(sender) == len("bounces@example.org") + 1 + 23
    assert sender == own_sender("bounces@example.org", 12, 3456, NEW)
    assert sender != own_sender("bounces@example.org", 12, 3457, NEW)


@pytest.mark.parametrize("change", [str.upper, str.title, str.swapcase, "<{}>".format, " {}\n".format])
def test_what_servers_do_to_an_address_does_no_harm(change: object) -> None:
    assert delivery_of(change(own_sender("Bounces@example.org", 5, 7, NEW)), (NEW,)) == Claim(5, 7)  # type: ignore[operator]


def test_a_quoted_local_part_is_read() -> None:
    local, _, domain = own_sender("bounces@example.org", 5, 7, NEW).partition("@")

    assert delivery_of(f'<"{local}"@{domain}>', (NEW,)) == Claim(5, 7)


@given(IDS, IDS, st.data())
def test_a_sender_with_one_letter_changed_is_nobodys(subscription: int, issue: int, data: st.DataObject) -> None:
    token = make_token(Purpose.BOUNCE, subscription, issue, NEW)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET + "01-_é\u212a").filter(lambda c: c != token[place]))

    assert delivery_of(f"bounces+{token[:place]}{other}{token[place + 1 :]}@example.org", (NEW,)) is None


@pytest.mark.parametrize("address", ["", "@", "+", "+@", "b@example.org", "b+@example.org", "b+x@example.org", "a+" + "a" * 5000])
def test_what_nobody_signed_is_nobodys(address: str) -> None:
    assert delivery_of(address, (NEW,)) is None


@given(st.text(max_size=100))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert delivery_of(text, (NEW, OLD)) is None
    assert delivery_of(f"a+{text}@example.org", (NEW, OLD)) is None


def test_a_cut_or_lengthened_token_is_nobodys() -> None:
    token = make_token(Purpose.BOUNCE, 5, 7, NEW)

    assert [n for n in range(len(token)) if delivery_of(f"b+{token[:n]}@example.org", (NEW,))] == []
    assert delivery_of(f"b+{token}a@example.org", (NEW,)) is None
    assert delivery_of(f"b+{token}=@example.org", (NEW,)) is None


def test_the_token_of_a_link_is_no_sender_and_the_other_way_round() -> None:
    assert delivery_of(f"b+{make_token(Purpose.LETTER, 5, 7, NEW)}@example.org", (NEW,)) is None


def test_an_old_secret_still_reads_the_senders_it_signed() -> None:
    sender = own_sender("bounces@example.org", 5, 7, OLD)

    assert delivery_of(sender, (NEW, OLD)) == Claim(5, 7)
    assert delivery_of(sender, (NEW,)) is None


def test_an_address_without_room_for_a_token_stays_as_it_is() -> None:
    long = "b" * 50 + "@example.org"

    assert own_sender(long, 5, 7, NEW) == long


# --- whether ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "host", "verp"),
    [
        (True, "smtp.gmail.com", Verp.ALWAYS),
        (False, "mail.example.org", Verp.OFF),
        ("auto", "mail.example.org", Verp.TRIED),
        ("auto", "smtp.gmail.com", Verp.OFF),
        ("auto", "SMTP.GMAIL.COM.", Verp.OFF),
        ("auto", "smtp.office365.com", Verp.OFF),
        ("auto", "smtp-mail.outlook.com", Verp.OFF),
        ("auto", "smtp.mail.yahoo.com", Verp.OFF),
        ("auto", "smtp.mail.me.com", Verp.OFF),
        ("auto", "notgmx.net.example.org", Verp.TRIED),
        ("auto", "smtp.notoutlook.com", Verp.TRIED),
        ("auto", "127.0.0.1", Verp.TRIED),
    ],
)
def test_what_the_setting_comes_to(wanted: bool | str, host: str, verp: Verp) -> None:
    assert decided(wanted, host) is verp


def test_the_reason_is_known() -> None:
    assert why_useless("smtp.gmail.com") == "puts the account's own address in its place"
    assert why_useless("mail.example.org") == ""


def test_ids_of_seven_digits_have_room_behind_34_octets() -> None:
    sender = own_sender("b" * 34 + "@example.org", 2_000_000, 9_999_999, NEW)

    assert len(sender.partition("@")[0]) == 64
    assert own_sender("b" * 35 + "@example.org", 2_000_000, 9_999_999, NEW) == "b" * 35 + "@example.org"
