"""`digest dkim`, through the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.cli import digest
from digest.cli.frame import guarded
from digest.cli.trying import of_bounces
from digest.config import parse
from digest.delivery import dkim_keys
from digest.wiring import signers
from tests.command_line import SENDER, Done, Run, files_of_no_size
from tests.dkim_checks import verdicts
from tests.servers import SmtpSink


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)

    def call(*arguments: str) -> Done:
        return Done(guarded(digest, list(arguments)), *capsys.readouterr())

    return call


def test_a_key_is_made_for_its_owner_alone_with_its_record_and_the_lines_for_the_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SENDER)

    done = run("dkim", "keygen", "--selector", "d2026", "--out", "d.pem")

    assert done.status == 0
    assert (tmp_path / "d.pem").stat().st_mode & 0o777 == 0o600
    assert done.out.startswith("Name:   d2026._domainkey.example.org\nType:   TXT\nValue:  v=DKIM1; k=rsa; p=MII")
    assert 'd2026._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=' in done.out
    assert "dig +short TXT d2026._domainkey.example.org\n" in done.out
    assert "PRIVATE" not in done.out + done.err
    assert f'[dkim]\nselector = "d2026"\nkey_file = "{tmp_path}/d.pem"\n' in done.err


def test_what_keygen_says_to_write_is_what_signs_and_show_shows_the_same_records(run: Run, tmp_path: Path) -> None:
    first = run("dkim", "keygen", "--selector", "r1", "--domain", "example.org", "--out", "r.pem", "--json")
    second = run("dkim", "keygen", "--selector", "e1", "--domain", "example.org", "--out", "e.pem", "--json", "--ed25519")
    lines = [said.err.partition("[dkim]\n")[2] for said in (first, second)]
    (tmp_path / "config.toml").write_text(f"{SENDER}[dkim]\n{''.join(lines)}")

    shown = run("dkim", "show", "--json")

    assert shown.json == [*first.json, *second.json]
    assert [record["name"] for record in shown.json] == ["r1._domainkey.example.org", "e1._domainkey.example.org"]
    assert ["".join(record["strings"]) for record in shown.json] == [record["value"] for record in shown.json]
    assert [len(piece) for record in shown.json for piece in record["strings"]] == [255, 155, 66]
    read = parse((tmp_path / "config.toml").read_text(), tmp_path / "config.toml", {})
    assert [signer.selector for signer in signers(read)] == ["r1", "e1"]


def test_a_test_letter_is_signed(run: Run, tmp_path: Path) -> None:
    record = run("dkim", "keygen", "--selector", "r1", "--domain", "example.org", "--out", "r.pem", "--json").json[0]
    with SmtpSink() as sink:
        smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n'
        (tmp_path / "config.toml").write_text(f'{SENDER}{smtp}[dkim]\nselector = "r1"\nkey_file = "r.pem"\n')
        done = run("test-mail", "--to", "ana@example.org")

        assert done.status == 0, done.err
        assert verdicts(sink.messages[0].content, {record["name"]: record["value"]}) == [True]


def test_a_key_that_is_there_is_never_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d.pem").write_text("mine")

    done = run("dkim", "keygen", "--selector", "d2026", "--domain", "example.org", "--out", "d.pem")

    assert (done.status, done.out) == (2, "")
    assert "'d.pem' is there already" in done.err
    assert (tmp_path / "d.pem").read_text() == "mine"


def test_a_key_that_another_command_wrote_meanwhile_is_not_written_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_key(*, ed25519: bool) -> bytes:
        (tmp_path / "d.pem").write_text("mine")
        return b"another"

    monkeypatch.setattr(dkim_keys, "make_key", make_key)

    done = run("dkim", "keygen", "--selector", "d2026", "--domain", "example.org", "--out", "d.pem")

    assert (done.status, done.out) == (2, "")
    assert "'d.pem' is there already" in done.err
    assert (tmp_path / "d.pem").read_text() == "mine"


def test_no_half_of_a_key_is_left_where_a_full_disk_stopped_it(run: Run, tmp_path: Path) -> None:
    arguments = ("dkim", "keygen", "--selector", "d2026", "--domain", "example.org", "--out", "d.pem")

    with files_of_no_size():
        done = run(*arguments)
    left = [*tmp_path.iterdir()]
    again = run(*arguments)

    assert (done.status, done.out, left, again.status) == (2, "", [], 0)
    assert "d.pem: cannot be written: file too large" in done.err


def test_a_dry_run_makes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("dkim", "keygen", "--selector", "d2026", "--domain", "example.org", "--out", "d.pem", "--dry-run")

    assert (done.status, done.out, list(tmp_path.iterdir())) == (0, "", [])
    assert done.err == "would write a private key to d.pem, and print the record of d2026._domainkey.example.org\n"


def test_a_key_is_made_for_a_file_that_names_it_already_and_for_the_domain_that_it_signs_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'{SENDER}[dkim]\ndomain = "mail.example.org"\nselector = "d2026"\nkey_file = "d.pem"\n')

    done = run("dkim", "keygen", "--selector", "d2026", "--out", "d.pem", "--json")

    assert done.json[0]["name"] == "d2026._domainkey.mail.example.org"
    assert run("dkim", "show", "--json").json == done.json


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--selector", "a b", "--domain", "example.org", "--out", "x"), "--selector: 'a b' is no selector"),
        (("--selector", "a", "--domain", "example", "--out", "x"), "--domain: 'example' is no domain"),
        (("--selector", "a", "--out", "x"), "say it with --domain"),
        (("--selector", "a", "--domain", "example.org", "--out", "no/x"), "no/x: cannot be written: no such file or directory"),
    ],
)
def test_what_cannot_be_made_is_told_with_a_cure(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("dkim", "keygen", *arguments)

    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "→" in done.err


def test_show_without_a_key_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SENDER)

    done = run("dkim", "show")

    assert done.status == 2
    assert "write there what `digest dkim keygen` printed for it" in done.err


def test_a_test_letter_says_why_bounces_will_not_tell_letters_apart() -> None:
    def said(host: str, verp: str) -> str:
        return of_bounces(parse(f'{SENDER}[smtp]\nhost = "{host}"\nverp = {verp}\n', "config.toml", {}))

    why = "smtp.gmail.com puts the account's own address in its place"
    assert said("smtp.gmail.com", '"auto"') == f"letters have no sender address of their own: {why}"
    assert said("smtp.gmail.com", "true") == ""
    assert said("mail.example.org", '"auto"') == ""
