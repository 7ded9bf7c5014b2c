"""What strangers wrote, at the operator's terminal: shown, and never obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.cli.frame import LONG, print_json, print_json_list, print_table, tell
from digest.errors import SourceUnreachable

from .bounce_mails import a_report
from .command_line import digest_command, with_inbox

HOSTILE = '"\x1b]0;mine\x07\x1b[2J\u202e\x9b31m"@example.net'
SPELT_OUT = r'"\x1b]0;mine\x07\x1b[2J\u202e\x9b31m"@example.net'


@pytest.fixture(autouse=True)
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """click takes colours out of what is printed elsewhere, and hides with them what this is about."""
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)


@pytest.mark.parametrize("rows", [1, LONG + 1])
def test_a_table_spells_out_what_would_command_a_terminal(rows: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["address"], [[HOSTILE]] * rows)

    printed = capsys.readouterr().out
    assert printed.count(SPELT_OUT) == rows
    assert printed.replace("\n", "").isprintable()


def test_so_does_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    tell(SourceUnreachable("mx\x1b[2J\udcff", "421 \x1b]0;mine\x07\rgone", hint="ask\x9bthem"))

    assert capsys.readouterr().err == "digest: mx\\x1b[2J\\udcff: 421 \\x1b]0;mine\\x07\\rgone\n  → ask\\x9bthem\n"


def test_json_reads_back_as_it_was_and_commands_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    said = {"address": f"{HOSTILE}\udcff"}
    print_json(said)
    alone = capsys.readouterr().out
    print_json_list([said])
    listed = capsys.readouterr().out

    assert (json.loads(alone), json.loads(listed)) == (said, [said])
    assert (alone + listed).replace("\n", "").isprintable()


def test_a_forged_report_commands_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = digest_command(with_inbox(tmp_path), capsys)
    mail = tmp_path / "mail.eml"
    mail.write_bytes(a_report(recipient=HOSTILE))

    done, as_json = run("bounces", str(mail)), run("bounces", "--json", str(mail))

    assert SPELT_OUT in done.out.replace("\n", "")
    assert (done.out + done.err + as_json.out + as_json.err).replace("\n", "").isprintable()
    assert json.loads(as_json.out)["recipients"][0]["address"] == HOSTILE
