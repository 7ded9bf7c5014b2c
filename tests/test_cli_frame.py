"""What every verb shares: exit statuses, what goes to stdout and what to stderr, and times."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path, PosixPath
from typing import Any, NoReturn

import click
import pytest

from digest.cli import digest
from digest.cli.frame import clock, guarded, now_option, print_json, print_json_list, print_table, shrunk, write_whole, writing
from digest.errors import CatalogError, ConfigurationError, NotFound, SourceUnreachable, UsageError

from .command_line import NOWHERE, SENDER, with_inbox
from .forge import Forge


def raising(error: Exception) -> click.Command:
    """A command that fails in that way."""

    @click.command()
    @click.option("--debug", is_flag=True)
    def fail(debug: bool) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x", "no such subscriber"), 1),
        (SourceUnreachable("x", "no answer"), 1),
        (ConfigurationError("x", "no"), 2),
        (UsageError("x", "no"), 2),
        (CatalogError("x", "no"), 2),
        (click.UsageError("no"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_the_exit_status_says_what_kind_of_failure_it_was(error: Exception, status: int) -> None:
    assert guarded(raising(error), []) == status


def test_an_error_is_two_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(NotFound("bo@example.org", "no such subscriber", hint="known: ana@example.org")), [])

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "digest: bo@example.org: no such subscriber\n  → known: ana@example.org\n"


def test_a_bug_is_not_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        guarded(raising(ZeroDivisionError()), [])


def test_a_file_that_this_user_may_not_reach_is_told_in_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    status = guarded(raising(PermissionError(errno.EACCES, "Permission denied", "closed/digest.db")), [])

    assert status == 2
    assert capsys.readouterr().err == (
        "digest: closed/digest.db: permission denied\n  → let this user reach it, or run as the user whose it is\n"
    )


INIT = ("init", "--yes", "--address", "ana@example.org", "--password-file", "secret", "--dry-run")


@pytest.mark.parametrize(
    "line",
    [
        ("status", "--json", "--markdown"),
        ("saved", "ana@example.org", "--json", "--bib"),
        ("subscribers", "suppress", "--lift"),
        ("doctor", "--offline", "--sources"),
        ("doctor", "--offline", "--resolver", "192.0.2.1"),
        ("doctor", "--offline", "--sends-from", "192.0.2.1"),
        (*INIT, "--preset", "gmail", "--smtp-port", "25"),
        (*INIT, "--preset", "gmail", "--security", "tls"),
        (*INIT, "--smtp-host", "mail.example.org"),
    ],
)
def test_no_option_is_ignored_beside_another(line: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    (tmp_path / "secret").write_text("secret")
    if line[0] != "init":
        config.write_text(SENDER + NOWHERE)

    status = guarded(digest, ["--config", str(config), *(str(tmp_path / word) if word == "secret" else word for word in line)])

    assert (status, capsys.readouterr().err.count("\n")) == (2, 2)


def test_debug_shows_the_whole_trace() -> None:
    code = (
        "import sys, click\n"
        "from digest.cli.frame import guarded\n"
        "from digest.errors import NotFound\n"
        "@click.command()\n"
        "@click.option('--debug', is_flag=True)\n"
        "def fail(debug): raise NotFound('x', 'no')\n"
        "guarded(fail, ['--debug'])\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "Traceback" in done.stderr
    assert "NotFound: x: no" in done.stderr


def test_an_unknown_verb_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(digest, ["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [("subscribers", "add"), ("subscribers", "show"), ("explain", "2611.00001"), ("search",), ()])
def test_an_argument_that_is_no_text_is_a_usage_error(verb: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(digest, ["--config", str(with_inbox(tmp_path) / "config.toml"), *verb, os.fsdecode(b"\xff@example.org")]) == 2
    assert capsys.readouterr().err.startswith(r"digest: '\xff@example.org' is not UTF-8")


def test_a_misspelt_verb_is_told_with_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(digest, ["subscibers", "list"]) == 2
    assert "No such command 'subscibers'. Did you mean 'subscribers'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--config", "{}", "status", "--json"],
        ["status", "--config", "{}", "--json"],
        ["status", "--json", "--config={}"],
        ["sources", "list", "--json", "--debug", "--config", "{}"],
    ],
)
def test_options_of_all_verbs_may_stand_before_the_verb_or_behind_it(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_inbox(tmp_path) / "config.toml"

    status = guarded(digest, [argument.format(path) for argument in arguments])

    assert (status, json.loads(capsys.readouterr().out) is not None) == (0, True)


def test_config_without_a_path_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(digest, ["status", "--config"]) == 2
    assert "Option '--config' requires an argument" in capsys.readouterr().err


def test_what_follows_two_dashes_is_no_option(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = with_inbox(tmp_path) / "config.toml"

    assert guarded(digest, ["--config", str(path), "search", "--json", "--", "--config"]) == 1  # nothing is near that
    assert json.loads(capsys.readouterr().out) == []


def test_an_option_that_nobody_has_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(digest, ["run", "--nonsense"])

    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize("group", ["dkim", "subscribers", "feedback", "sources", "themes", "models", "outbox", "state"])
def test_no_verb_is_cut_off_in_the_list_of_its_group(
    group: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    guarded(digest, [group, "--help"])
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()

    assert listed
    assert [line for line in listed if line.endswith("...")] == []


def test_the_version_and_help_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert (guarded(digest, ["--version"]), guarded(digest, ["--help"])) == (0, 0)
    assert "digest, version" in capsys.readouterr().out


def test_an_unreadable_configuration_is_told_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[sender]\nform = "digest@example.org"\n')

    status = guarded(digest, ["--config", str(config), "subscribers", "list"])

    assert status == 2
    assert capsys.readouterr().err == (
        f"digest: {config}:2: [sender] form: there is no setting 'form'\n  → did you mean 'from'?\n"
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-11-23T07:00:00+01:00", datetime(2026, 11, 23, 6, tzinfo=UTC)),
        ("2026-11-23T07:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_now_is_a_moment_in_utc(given: str, meant: datetime) -> None:
    heard: list[datetime] = []

    @click.command()
    @now_option
    def listen(now: datetime | None) -> None:
        heard.append(clock(now))

    guarded(listen, ["--now", given])

    assert heard == [meant]


@pytest.mark.parametrize("given", ["yesterday", "0001-01-01T00:00+14:00", "0001-01-01", "9999-12-31T23:59:59"])
def test_a_time_that_nobody_works_at_is_a_usage_error(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(digest, ["subscribers", "list", "--now", given]) == 2
    assert f"{given!r} is not a date and time" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["outbox retry", "outbox cancel", "outbox list --limit", "feedback undo"])
def test_a_number_that_no_catalog_holds_is_a_usage_error(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)

    assert guarded(digest, ["--config", str(tmp_path / "config.toml"), *verb.split(), "99999999999999999999"]) == 2
    assert "99999999999999999999 is not in the range" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["outbox retry", "outbox list --limit", "feedback undo", "search x --limit", "serve --port"])
def test_a_word_where_a_number_is_wanted_is_told_as_no_number(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(digest, [*verb.split(), "abc"]) == 2
    assert "'abc' is not a valid integer.\n" in capsys.readouterr().err


def test_the_clock_is_aware_and_in_utc() -> None:
    assert clock(None).tzinfo is UTC


def test_json_keeps_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "Größe", "made": datetime(2026, 11, 23, tzinfo=UTC)})

    out = capsys.readouterr().out
    assert "Größe" in out
    assert json.loads(out)["made"] == "2026-11-23T00:00:00+00:00"


def test_a_table_takes_mark_up_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["title"], [["[bold]On foxes[/bold] [link=https://example.org]"], [None]])

    out = capsys.readouterr().out
    assert "[bold]On foxes[/bold] [link=https://example.org]" in out
    assert "None" not in out


def test_a_narrow_table_cuts_nothing_off(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["address", "subscription"], [[f"{'a' * 90}@example.org", "b" * 90]])

    out = capsys.readouterr().out
    assert "…" not in out
    assert (out.count("a"), out.count("b")) == (1 + 90 + 1, 1 + 90)  # of the headings, and of the cells


def test_no_line_of_a_table_that_goes_into_a_file_ends_in_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["title", "key"], [["On Foxes", "x:1"], ["On Hounds, at Greater Length", ""]])

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert [line for line in lines if "On" in line] == [" On Foxes                       x:1", " On Hounds, at Greater Length"]


def test_no_address_and_no_word_of_a_table_is_broken_where_the_terminal_has_room_for_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    row = ["dora@example.org", "trending", "uncertainty of models; hallucination +2", "daily 07:00 Europe/Berlin", "active", "a command"]

    print_table(["address", "name", "what", "when", "state", "from"], [row])

    out = capsys.readouterr().out
    assert [word for word in " ".join(row).split() if word not in out] == []
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines())) <= 80


def test_the_widest_column_is_narrowed_down_to_its_longest_word_and_then_the_next() -> None:
    columns = [("key", "sample:0001"), ("what", "five words of a title"), ("when", "daily Europe/Berlin")]

    assert shrunk(columns, 60) == [11, 21, 19]
    assert shrunk(columns, 40) == [11, 14, 15]
    assert shrunk(columns, 29) == [11, 5, 13]
    assert shrunk(columns, 28) == [None, None, None]


def test_after_a_question_that_was_answered_with_no_no_line_is_left_empty(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def remove() -> None:
        raise click.Abort  # as `click.confirm` does

    assert guarded(remove, []) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    code = (
        "import sys, click\n"
        "from digest.cli.frame import guarded\n"
        "@click.command()\n"
        "def talk():\n"
        "    for n in range(30_000): click.echo(n)\n"
        "sys.exit(guarded(talk, []))\n"
    )

    done = subprocess.run(f"{sys.executable} -c '{code}' 2>err | head -1", shell=True, cwd=tmp_path, capture_output=True, text=True)

    assert done.stdout == "0\n"
    assert "Traceback" not in (tmp_path / "err").read_text()


SAID = ["click.echo('a paper')", "click.echo(b'a paper')", "print_table(['paper'], [['On Foxes']])", "print_json([1])", "print(1)"]


@pytest.mark.parametrize("said", [*SAID, "sys.stdout.buffer.write(b'a paper')"])
def test_who_reads_no_further_has_got_what_they_asked_for(said: str) -> None:
    assert unread(f"{said}; return 0") == (0, b"")


@pytest.mark.parametrize("said", SAID)
def test_what_failed_is_told_also_where_nobody_reads_what_was_asked_for(said: str) -> None:
    assert unread(f"{said}; say('failed: arxiv'); return 1") == (1, b"failed: arxiv\n")


def test_a_pipe_that_is_not_stdout_and_breaks_is_a_failure() -> None:
    assert unread("raise BrokenPipeError(32, 'Broken pipe')")[0] == 1


def test_who_reads_no_further_of_a_letter_without_addresses_has_got_what_they_asked_for() -> None:
    masked = "from digest.cli.masking import Masked; sys.stdout = Masked(sys.stdout)"
    assert unread("sys.stdout.buffer.write(b'a paper ' * 9_000 + b'.\\n'); return 0", masked) == (0, b"")


def unread(body: str, first: str = "") -> tuple[int, bytes]:
    """The exit status and stderr of a verb that does that, whose stdout nobody reads."""
    verb = f"import click, sys\nfrom digest.cli.frame import *\n{first}\n@click.command()\ndef verb(): {body}\nsys.exit(guarded(verb, []))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", verb], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    return done.returncode, done.stderr


def test_debug_keeps_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(ConfigurationError("config.toml:3", "no", hint="yes")), ["--debug"]) == 2

    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert printed.endswith("digest: config.toml:3: no\n  → yes\n")


@pytest.mark.parametrize(("option", "closed"), [("", ">&-"), ("", "2>&-"), ("--mask-addresses", "<&- >&- 2>&-")])
def test_a_stream_that_is_closed_keeps_nothing_from_being_done(tmp_path: Path, forge: Forge, option: str, closed: str) -> None:
    transport = '[delivery]\ntransport = "folder"\nfolder = "sent"\n'
    (tmp_path / "config.toml").write_text(f'[sender]\nfrom = "digest@example.org"\n{transport}[[sources]]\nkind = "arxiv"\npaused = true\n')
    # One of them starts as for people.
    program = f"{sys.executable} -m digest" if option else forge.command
    lines = [f"{program} {option} {verb} {closed}" for verb in ("run", "doctor --offline")]

    done = [subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True) for line in lines]

    assert [one.returncode for one in done] == [0, 0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_behind_stdout_is_told_in_two_lines(tmp_path: Path, forge: Forge) -> None:
    with Path("/dev/full").open("w") as full:
        done = forge.start(tmp_path, "themes", "list", stdout=full.fileno()).ended()

    assert (done.status, done.err.count("\n"), "make room" in done.err) == (1, 2, True)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (errno.EIO, "look at the disk; the system's log (dmesg) says what is wrong with it"),
        (errno.EMFILE, "let this user have more files open (ulimit -n)"),
        (errno.ENFILE, "end other programs: the machine has too many files open"),
    ],
)
def test_what_the_machine_itself_fails_at_is_told_in_two_lines(code: int, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = guarded(raising(OSError(code, "Why", "people.csv")), [])

    assert (status, capsys.readouterr().err) == (1, f"digest: people.csv: why\n  → {hint}\n")


UNREADABLE = "/proc/self/mem"
"""Reading at its beginning is answered as a broken disk answers (EIO)."""


@pytest.mark.skipif(not Path(UNREADABLE).exists(), reason="there is no /proc")
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("subscribers import PATH --confirmed", 2, "mem: cannot be read: input/output error"),
        ("state load --from PATH --key-file key", 1, f"{UNREADABLE}: cannot be read: input/output error"),
        ("--config PATH status", 2, f"{UNREADABLE}: cannot be read: input/output error"),
        ("sources try PATH --kind feed", 1, f"{UNREADABLE}: cannot be read: Input/output error"),
    ],
)
def test_a_file_that_breaks_off_while_it_is_read_is_told_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, status: int, said: str
) -> None:
    (tmp_path / "key").write_text("A" * 44)
    words = [{"PATH": UNREADABLE, "key": str(tmp_path / "key")}.get(word, word) for word in line.split()]
    config = [] if "--config" in words else ["--config", str(with_inbox(tmp_path) / "config.toml")]

    assert guarded(digest, [*config, *words]) == status

    assert capsys.readouterr().err.splitlines() == [
        f"digest: {said}",
        "  → look at the disk; the system's log (dmesg) says what is wrong with it",
    ]


@pytest.mark.parametrize(
    ("number", "first"),
    [
        (errno.ENOSPC, "make room on the disk"),
        (errno.EROFS, "let this process write there: the disk, or what a service sees of it (ReadWritePaths), is read-only"),
        (errno.ENOMEM, "end other programs: the machine has no memory left"),
    ],
)
def test_where_the_machine_itself_fails_the_hint_begins_with_that(tmp_path: Path, number: int, first: str) -> None:
    with pytest.raises(UsageError) as caught, writing(tmp_path / "a.pem", "name another file: --out FILE"):
        raise OSError(number, os.strerror(number))

    assert caught.value.hint == f"{first}, or name another file: --out FILE"


def test_a_table_of_thousands_has_each_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [[number, "漢字", "long " * 40, None] for number in range(1_001)]

    print_table(["number", "script", "what", ""], rows)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1_003
    assert lines[0] == " number   script   what"
    assert lines[1].startswith(" ------   ------   -----")
    assert lines[-1] == f" 1000     漢字     {'long ' * 40}".rstrip()


@pytest.mark.parametrize("values", [[], [{}], [{"a": [1, "two\n\nlines"], "b": None}, "é", []]])
def test_a_list_that_is_printed_one_by_one_looks_as_if_it_were_printed_at_once(
    values: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    print_json(values)
    at_once = capsys.readouterr().out

    print_json_list(iter(values))

    assert capsys.readouterr().out == at_once


class _Mounted(PosixPath):
    """A path of which a file is a mount of its own: nothing takes its place (rename(2), EBUSY)."""

    def replace(self, target: Any) -> NoReturn:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def test_a_file_that_is_mounted_by_itself_is_written_into(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text("what was there before\n")

    size = write_whole(_Mounted(tmp_path / "all.jsonl"), [b"one\n", b"two\n"])

    assert (size, (tmp_path / "all.jsonl").read_text()) == (8, "one\ntwo\n")
    assert [path.name for path in tmp_path.iterdir()] == ["all.jsonl"]


def test_what_a_run_left_behind_that_was_killed_while_it_wrote_stops_nobody(tmp_path: Path) -> None:
    """In a container all have the same process number."""
    (tmp_path / f".all.jsonl.{os.getpid()}").write_text("on")

    assert write_whole(tmp_path / "all.jsonl", [b"one\n"]) == 4
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_was_left_half_written_is_cleared_by_the_next_who_writes_the_file_once_it_is_old(tmp_path: Path) -> None:
    new, *old = (f".all.jsonl.{ending}" for ending in ("digest-new_5678", "digest-old_5678", "digest-of-last-year", "original"))
    for name in (new, *old):
        (tmp_path / name).write_text("half")
    (tmp_path / ".all.jsonl.digest-settings" / "mine").mkdir(parents=True)
    for name in (*old, ".all.jsonl.digest-settings"):
        os.utime(tmp_path / name, (0, 0))

    write_whole(tmp_path / "all.jsonl", [b"one\n"])

    kept = ("digest-new_5678", "digest-of-last-year", "digest-settings", "original")
    assert sorted(path.name for path in tmp_path.iterdir()) == [*(f".all.jsonl.{ending}" for ending in kept), "all.jsonl"]


def test_what_the_terminal_has_no_letters_for_is_spelt_out(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[sender]\nfrom = "digest@example.org"\n[[subscribers]]\naddress = "ana@example.org"\ntopics = ["Füchse → Städte"]\n'
    )
    command = [sys.executable, "-m", "digest", "subscribers", "list"]

    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False)

    assert "Füchse \\u2192 Städte".encode("latin-1") in done.stdout
    assert (done.returncode, done.stderr) == (0, b"")


FOXES = '[sender]\nfrom = "digest@example.org"\n[[subscribers]]\naddress = "ana@example.org"\ntopics = ["Füchse 🦊 → Städte"]\n'


def in_latin_1(folder: Path, *words: str) -> bytes:
    """What a verb prints in a terminal of one octet a letter."""
    (folder / "config.toml").write_text(FOXES)
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    return subprocess.run([sys.executable, "-m", "digest", *words], cwd=folder, env=environment, capture_output=True, check=False).stdout


def test_json_reads_back_as_what_it_was_where_the_terminal_has_no_letters_for_it(tmp_path: Path) -> None:
    printed = in_latin_1(tmp_path, "subscribers", "list", "--json")

    assert json.loads(printed.decode("latin-1"))[0]["topics"] == ["Füchse 🦊 → Städte"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_is_exported_is_the_same_file_whatever_the_terminal_has_letters_for(tmp_path: Path, form: str) -> None:
    in_latin_1(tmp_path, "subscribers", "add", "bo@example.org", "--topic", "Füchse 🦊 → Städte")

    assert "Füchse 🦊 → Städte" in in_latin_1(tmp_path, "subscribers", "export", "--format", form).decode("utf-8")
