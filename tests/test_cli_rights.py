"""`digest subscribers about`, `forget` and `suppress`: what a person may ask for, through the real command line."""

from __future__ import annotations

import email
import re
import sqlite3
from contextlib import closing
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.catalog import Library, open_catalog
from digest.model import Changes, Edition, Reference

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import a_draft, papers_in
from .command_line import NOWHERE, SENDER, Run, digest_command, with_inbox

ANA, BO = "ana@example.org", "bo@example.org"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_inbox(tmp_path)


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TZ", "UTC")
    return digest_command(folder, capsys)


@pytest.fixture
def known(run: Run, folder: Path) -> Run:
    """Ana has a profile, a library, feedback and a letter, and mailed a command; Bo has a letter too."""
    for address in (ANA, BO):
        run("subscribers", "add", address, "--topic", "the secret habits of foxes", "--at", "07:00")
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "Foxes of the north")), NOON)
        (ana,) = catalog.subscribers.find(ANA)
        kept = catalog.libraries.keep(Library(subscription=ana.id, address="import:refs.bib"))
        entry = Reference(entry="smith", title="A book of dens", ids=("doi:10.1/dens",))
        catalog.libraries.record(kept.id, Changes(references=(entry,)), NOON)
    run("run")
    run("feedback", "add", ANA, "more", "2611.00002")
    for number, address in enumerate((ANA, BO)):
        (folder / "mail" / "new" / str(number)).write_bytes(command_of(folder, address).as_bytes())
    (folder / "mail" / "new" / "9").write_bytes(f"From: {ANA}\nSubject: Dinner?\n\nAt eight?\n".encode())
    return run


def command_of(folder: Path, address: str) -> EmailMessage:
    """The mail that the letter's link to *more* makes."""
    (letter,) = (folder / "out").glob(f"{address.partition('@')[0]}_*.eml")
    body = email.message_from_bytes(letter.read_bytes(), policy=default).get_body(("plain",))
    assert body is not None
    link = next(link for link in re.findall(r"mailto:\S+", body.get_content()) if "?subject=more" in link)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = address, "digest@example.org", parse_qs(urlsplit(link).query)["subject"][0]
    mail.set_content("Please send this mail as it is.")
    return mail


def rows_left(folder: Path) -> dict[str, int]:
    """How many rows each table of readers has."""
    tables = ("subscribers", "subscriptions", "issues", "deliveries", "seen", "feedback", "libraries", "library_entries", "library_names")
    connection = sqlite3.connect(folder / "digest.db")
    try:
        return {table: connection.execute(f"select count(*) from {table}").fetchone()[0] for table in tables}
    finally:
        connection.close()


def test_about_tells_everything_known_of_one_person(known: Run) -> None:
    told = known("subscribers", "about", ANA.upper().replace("EXAMPLE.ORG", "example.org"), "--json").json

    assert told["subscriber"]["email"] == ANA
    assert told["subscriptions"][0]["profile"]["interests"][0]["topics"] == ["the secret habits of foxes"]
    assert told["subscriptions"][0]["consent_origin"] == "a command"
    assert told["subscriptions"][0]["consented_at"] == "2026-11-23T12:00:00+00:00"
    assert [(one["kind"], one["title"]) for one in told["feedback"]] == [("more", "Foxes of the north")]
    assert [(one["title"], one["names"]) for one in told["libraries"][0]["entries"]] == [("A book of dens", ["doi:10.1/dens"])]
    assert [one["letter_status"] for one in told["issues"]] == ["sent"]
    assert [pick["title"] for pick in told["issues"][0]["picks"]] == ["Foxes of the north"]
    assert [one["paper_key"] for one in told["papers_shown"]] == ["arxiv:2611.00002"]
    assert told["suppressions"] == []


def test_about_a_stranger_there_is_nothing(run: Run) -> None:
    assert run("subscribers", "about", "nobody@example.org").status == 1


def test_forget_erases_a_reader_to_the_last_byte_and_leaves_the_others(known: Run, folder: Path) -> None:
    before = rows_left(folder)

    done = known("subscribers", "forget", ANA, "--yes", "--json")

    assert done.json["erased"] == {
        "subscriber": 1, "subscriptions": 1, "issues": 1, "papers shown": 1, "feedback": 1,
        "libraries": 1, "entries of libraries": 1, "papers of theirs alone": 1,
        "letters in the folder": 1, "mails in the inbox": 1,
    }  # fmt: skip
    assert before["subscribers"] == 2
    assert rows_left(folder) == {
        "subscribers": 1, "subscriptions": 1, "issues": 1, "deliveries": 1, "seen": 1,
        "feedback": 0, "libraries": 0, "library_entries": 0, "library_names": 0,
    }  # fmt: skip
    left = [path.read_bytes() for path in folder.glob("digest.db*")]
    assert [name for name in (ANA, "refs.bib", "book of dens") if any(name.encode() in data for data in left)] == []
    assert sorted(path.name for path in (folder / "mail" / "new").iterdir()) == ["1", "9"]
    assert [path.name.partition("_")[0] for path in (folder / "out").iterdir()] == ["bo"]


def test_forget_finds_a_mailed_command_in_a_mail_of_any_size(known: Run, folder: Path) -> None:
    with (folder / "mail" / "new" / "0").open("ab") as mail:
        mail.truncate(10_000_000_000)  # a hole: it takes no room on the disk

    done = known("subscribers", "forget", ANA, "--yes", "--json")

    assert done.json["erased"]["mails in the inbox"] == 1
    assert not (folder / "mail" / "new" / "0").exists()


def test_who_cannot_be_erased_from_the_inbox_is_not_erased_by_halves(known: Run, folder: Path) -> None:
    (folder / "mail" / "cur").rmdir()
    (folder / "mail" / "cur").symlink_to("cur")  # a folder that cannot be read, to root neither
    before = rows_left(folder)

    done = known("subscribers", "forget", ANA, "--yes")

    assert (done.status, rows_left(folder)) == (1, before)
    assert "mail: cannot be read: too many levels of symbolic links" in done.err
    assert "let this user read and write it; then try again" in done.err


def test_a_mail_that_waits_stays_where_somebody_cannot_be_forgotten(known: Run, folder: Path) -> None:
    (folder / "out").rename(folder / "sent")
    (folder / "out").symlink_to("out")

    done = known("subscribers", "forget", ANA, "--yes")

    assert (done.status, "out: cannot be read" in done.err) == (1, True)
    assert sorted(path.name for path in (folder / "mail" / "new").iterdir()) == ["0", "1", "9"]


@pytest.mark.parametrize("place", ["mail/new/2", "out/one.eml"])
def test_nobody_is_erased_while_a_mail_or_letter_cannot_be_read_that_may_be_theirs(known: Run, folder: Path, place: str) -> None:
    (folder / place).symlink_to("/proc/self/mem")  # answers as a broken disk does
    before = rows_left(folder)

    done = known("subscribers", "forget", ANA, "--yes")

    assert (done.status, rows_left(folder)) == (1, before)
    assert f"{folder / place}: cannot be read: input/output error\n  → look at the disk" in done.err


def test_forget_erases_the_letters_to_an_address_that_somebody_had_before(known: Run, folder: Path) -> None:
    known("subscribers", "move", ANA, "new@example.org")

    done = known("subscribers", "forget", "new@example.org", "--yes", "--json")

    assert done.json["erased"]["letters in the folder"] == 1
    assert [path.name.partition("_")[0] for path in (folder / "out").iterdir()] == ["bo"]


def test_forget_erases_a_letter_without_a_token_by_its_address_and_no_file_of_another_kind(known: Run, folder: Path) -> None:
    for name in ("test.eml", "notes.txt"):
        (folder / "out" / name).write_bytes(f"To: Ana <{ANA.upper()}>\r\nSubject: A test\r\n\r\nHello.\r\n".encode())

    known("subscribers", "forget", ANA, "--yes")

    assert sorted(path.name.partition("_")[0] for path in (folder / "out").iterdir()) == ["bo", "notes.txt"]


def test_forget_erases_letters_that_were_written_into_a_folder_before_a_server_took_them(known: Run, folder: Path) -> None:
    configuration = folder / "config.toml"
    changed = configuration.read_text().replace('transport = "folder"', 'transport = "smtp"')
    configuration.write_text(changed + '[smtp]\nhost = "127.0.0.1"\n')

    done = known("subscribers", "forget", ANA, "--yes", "--json")

    assert done.json["erased"]["letters in the folder"] == 1
    assert [path.name.partition("_")[0] for path in (folder / "out").iterdir()] == ["bo"]


def test_forgetting_again_says_so(known: Run) -> None:
    known("subscribers", "forget", ANA, "--yes")

    again = known("subscribers", "forget", ANA, "--yes")

    assert again.status == 0
    assert f"nothing was known about {ANA}; the suppression list has its hash since 2026-11-23 (forgotten)" in again.err


def test_who_was_forgotten_does_not_come_back_by_a_list_or_a_command(known: Run, folder: Path) -> None:
    known("subscribers", "forget", ANA, "--yes")
    (folder / "people.csv").write_text(f"email,topics\n{ANA},foxes\n")

    imported = known("subscribers", "import", str(folder / "people.csv"), "--json").json
    added = known("subscribers", "add", ANA, "--topic", "foxes")

    assert (imported["added"], [one["why"] for one in imported["refused"]]) == (0, ["on the suppression list (forgotten)"])
    assert added.status == 2
    assert [one["reason"] for one in known("subscribers", "suppress", "--json").json] == ["forgotten"]


def test_forgetting_the_first_reader_of_an_edition_leaves_its_papers_to_the_others(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        edition = Edition(name="trending")
        wanted = [a_subscription(f"{name}@example.org", "t", edition=edition) for name in ("ana", "bo", "cy")]
        readers = [catalog.subscribers.add(one, NOON) for one in wanted]
        papers = papers_in(catalog, 1, 2)
        made = catalog.issues.publish([a_draft(reader, *papers) for reader in readers], NOON)

        catalog.rights.forget(ANA, NOON)

        shown = [[pick.paper.key for pick in catalog.issues.load(issue.id).picks] for issue in made[1:]]
    assert shown == [["arxiv:2611.00001", "arxiv:2611.00002"]] * 2


def test_a_reader_of_the_configuration_is_taken_out_of_the_file_first(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(SENDER + NOWHERE + f'[[subscribers]]\naddress = "{ANA}"\ntopics = ["foxes"]\n')

    refused = run("subscribers", "forget", ANA, "--yes")

    assert refused.status == 2
    assert "take it out of config.toml, then forget it" in refused.err


def test_a_dry_run_and_a_missing_yes_erase_nothing(known: Run, folder: Path) -> None:
    before = rows_left(folder)

    dry = known("subscribers", "forget", ANA, "--dry-run")
    unknown = known("subscribers", "forget", "nobody@example.org", "--dry-run")
    refused = known("subscribers", "forget", ANA)

    assert "would erase: subscriber (1), subscriptions (1)" in dry.err
    assert (unknown.status, unknown.err) == (0, "nothing is known about nobody@example.org\n")
    assert (refused.status, rows_left(folder)) == (2, before)


def test_an_address_is_put_on_the_list_and_taken_off_by_command(run: Run) -> None:
    run("subscribers", "suppress", ANA)
    refused = run("subscribers", "add", ANA, "--topic", "foxes", "--dry-run")
    again = run("subscribers", "suppress", ANA)

    rehearsed = run("subscribers", "suppress", ANA, "--lift", "--dry-run")
    lifted = run("subscribers", "suppress", ANA, "--lift")

    assert rehearsed.status == 0
    assert run("subscribers", "suppress", ANA, "--lift", "--dry-run").status == 1
    assert (refused.status, lifted.status) == (2, 0)
    assert "was on the suppression list already (operator, 2026-11-23)" in again.err
    assert run("subscribers", "suppress", ANA, "--lift").status == 1
    assert run("subscribers", "add", ANA, "--topic", "foxes").status == 0


def test_what_became_of_an_address_on_the_list_is_told_as_json(run: Run) -> None:
    def told(*options: str) -> tuple[bool, str | None]:
        said = run("subscribers", "suppress", ANA, "--json", *options).json
        assert said["address"] == ANA
        return said["suppressed"], said["suppressed_before"] and said["suppressed_before"]["reason"]

    assert told("--dry-run") == (False, None)
    assert told() == (True, None)
    assert told() == (True, "operator")
    assert told("--lift", "--dry-run") == (True, "operator")
    assert told("--lift") == (False, "operator")


def test_a_rehearsed_lift_names_no_next_command(run: Run) -> None:
    run("subscribers", "suppress", ANA)

    assert "next:" not in run("subscribers", "suppress", ANA, "--lift", "--dry-run").err
    assert f"next: digest subscribers add {ANA}" in run("subscribers", "suppress", ANA, "--lift").err


def test_what_would_be_erased_is_told_as_json_too(known: Run) -> None:
    dry = known("subscribers", "forget", ANA, "--dry-run", "--json").json

    assert (dry["address"], dry["would_erase"]["subscriptions"], dry["would_erase"]["feedback"]) == (ANA, 1, 1)


def test_a_run_names_a_suppressed_reader_of_the_configuration(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(SENDER + NOWHERE + f'[[subscribers]]\naddress = "{ANA}"\ntopics = ["foxes"]\n')
    run("subscribers", "suppress", ANA)

    told = run("run").err

    assert f"{ANA}: the configuration names it, and the suppression list too (operator), so nothing goes there" in told


def test_what_somebody_else_reads_while_it_is_erased_is_told_and_gone_the_next_time(tmp_path: Path) -> None:
    database = tmp_path / "digest.db"
    with open_catalog(str(database), patience=0.1) as catalog:
        catalog.subscribers.add(a_subscription(ANA), NOON)
        with closing(sqlite3.connect(database, isolation_level=None)) as backup:
            backup.execute("begin")
            backup.execute("select count(*) from subscribers").fetchall()
            first = catalog.rights.forget(ANA, NOON)
        second = catalog.rights.forget(ANA, NOON)

        traces = [path.name for path in tmp_path.iterdir() if ANA.encode() in path.read_bytes()]

    assert (first.lingers, second.lingers, traces) == (True, False, [])


def test_who_is_taken_off_the_list_and_has_a_subscription_is_not_to_be_added_again(known: Run) -> None:
    for address in (ANA, "cy@example.org"):
        known("subscribers", "suppress", address)

    lifted = [known("subscribers", "suppress", address, "--lift").err.strip() for address in (ANA, "cy@example.org")]

    assert lifted == [
        f"{ANA} is off the suppression list; next: digest subscribers show {ANA}",
        "cy@example.org is off the suppression list; next: digest subscribers add cy@example.org",
    ]


def test_no_test_letter_goes_to_who_left_or_is_suppressed(run: Run, folder: Path) -> None:
    readers = "".join(f'[[subscribers]]\naddress = "{name}@example.org"\ntopics = ["foxes"]\n' for name in ("ana", "bo", "ci"))
    (folder / "config.toml").write_text((folder / "config.toml").read_text() + readers)
    before = run("test-mail", "--dry-run").err
    run("subscribers", "suppress", ANA)
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.subscribers.leave(catalog.subscribers.find("bo@example.org")[0].id, NOON)

    after, named = run("test-mail", "--dry-run").err, run("test-mail", "--to", ANA)

    assert (before, after) == (f"would send a test letter to {ANA}\n", "would send a test letter to ci@example.org\n")
    assert (named.status, "the suppression list names it" in named.err) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("subscribers", "forget", "", "--yes"),
        ("subscribers", "suppress", ""),
        ("subscribers", "edit", ANA, "--at", ""),
        ("subscribers", "edit", ANA, "--zone", ""),
        ("test-mail", "--to", "", "--dry-run"),
        ("init", "--yes", "--force", "--address", "", "--folder", "out", "--dry-run"),
        ("init", "--yes", "--force", "--address", ANA, "--smtp-host", "", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_variable_of_a_script_that_is_empty_is_no_address_and_no_hour(arguments: tuple[str, ...], run: Run) -> None:
    run("subscribers", "add", ANA, "--topic", "foxes")

    done = run(*arguments)

    assert (done.status, done.out) == (2, "")
    assert "'' is not " in done.err
