"""What somebody who waits for vectors is told."""

from __future__ import annotations

import io
import os
import pty

import pytest

from digest.cli.progress import run_shown, shown
from digest.delivery.tally import Tally
from digest.embedding import Progress
from digest.model import DeliveryStatus


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [(34.4, "34 seconds"), (99.0, "99 seconds"), (600.0, "10 minutes")],
)
def test_without_a_terminal_one_line_says_how_long_it_takes(capsys: pytest.CaptureFixture[str], seconds: float, spoken: str) -> None:
    with shown(io.StringIO()) as tell:
        tell(Progress(16, 2000, seconds))
        tell(Progress(32, 2000, seconds))

    assert capsys.readouterr().err == f"reading papers: 16 of 2000 done, about {spoken} to go; once read, they are kept\n"


def test_what_is_soon_done_is_not_announced(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(io.StringIO()) as tell:
        tell(Progress(1000, 2000, 9.0))
        tell(Progress(1500, 2000, 30.0))

    assert capsys.readouterr() == ("", "")


def test_at_a_terminal_there_is_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    main, side = pty.openpty()
    with os.fdopen(main, "rb", buffering=0) as screen, os.fdopen(side, "w") as terminal:
        with shown(terminal) as tell:
            tell(Progress(16, 2000, 100.0))
        os.write(terminal.fileno(), b"$")  # one read gives what was written so far, and that may be half a bar
        seen = b""
        while not seen.endswith(b"$"):
            seen += screen.read(10_000)

    assert b"reading papers" in seen
    assert b"16/2000" in seen
    assert capsys.readouterr() == ("", "")


def test_letters_are_not_shown_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with run_shown(io.StringIO()) as (_, letters):
        letters(a_tally())

    assert capsys.readouterr() == ("", "")


def test_at_a_terminal_the_letters_take_the_place_of_the_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    main, side = pty.openpty()
    with os.fdopen(main, "rb", buffering=0) as screen, os.fdopen(side, "w") as terminal:
        with run_shown(terminal) as (papers, letters):
            papers(Progress(16, 2000, 100.0))
            letters(a_tally())
        os.write(terminal.fileno(), b"$")
        seen = b""
        while not seen.endswith(b"$"):
            seen += screen.read(10_000)

    assert b"1 sent, 0 deferred, 1 failed" in seen
    assert b"2/40" in seen


def a_tally() -> Tally:
    tally = Tally(40)
    tally.settled(1, DeliveryStatus.SENT)
    tally.settled(2, DeliveryStatus.REFUSED, "550 no such user")
    return tally
