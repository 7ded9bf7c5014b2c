"""`digest bounces`, through the real command line, with reports about letters as they were sent."""

from __future__ import annotations

import email
import io
import json
import sys
from datetime import timedelta
from email.policy import default
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace

import pytest

from digest.catalog import Catalog, open_catalog
from digest.cli import digest
from digest.cli.frame import guarded
from digest.delivery.verp import own_sender
from digest.model import DeliveryStatus

from .bounce_mails import FOLDER, a_complaint, a_report
from .builders import NOON, a_batch, a_paper
from .command_line import MONDAY_NOON, Done, digest_command, with_inbox

ANA, BEN = "ana@example.org", "ben@example.org"
DAY = timedelta(days=1)
ANYTHING_ENDS_IT = "[bounces]\nthreshold = 0.5\n"


class House:
    """A folder with a configuration, two readers, and a letter a day to each."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.run = folder, digest_command(folder, capsys)
        self.days = 0

    def configure(self, lines: str) -> None:
        with (self.folder / "config.toml").open("a") as config:
            config.write(lines)

    def letter(self, reader: str = ANA) -> tuple[str, str]:
        """A new day's run; gives the letter's envelope sender and its header."""
        now = NOON + self.days * DAY
        self.days += 1
        with self._catalog() as catalog:
            paper = a_paper(f"arxiv:2611.{self.days:05}", f"Foxes of the north, part {self.days}")
            catalog.papers.record(a_batch(paper, on=now.date()), now)
        self.run("run", now=now.isoformat())
        with self._catalog() as catalog, catalog.reading() as connection:
            row = connection.exec_driver_sql(
                "select s.id, i.id, i.message_id from issues i join subscriptions s on s.id = i.subscription "
                "join subscribers r on r.id = s.subscriber where r.email = ? order by i.id desc limit 1",
                (reader,),
            ).one()
            secret = catalog.secrets()[0]
        (path,) = [p for p in (self.folder / "out").glob("*.eml") if str(row[2]) in p.read_text(errors="replace")]
        header = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode()
        return own_sender("digest@example.org", row[0], row[1], secret), header

    def bounce(self, *mails: bytes, now: str | None = None, more: tuple[str, ...] = ()) -> Done:
        """`digest bounces --json` of these mails as files."""
        paths = []
        for mail in mails:
            path = self.folder / f"mail-{len(list(self.folder.glob('mail-*')))}.eml"
            path.write_bytes(mail)
            paths.append(str(path))
        return self.run("bounces", "--json", *more, *paths, now=now or (NOON + self.days * DAY).isoformat())

    def state(self, reader: str = ANA) -> str:
        """What `subscribers list` says of a reader."""
        (row,) = [row for row in self.run("subscribers", "list", "--json").json if row["address"] == reader]
        return str(row["state"])

    def letters(self) -> dict[DeliveryStatus, int]:
        with self._catalog() as catalog:
            return {status: count for status, count in catalog.outbox.counts().items() if count}

    def _catalog(self) -> Catalog:
        return open_catalog(str(self.folder / "digest.db"))


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a folder before the first letter, to be copied."""
    folder = with_inbox(tmp_path_factory.mktemp("house"))
    for reader in (ANA, BEN):
        words = ["subscribers", "add", reader, "--topic", "foxes", "--at", "07:00", "--now", MONDAY_NOON]
        assert guarded(digest, ["--config", str(folder / "config.toml"), *words]) == 0
    return folder


@pytest.fixture
def house(furnished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("TZ", "UTC")
    copytree(furnished, tmp_path, dirs_exist_ok=True)
    return House(tmp_path, capsys)


def objects(done: Done) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_report_to_a_letters_own_sender_is_known_by_it(house: House) -> None:
    sender, _ = house.letter()

    done = house.bounce(a_report(to=sender))

    (one,) = objects(done)
    assert one["recipients"] == [{"address": ANA, "verdict": "hard", "status": "5.1.1", "attributed_by": "verp"}]
    assert (one["kind"], one["action"]) == ("bounce", "suppress")
    assert house.letters() == {DeliveryStatus.SENT: 1, DeliveryStatus.BOUNCED: 1}


def test_a_report_that_returns_the_letters_header_is_known_by_that(house: House) -> None:
    _, header = house.letter()

    done = house.bounce(a_report(returned=header))

    assert [r["attributed_by"] for one in objects(done) for r in one["recipients"]] == ["report"]  # type: ignore[attr-defined]  # of JSON


@pytest.mark.parametrize("keep", ["Message-ID", "List-Unsubscribe"])
def test_the_message_id_or_the_token_of_a_link_is_proof_alone(keep: str, house: House) -> None:
    _, header = house.letter()
    mail = email.message_from_string(header, policy=default)

    done = house.bounce(a_report(returned=f"{keep}: {mail[keep]}\n"))

    assert [r["attributed_by"] for one in objects(done) for r in one["recipients"]] == ["report"]  # type: ignore[attr-defined]  # of JSON


def test_three_days_of_unknown_user_end_it(house: House) -> None:
    for _ in range(3):
        sender, _ = house.letter()
        house.bounce(a_report(to=sender))

    assert "bounced" in house.state()
    assert house.state(BEN) != house.state()
    assert "bounced" in house.run("subscribers", "list").out
    assert [row["code"] for row in house.run("subscribers", "about", ANA, "--json").json["returns"]] == ["5.1.1"] * 3


def test_two_days_do_not(house: House) -> None:
    for _ in range(2):
        sender, _ = house.letter()
        house.bounce(a_report(to=sender))

    assert "bounced" not in house.state()


def test_the_threshold_is_the_configurations(house: House) -> None:
    house.configure("[bounces]\nthreshold = 1\n")
    sender, _ = house.letter()

    house.bounce(a_report(to=sender))

    assert "bounced" in house.state()


@pytest.mark.parametrize("value", ["0", "-1", "true", '"three"', "inf", "nan"])
def test_a_threshold_that_is_none_is_refused(value: str, house: House) -> None:
    house.configure(f"[bounces]\nthreshold = {value}\n")

    assert house.bounce(a_report()).status == 2


def test_who_reaches_the_threshold_in_the_inbox_gets_no_letter_of_that_run(house: House) -> None:
    for _ in range(2):
        sender, _ = house.letter()
        house.bounce(a_report(to=sender))
    sender, _ = house.letter()
    (house.folder / "mail" / "new" / "1").write_bytes(a_report(to=sender))
    before = house.letters()

    house.letter(BEN)

    assert before == {DeliveryStatus.SENT: 4, DeliveryStatus.BOUNCED: 2}
    assert house.letters() == {DeliveryStatus.SENT: 4, DeliveryStatus.BOUNCED: 3}


def test_a_full_mailbox_counts_half(house: House) -> None:
    for _ in range(5):
        sender, _ = house.letter()
        house.bounce(a_report(to=sender, status="5.2.2", said="552 5.2.2 mailbox full"))
    assert "bounced" not in house.state()

    sender, _ = house.letter()
    house.bounce(a_report(to=sender, status="5.2.2", said="552 5.2.2 mailbox full"))

    assert "bounced" in house.state()


def test_what_is_refused_as_spam_counts_nothing_and_is_told(house: House) -> None:
    house.configure(ANYTHING_ENDS_IT)
    sender, _ = house.letter()

    done = house.bounce(a_report(to=sender, status="5.7.1", said="554 5.7.1 rejected as spam"))

    assert "bounced" not in house.state()
    assert "refused because of us (5.7.1)" in done.err


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_delays_and_successes_count_nothing(action: str, house: House) -> None:
    house.configure(ANYTHING_ENDS_IT)
    sender, _ = house.letter()

    house.bounce(a_report(to=sender, action=action, status="4.4.1", said="421 try later"))

    assert "bounced" not in house.state()
    assert house.letters() == {DeliveryStatus.SENT: 2}


def test_one_report_replayed_fifty_times_counts_once(house: House) -> None:
    sender, _ = house.letter()
    report = a_report(to=sender)

    for day in range(5):
        house.bounce(*[report] * 10, now=(NOON + day * DAY).isoformat())

    assert "bounced" not in house.state()


def test_a_report_that_names_a_reader_and_proves_nothing_is_told_and_ignored(house: House) -> None:
    house.letter()

    done = house.bounce(*[a_report(recipient=BEN)] * 10)

    first = objects(done)[0]
    assert first["recipients"] == [{"address": BEN, "verdict": "hard", "status": "5.1.1", "attributed_by": None}]
    assert house.letters() == {DeliveryStatus.SENT: 2}


def test_a_forged_sender_is_nobodys(house: House) -> None:
    sender, _ = house.letter()
    local, _, domain = sender.partition("@")
    forged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"

    done = house.bounce(a_report(to=forged))

    assert [r["attributed_by"] for one in objects(done) for r in one["recipients"]] == [None]  # type: ignore[attr-defined]  # of JSON


def test_a_guessed_message_id_is_nobodys(house: House) -> None:
    house.letter()

    done = house.bounce(a_report(returned="Message-ID: <2026-11-23.1.0000000000000000@example.org>\n"))

    assert house.letters() == {DeliveryStatus.SENT: 2}
    assert done.status == 0


def test_a_report_of_ones_own_letter_that_names_another_reader_harms_only_oneself(house: House) -> None:
    for _ in range(4):
        sender, _ = house.letter(ANA)
        done = house.bounce(a_report(to=sender, recipient=BEN))

    recipients = objects(done)[0]["recipients"]
    assert [(r["address"], r["attributed_by"]) for r in recipients] == [(ANA, "verp"), (BEN, None)]  # type: ignore[attr-defined]  # of JSON
    assert "bounced" in house.state(ANA)
    assert "bounced" not in house.state(BEN)


def test_a_complaint_ends_it_at_once(house: House) -> None:
    _, header = house.letter()

    done = house.bounce(a_complaint(header))

    assert [(one["kind"], one["action"]) for one in objects(done)] == [("complaint", "stop")]
    assert "complained" in house.state()
    assert house.letters() == {DeliveryStatus.SENT: 1, DeliveryStatus.COMPLAINED: 1}


def test_a_complaint_that_shows_a_link_alone_ends_what_that_link_can_end(house: House) -> None:
    _, header = house.letter()
    link = email.message_from_string(header, policy=default)["List-Unsubscribe"]  # as whom the letter was forwarded to has it

    done = house.bounce(a_complaint(f"List-Unsubscribe: {link}\n"))

    assert "so this subscription ends" in done.err
    assert house.state() == "unsubscribed 2026-11-24"


def test_a_complaint_that_shows_a_link_alone_counts_once_so_who_came_back_stays(house: House) -> None:
    _, header = house.letter()
    link = email.message_from_string(header, policy=default)["List-Unsubscribe"]
    house.bounce(a_complaint(f"List-Unsubscribe: {link}\n"))
    house.run("subscribers", "pause", ANA, "--name", "main", "--resume")

    again = house.bounce(a_complaint(f"List-Unsubscribe: {link}\n"))

    assert "a complaint that was read before" in again.err
    assert house.state() == "active"


def test_a_letter_that_was_complained_of_counts_nothing_where_it_is_returned_as_well(house: House) -> None:
    sender, header = house.letter()
    house.bounce(a_complaint(header))

    done = house.bounce(a_report(to=sender))

    assert "came back (5.1.1), as was known, 0 of 3 points" in done.err


def test_a_forged_complaint_ends_nothing(house: House) -> None:
    house.letter()

    house.bounce(a_complaint("Message-ID: <x@example.org>\nTo: ben@example.org\n", whom=BEN))

    assert house.letters() == {DeliveryStatus.SENT: 2}


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_other_feedback_ends_nothing(kind: str, house: House) -> None:
    _, header = house.letter()

    house.bounce(a_complaint(header, kind=kind))

    assert house.letters() == {DeliveryStatus.SENT: 2}


def test_an_automatic_answer_to_a_letters_own_sender_counts_nothing(house: House) -> None:
    sender, _ = house.letter()
    answer = (FOLDER / "auto_exchange.eml").read_bytes().replace(b"digest-bounces@example.org", sender.encode())

    done = house.bounce(answer)

    assert [(one["kind"], one["action"]) for one in objects(done)] == [("auto_reply", "none")]
    assert house.letters() == {DeliveryStatus.SENT: 2}


def test_a_dry_run_says_the_same_and_does_nothing(house: House) -> None:
    _, header = house.letter()

    done = house.bounce(a_complaint(header), more=("--dry-run",))

    assert "would be: subscription 1, issue 1: a complaint" in done.err
    assert house.letters() == {DeliveryStatus.SENT: 2}


def test_a_dry_run_of_many_counts_as_they_would_and_ends_nothing(house: House) -> None:
    reports = [a_report(to=house.letter()[0]) for _ in range(3)]

    rehearsed, done = house.bounce(*reports, more=("--dry-run",)), house.bounce(*reports)

    assert rehearsed.err.replace("would be: ", "") == done.err
    assert "issue 5: came back (5.1.1), 3 of 3 points, so nothing goes there any more" in done.err
    assert [line["reply"] for line in house.run("outbox", "list", "--status", "bounced", "--json").json["letters"]] == [
        "5.1.1 smtp; 550 5.1.1 User unknown"
    ] * 3


def test_who_bounced_comes_back_by_no_command_and_no_import_until_that_is_lifted(house: House) -> None:
    _, header = house.letter()
    house.bounce(a_complaint(header))
    people = house.folder / "people.csv"
    people.write_text("email,topics\nana@example.org,foxes\n")

    added = house.run("subscribers", "add", "Ana@example.org", "--edition", "trending")
    imported = house.run("subscribers", "import", str(people), "--confirmed", "--json")

    assert (added.status, "complained" in added.err) == (2, True)
    assert imported.json["added"] == 0


def test_lifting_gives_a_fresh_start(house: House) -> None:
    for _ in range(3):
        sender, _ = house.letter()
        house.bounce(a_report(to=sender))

    house.run("subscribers", "suppress", ANA, "--lift")
    assert "bounced" not in house.state()
    assert "bouncing" not in house.state()
    sender, _ = house.letter()
    house.bounce(a_report(to=sender))

    assert "bounced" not in house.state()


def test_what_was_forgiven_does_not_count_again_when_it_is_read_again(house: House) -> None:
    _, header = house.letter()
    house.bounce(a_complaint(header))
    house.run("subscribers", "suppress", ANA, "--lift")

    done = house.bounce(a_complaint(header))

    assert "complained" not in house.state()
    assert "which counts no more" in done.err


def test_a_letter_that_came_back_frees_its_papers(house: House) -> None:
    sender, _ = house.letter()
    house.bounce(a_report(to=sender, status="5.2.2", said="552 mailbox full"))

    _, header = house.letter()

    letter = next(p for p in (house.folder / "out").glob("*.eml") if header.encode() in p.read_bytes().replace(b"\r\n", b"\n"))
    text = email.message_from_bytes(letter.read_bytes(), policy=default).get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    assert "Foxes of the north, part 1" in text


def test_a_reader_who_is_forgotten_leaves_no_trace_of_what_came_back(house: House) -> None:
    sender, _ = house.letter()
    house.bounce(a_report(to=sender))

    done = house.run("subscribers", "forget", ANA, "--yes")

    assert done.status == 0
    assert ANA.encode() not in (house.folder / "digest.db").read_bytes()


def test_an_mbox_a_maildir_and_stdin_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mails = [a_report(recipient=f"r{number}@example.org") for number in range(3)]
    (house.folder / "all.mbox").write_bytes(b"".join(b"From MAILER-DAEMON Mon Nov 23 07:02:10 2026\n" + mail + b"\n" for mail in mails))
    (house.folder / "mail" / "cur" / "1:2,S").write_bytes(mails[0])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(mails[1]), isatty=lambda: False))

    done = house.run("bounces", "--json", str(house.folder / "all.mbox"), str(house.folder / "mail"), "-")

    found = [(str(one["file"]).rpartition("/")[2], one["recipients"][0]["address"]) for one in objects(done)]  # type: ignore[index]  # of JSON
    assert found == [
        ("all.mbox", "r0@example.org"),
        ("all.mbox#2", "r1@example.org"),
        ("all.mbox#3", "r2@example.org"),
        ("1:2,S", "r0@example.org"),
        ("-", "r1@example.org"),
    ]


def test_a_long_mail_that_is_piped_in_is_taken_to_its_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = io.BytesIO(a_report(recipient="ana@example.org") + b"\r\npictures" * 1_000_000)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=piped, isatty=lambda: False))

    done = house.run("bounces", "--json", "-")

    assert [one["kind"] for one in objects(done)] == ["bounce"]
    assert piped.read() == b""


def test_a_file_that_is_not_there_is_told_and_the_others_are_read(house: House) -> None:
    path = house.folder / "1.eml"
    path.write_bytes(a_report())

    done = house.run("bounces", "--json", str(house.folder / "none.eml"), str(path))

    assert (done.status, len(objects(done))) == (1, 1)
    assert "cannot be read" in done.err


def test_the_table_says_what_is_ignored(house: House) -> None:
    path = house.folder / "1.eml"
    path.write_bytes(a_report(recipient="r@example.org"))

    assert "nothing: ignored" in house.run("bounces", str(path)).out


def test_a_run_reads_the_inbox_and_touches_nothing_that_is_not_ours(house: House) -> None:
    sender, _ = house.letter()
    new, cur = house.folder / "mail" / "new", house.folder / "mail" / "cur"
    (new / "1").write_bytes(a_report(to=sender))
    (new / "2").write_bytes(a_report(recipient="friend@example.org"))
    (new / "3").write_bytes(b"Subject: Dinner?\nFrom: bo@example.org\n\nTell me more.\n")

    done = house.run("run", now=(NOON + DAY).isoformat())

    assert sorted(path.name for path in new.iterdir()) == ["2", "3"]
    assert [path.name for path in cur.iterdir()] == ["1:2,S"]
    assert house.letters()[DeliveryStatus.BOUNCED] == 1
    assert "letters that came back, and complaints: 1" in done.err


def test_a_run_tells_once_what_was_refused_because_of_us(house: House) -> None:
    senders = [house.letter(reader)[0] for reader in (ANA, BEN)]
    for number, sender in enumerate(senders):
        (house.folder / "mail" / "new" / str(number)).write_bytes(a_report(to=sender, status="5.7.1", said="554 5.7.1 on a blocklist"))

    done = house.run("run", now=(NOON + DAY).isoformat())

    assert done.err.count("letters refused because of us, which counts against no reader: 2: ") == 1


def test_what_was_refused_because_of_us_is_told_once_for_all_and_names_nobody(house: House) -> None:
    senders = {reader: house.letter(reader)[0] for reader in (ANA, BEN)}
    for number, (reader, sender) in enumerate(senders.items()):
        report = a_report(to=sender, status="5.7.1", said=f"554 5.7.1 <{reader}>: on a blocklist (id 4Xy{number}Z)")
        (house.folder / "mail" / "new" / str(number)).write_bytes(report)

    done = house.run("run", now=(NOON + DAY).isoformat())

    assert "which counts against no reader: 2: 554 5.7.1 …: on a blocklist (id …)" in done.err


def test_of_what_is_a_readers_own_no_run_says_that_it_was_because_of_us(house: House) -> None:
    (house.folder / "mail" / "new" / "1").write_bytes(a_report(to=house.letter()[0]))

    done = house.run("run", now=(NOON + DAY).isoformat())

    assert "letters that came back, and complaints: 1" in done.err
    assert "because of us" not in done.err


def test_the_verb_alone_reads_the_inbox_and_leaves_readers_commands_for_later(house: House) -> None:
    sender, header = house.letter()
    new = house.folder / "mail" / "new"
    token = header.partition("unsubscribe%20")[2].partition(">")[0]
    (new / "1").write_bytes(a_report(to=sender))
    (new / "2").write_bytes(f"Subject: unsubscribe {token}\nFrom: ana@example.org\n\n.\n".encode())

    house.run("bounces")

    assert [path.name for path in new.iterdir()] == ["2"]


def test_without_files_and_inbox_it_says_what_to_name(house: House) -> None:
    config = house.folder / "config.toml"
    config.write_text(config.read_text().partition("[inbox]")[0])

    assert house.run("bounces").status == 2
