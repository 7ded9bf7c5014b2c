"""The table [dkim]: what it says, what it needs, and whose domain may sign for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.config import Dkim, Settings, parse
from digest.errors import ConfigurationError
from digest.wiring import signers
from tests.dkim_checks import pem_of


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name in ("r2026", "e2026"):
        (tmp_path / name).write_bytes(pem_of(name))
        (tmp_path / name).chmod(0o600)


def settings(folder: Path, dkim: str, sender: str = "digest@example.org") -> Settings:
    return parse(f'[sender]\nfrom = "{sender}"\n[dkim]\n{dkim}', folder / "config.toml", {})


def refusal(folder: Path, dkim: str, sender: str = "digest@example.org") -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        signers(settings(folder, dkim, sender))
    return caught.value


RSA = 'selector = "r2026"\nkey_file = "r2026"\n'
BOTH = f'{RSA}ed25519_selector = "e2026"\ned25519_key_file = "e2026"\n'


def test_one_key_is_enough_and_the_domain_is_the_senders(tmp_path: Path) -> None:
    read = settings(tmp_path, RSA)

    assert read.dkim == Dkim(domain="example.org", selector="r2026", key_file=tmp_path / "r2026")
    assert read.warnings == ()
    assert [(s.domain, s.selector, s.algorithm) for s in signers(read)] == [("example.org", "r2026", "rsa-sha256")]


def test_the_rsa_key_signs_first(tmp_path: Path) -> None:
    assert [s.algorithm for s in signers(settings(tmp_path, BOTH))] == ["rsa-sha256", "ed25519-sha256"]


@pytest.mark.parametrize("dkim", ["", 'selector = ""\n', 'domain = ""\nkey_file = ""\n'])
def test_a_table_that_says_nothing_signs_nothing(tmp_path: Path, dkim: str) -> None:
    assert settings(tmp_path, dkim).dkim is None
    assert signers(settings(tmp_path, dkim)) == ()


@pytest.mark.parametrize(
    ("dkim", "place", "message", "hint"),
    [
        ('selector = "r2026"\n', "config.toml:3: [dkim]", "'key_file' is missing", "digest dkim keygen"),
        ('key_file = "r2026"\n', "config.toml:3: [dkim]", "'selector' is missing", "digest dkim keygen"),
        ('domain = "example.org"\n', "config.toml:3: [dkim]", "'selector' is missing", "digest dkim keygen"),
        ('ed25519_selector = "e"\ned25519_key_file = "e2026"\n', "config.toml:3: [dkim]", "'selector' is missing", "know only RSA"),
        (f'{RSA}ed25519_selector = "e2026"\n', "config.toml:6: [dkim] ed25519_selector", "belong together", "keygen"),
        (f'{RSA}ed25519_selector = "R2026"\ned25519_key_file = "e2026"\n', "[dkim] ed25519_selector", "under one selector", "its own"),
        (f'{RSA}ed25519_selector = "e2026"\ned25519_key_file = "r2026"\n', "[dkim] ed25519_key_file", "one for rsa-sha256", "beside"),
        ('selector = "e2026"\nkey_file = "e2026"\n', "[dkim] key_file", "one for ed25519-sha256", "every receiver knows"),
        ('selector = "a b"\nkey_file = "r2026"\n', "config.toml:4: [dkim] selector", "'a b' is no selector", "letters, digits"),
        ('selector = "a;d=x"\nkey_file = "r2026"\n', "config.toml:4: [dkim] selector", "is no selector", "letters, digits"),
        ('selector = "r"\nkey_file = "nothing"\n', "config.toml:5: [dkim] key_file", "cannot be read", "folder"),
        (f'{RSA}domain = "localhost"\n', "config.toml:6: [dkim] domain", "'localhost' is no domain", "example.org"),
        (f'{RSA}domain = "evil.example"\n', "config.toml:6: [dkim] domain", "not the domain of 'digest@example.org'", "leave it out"),
        (f'{RSA}domain = "other.org"\n', "config.toml:6: [dkim] domain", "not take the signature for the sender's (DMARC)", "leave it out"),
    ],
)
def test_what_cannot_sign_is_an_error_with_its_place_and_a_cure(tmp_path: Path, dkim: str, place: str, message: str, hint: str) -> None:
    error = refusal(tmp_path, dkim)

    assert place in error.subject
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("domain", "sender", "warning"),
    [
        ("example.org", "digest@mail.example.org", None),
        ("mail.example.org", "digest@example.org", None),
        ("bücher.example", "digest@xn--bcher-kva.example", None),
        ("a.example.org", "digest@b.example.org", "[dkim] domain a.example.org and the sender's b.example.org count as one"),
    ],
)
def test_a_domain_signs_for_its_family(tmp_path: Path, domain: str, sender: str, warning: str | None) -> None:
    read = settings(tmp_path, f'{RSA}domain = "{domain}"\n', sender)

    assert [text.partition(" (DMARC)")[0] for text in read.warnings] == ([] if warning is None else [warning])


def test_a_key_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    (tmp_path / "e2026").chmod(0o640)

    assert settings(tmp_path, BOTH).warnings == (
        f"{tmp_path}/e2026 can be read by others on this machine: chmod 600 {tmp_path}/e2026",
    )


@pytest.mark.parametrize(
    ("bounces", "smtp", "warned"),
    [
        ("b" * 35, "", True),
        ("b" * 34, "", False),
        ("b" * 35, "verp = false\n", False),
    ],
)
def test_a_bounce_address_without_room_for_a_token_is_warned_about(bounces: str, smtp: str, warned: bool) -> None:
    sender = f'[sender]\nfrom = "digest@example.org"\nbounce_address = "{bounces}@example.org"\n'

    warnings = parse(f'{sender}[smtp]\nhost = "mail.example.org"\n{smtp}', "config.toml", {}).warnings

    assert ["has no room for a word that tells letters apart" in warning for warning in warnings] == [True] * warned


@pytest.mark.parametrize("content", [b"", b"hush\n", b"\xff\xfe"])
def test_a_file_that_holds_no_key_stops_a_run_before_it_begins(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r2026").write_bytes(content)

    error = refusal(tmp_path, RSA)

    assert error.subject == f"{tmp_path}/r2026"
    assert error.hint
