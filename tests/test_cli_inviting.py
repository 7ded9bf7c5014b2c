"""`digest subscribers invite`: one letter, and nothing more without a yes; through the real command line."""

from __future__ import annotations

import email
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from digest.catalog import Catalog
from digest.delivery import Reply, Stage
from digest.delivery.allowance import Quota
from digest.errors import DeliveryError, TransportUnreachable
from digest.model import Letter, Newcomer, Rest, Subscriber, SubscriberStatus, SuppressionReason
from digest.run import invite
from digest.tokens import Purpose, read_token

from .builders import NOON, a_subscription
from .command_line import NOWHERE, SENDER, Run, digest_command
from .run_parts import parts_with
from .servers import SmtpSink

PUBLIC = 'base_url = "https://digest.example.org"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    (tmp_path / "people.csv").write_text("email,name\nana@example.org,Ana\nbo@example.org,Bo\n")
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TZ", "UTC")
    return digest_command(folder, capsys)


def invitation(folder: Path, reader: str) -> EmailMessage:
    (path,) = (folder / "out").glob(f"{reader}_*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def states(run: Run) -> dict[str, str]:
    return {one["address"]: one["state"] for one in run("subscribers", "list", "--json").json}


def test_no_more_are_asked_in_a_day_than_the_server_takes(run: Run, folder: Path) -> None:
    with SmtpSink() as sink:
        smtp = f'[smtp]\nhost = "{sink.host}"\nport = {sink.port}\nsecurity = "none"\ndaily_limit = 1\n'
        (folder / "config.toml").write_text(SENDER + smtp + NOWHERE.replace('transport = "folder"', 'transport = "smtp"'))
        command = ("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")
        rehearsed, first, second = (run(*command, *more) for more in (["--dry-run"], [], []))
        later = run(*command, now="2026-12-24T12:00:00+00:00")

    assert "1 of them would wait for another day: daily_limit of 1 reached" in rehearsed.err
    assert ("1 invited" in first.err, "1 wait for another day: daily_limit of 1 reached" in first.err) == (True, True)
    assert "0 invited" in second.err
    assert ("1 invited" in later.err, "wait for another day" in later.err) == (True, False)
    assert len(sink.messages) == 2


def test_a_new_senders_days_of_inviting_alone_are_days_of_its_ramp(run: Run, folder: Path) -> None:
    (folder / "people.csv").write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(3)))
    with SmtpSink() as sink:
        smtp = f'[smtp]\nhost = "{sink.host}"\nport = {sink.port}\nsecurity = "none"\n'
        ramp = NOWHERE.replace('transport = "folder"', 'transport = "smtp"\nramp = [1, 2]')
        (folder / "config.toml").write_text(SENDER + smtp + ramp)
        command = ("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--json")
        days = [run(*command, now=f"2026-12-{day}T12:00:00+00:00").json["invited"] for day in (23, 24)]

    assert days == [1, 2]


def test_a_folder_takes_more_than_the_server_that_is_not_asked(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(SENDER + '[smtp]\nhost = "mail.example.org"\ndaily_limit = 1\n' + NOWHERE)

    assert run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--json").json["invited"] == 2


def test_each_gets_one_letter_however_often_they_are_invited(run: Run, folder: Path) -> None:
    first = run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--json").json
    letters = {path.name: path.stat().st_mtime_ns for path in (folder / "out").iterdir()}

    second = run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--json", now="2026-12-24T12:00:00+00:00")

    assert (first["invited"], second.json["invited"]) == (2, 0)
    assert "nobody was invited" in second.err
    assert {path.name: path.stat().st_mtime_ns for path in (folder / "out").iterdir()} == letters
    assert states(run) == {"ana@example.org": "pending", "bo@example.org": "pending"}


def test_a_message_id_says_nothing_that_could_be_guessed_and_is_nobody_elses_in_another_database(run: Run, folder: Path) -> None:
    run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")
    first = [invitation(folder, reader)["Message-ID"] for reader in ("ana", "bo")]
    for path in [*(folder / "out").iterdir(), *folder.glob("digest.db*")]:
        path.unlink()
    run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")

    second = [invitation(folder, reader)["Message-ID"] for reader in ("ana", "bo")]

    assert len({*first, *second}) == 4
    assert all(re.fullmatch(r"<invitation\.[0-9]\.[0-9a-f]{16}@example\.org>", mark) for mark in (*first, *second))


def test_a_long_name_makes_neither_a_long_line_nor_a_long_subject(run: Run, folder: Path) -> None:
    name = "The weekly reading list of the graduate school of theoretical and applied statistics"
    (folder / "config.toml").write_text(PUBLIC + SENDER.replace("[sender]", f'[sender]\nname = "{name}"') + NOWHERE)
    run("subscribers", "invite", str(folder / "people.csv"), "--topic", "the calibration of language models under shifts of their data")

    letter = invitation(folder, "ana")

    assert letter["Subject"] == "The weekly reading list of the graduate…: would you like these letters?"
    assert [line for line in letter.get_content().split("\n") if len(line) > 72 and "://" not in line] == []
    assert f"{name} can send you" in " ".join(letter.get_content().split())


def test_who_does_not_answer_gets_nothing_more(run: Run, folder: Path) -> None:
    run("subscribers", "invite", str(folder / "people.csv"), "--topic", "foxes")
    before = sorted((folder / "out").iterdir())

    done = run("run", "--json").json

    assert (done["issues"], sorted((folder / "out").iterdir())) == (0, before)


def test_without_a_public_address_a_yes_is_a_mail(run: Run, folder: Path) -> None:
    run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")
    letter = invitation(folder, "ana")
    text = letter.get_content()
    (link,) = re.findall(r"mailto:\S+", text)
    answer = EmailMessage()
    answer["From"], answer["To"] = "ana@example.org", unquote(urlsplit(link).path)
    answer["Subject"] = parse_qs(urlsplit(link).query)["subject"][0]
    answer.set_content("Please send this mail as it is.")
    (folder / "answer.eml").write_bytes(answer.as_bytes())

    first = run("inbox", str(folder / "answer.eml"))
    second = run("inbox", str(folder / "answer.eml"))

    assert "https:" not in text
    assert letter["List-Unsubscribe-Post"] is None
    assert ("begun" in first.err, "stays as it is" in second.err) == (True, True)
    (ana,) = run("subscribers", "show", "ana@example.org", "--json").json
    assert (ana["state"], ana["consented_at"], ana["consent_origin"]) == ("active", "2026-11-23T12:00:00+00:00", "invitation, by mail")
    assert states(run)["bo@example.org"] == "pending"


def test_with_a_public_address_the_letter_has_the_page_that_says_yes_and_that_of_the_preferences(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(PUBLIC + SENDER + NOWHERE)
    run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")

    letter = invitation(folder, "ana")

    assert re.findall(r"https://digest\.example\.org/(\w)/", letter.get_content()) == ["j", "p"]
    assert "If you do nothing, this is the only letter you get." in letter.get_content()
    assert letter["List-Unsubscribe"].startswith("<https://digest.example.org/u/")
    assert letter["Subject"] == "digest: would you like these letters?"


def test_where_insiders_alone_reach_the_pages_the_letter_is_unsubscribed_from_by_mail(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text('base_url_reach = "internal"\n' + PUBLIC + SENDER + NOWHERE)
    run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")

    letter = invitation(folder, "ana")

    assert re.fullmatch("<mailto:[^<>]+>", letter["List-Unsubscribe"])
    assert (letter["List-Unsubscribe-Post"], "https://digest.example.org/j/" in letter.get_content()) == (None, True)


def test_a_no_by_the_letters_unsubscribe_ends_it(run: Run, folder: Path) -> None:
    run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")
    (link,) = re.findall(r"<(mailto:[^>]+)>", invitation(folder, "ana")["List-Unsubscribe"])
    subject = parse_qs(urlsplit(link).query)["subject"][0]
    (folder / "answer.eml").write_bytes(f"Subject: {subject}\n\n".encode())

    run("inbox", str(folder / "answer.eml"))

    assert states(run)["ana@example.org"] == "unsubscribed 2026-11-23"


def test_readers_and_suppressed_ones_are_not_asked(run: Run, folder: Path) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes")
    run("subscribers", "suppress", "bo@example.org")

    done = run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--json").json

    assert (done["invited"], [one["why"] for one in done["refused"]]) == (
        0,
        ["gets other letters here, and has not said yes to this one", "on the suppression list (operator)"],
    )
    assert not (folder / "out").exists()


def test_those_who_were_imported_as_pending_can_be_asked(run: Run, folder: Path) -> None:
    (folder / "import.csv").write_text("email,topics,status\nana@example.org,foxes,unconfirmed\n")
    run("subscribers", "import", str(folder / "import.csv"))

    assert run("subscribers", "invite", str(folder / "import.csv"), "--json").json["invited"] == 1


def test_who_is_pending_is_asked_about_what_they_came_in_for_and_nothing_else(run: Run, folder: Path) -> None:
    (folder / "config.toml").write_text(PUBLIC + SENDER + NOWHERE)
    (folder / "import.csv").write_text("email,lists,status\nana@example.org,ML,pending\nbo@example.org,Old,\nci@example.org,ML,active\n")
    run("subscribers", "import", str(folder / "import.csv"), "--map", "ML=edition:cs.LG", "--map", "Old=none")

    would, first, second = (run("subscribers", "invite", "--json", *more) for more in (["--dry-run"], [], []))

    assert (would.json["would_invite"], first.json["invited"], second.json["invited"]) == (1, 1, 0)
    assert [(one["address"], one["name"]) for one in run("subscribers", "list", "--json").json if one["state"] == "pending"] == [
        ("ana@example.org", "cs.LG")
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("everyone.jsonl",), "is an export of ours, in which everybody has said yes or no, or waits already"),
        (("--edition", "cs.LG"), "which people?"),
    ],
)
def test_whose_answer_is_known_is_not_taken_in_to_be_asked(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    run("subscribers", "add", "ana@example.org", "--topic", "foxes")
    monkeypatch.chdir(folder)
    run("subscribers", "export", "--out", "everyone.jsonl")

    refused = run("subscribers", "invite", *arguments, "--json")

    assert (refused.status, message in refused.err) == (2, True)


def test_who_was_asked_about_one_thing_gets_nothing_else_by_their_yes(run: Run, folder: Path) -> None:
    run("subscribers", "invite", str(folder / "people.csv"), "--topic", "foxes")

    again = run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--json")
    unsure = folder / "unsure.csv"
    unsure.write_text("email,edition,status\nana@example.org,cs.CL,pending\n")
    imported = run("subscribers", "import", str(unsure), "--json")

    why = "was asked about something else before, and has not answered"
    assert (again.json["pending"], again.json["invited"], [one["why"] for one in again.json["refused"]]) == (0, 0, [why, why])
    assert [one["why"] for one in imported.json["refused"]] == [why]
    assert {one["name"] for one in run("subscribers", "list", "--json").json} == {"main"}


def test_without_a_page_to_choose_on_nobody_is_asked_about_nothing(run: Run, folder: Path) -> None:
    done = run("subscribers", "invite", str(folder / "people.csv"), "--json")

    why = "names no topics or edition, and without a base_url nobody can choose any: say --edition or --topic"
    assert (done.json["invited"], [one["why"] for one in done.json["left_out"]]) == (0, [why, why])
    assert not (folder / "out").exists()


def test_a_dry_run_says_how_many_would_be_asked_and_sends_nothing(run: Run, folder: Path) -> None:
    done = run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG", "--dry-run")

    assert "2 would be asked; nothing was sent" in done.err
    assert (states(run), (folder / "out").exists()) == ({}, False)


# --- what the server says ---------------------------------------------------------------------------------------------


class Server:
    """A transport that gives these replies in turn, or raises; it keeps to whom it was asked to send."""

    def __init__(self, *replies: Reply | Exception, readies: Callable[[], None] = lambda: None) -> None:
        self.replies = list(replies)
        self.asked: list[str] = []
        self.ready = readies

    def send(self, letter: Letter) -> Reply:
        self.asked.append(letter.to)
        answer = self.replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


TAKEN = Reply(250, "2.0.0 queued")
PUT_OFF = Reply(451, "4.7.1 try again later", Stage.RCPT)
REFUSED = Reply(550, "5.1.1 no such user", Stage.RCPT)
NAMING = Reply(550, "5.7.1 <digest@example.org>: not wanted here", Stage.DOT)
LOST = Reply(0, "connection lost", Stage.DOT)


@pytest.fixture
def ask(catalog: Catalog) -> Callable[[Server], tuple[int, int, int]]:
    """Invite Ana and Bo by a server: how many were sent, unknown and failed."""
    people = []
    for address in ("ana@example.org", "bo@example.org"):
        pending = Subscriber(email=address, status=SubscriberStatus.PENDING)
        people.append(Newcomer(email=address, subscriptions=(replace(a_subscription(address), subscriber=pending),)))
    catalog.intake.take(people, NOON)

    def call(server: Server) -> tuple[int, int, int]:
        waiting = catalog.invitations.open(["ana@example.org", "bo@example.org"])
        quota = Quota(sender="digest@example.org", server="smtp.example.org")
        done = invite(replace(parts_with(catalog, lambda: server), quota=quota), waiting, lambda: NOON)
        return done.sent, done.unknown, len(done.failures)

    return call


@pytest.mark.parametrize(
    ("answer", "outcome", "asked_again"),
    [
        (PUT_OFF, (1, 0, 1), ["ana@example.org"]),
        (REFUSED, (1, 0, 1), []),
        (LOST, (1, 1, 0), []),
    ],
)
def test_only_an_invitation_that_was_put_off_is_sent_again(
    ask: Callable[[Server], tuple[int, int, int]], answer: Reply, outcome: tuple[int, int, int], asked_again: list[str]
) -> None:
    assert ask(Server(answer, TAKEN)) == outcome

    second = Server(TAKEN)
    ask(second)

    assert second.asked == asked_again


@pytest.mark.parametrize(
    ("answers", "outcome", "asked_again"),
    [
        ((NAMING, NAMING), (0, 0, 2), ["ana@example.org", "bo@example.org"]),
        ((NAMING, REFUSED), (0, 0, 3), ["ana@example.org", "bo@example.org"]),
        ((NAMING, TAKEN), (1, 0, 1), ["ana@example.org"]),
    ],
)
def test_after_a_refusal_that_names_our_address_the_next_letter_tells_whether_everybody_is_refused(
    ask: Callable[[Server], tuple[int, int, int]], answers: tuple[Reply, ...], outcome: tuple[int, int, int], asked_again: list[str]
) -> None:
    assert ask(Server(*answers)) == outcome

    second = Server(TAKEN, TAKEN)
    ask(second)

    assert second.asked == asked_again


@pytest.mark.parametrize(
    ("replies", "asked", "asked_again"),
    [
        ("nnnn", "abcf", "abcfde"),  # the last is of another domain, and refused alike: it speaks of us
        ("nnnyyy", "abcfde", ""),  # taken there: the three are dead indeed
        ("nynynn", "abcdef", ""),
    ],
)
def test_a_server_that_refuses_everybody_ends_the_call_and_they_are_asked_by_the_next(
    catalog: Catalog, replies: str, asked: str, asked_again: str
) -> None:
    people = [f"{name}@example.org" for name in "abcde"] + ["f@lab.example"]
    for address in people:
        catalog.subscribers.add(replace(a_subscription(), subscriber=Subscriber(email=address, status=SubscriberStatus.PENDING)), NOON)
    first = Server(*({"y": TAKEN, "n": Reply(554, "5.6.0 no", Stage.DOT)}[one] for one in replies))
    second = Server(*[TAKEN] * 6)

    for server in (first, second):
        invite(parts_with(catalog, lambda server=server: server), catalog.invitations.open(people), lambda: NOON)

    assert "".join(address[0] for address in first.asked) == asked
    assert sorted(address[0] for address in second.asked) == sorted(asked_again)


def test_a_server_that_cannot_be_reached_ends_the_call_and_nobody_counts_as_asked(ask: Callable[[Server], tuple[int, int, int]]) -> None:
    first = Server(TransportUnreachable("mail", "no answer"))

    assert ask(first) == (0, 0, 1)
    assert first.asked == ["ana@example.org"]
    assert ask(Server(TAKEN, TAKEN)) == (2, 0, 0)


def test_a_server_that_takes_no_connection_ends_the_call_and_nobody_is_asked(ask: Callable[[Server], tuple[int, int, int]]) -> None:
    def refuse() -> None:
        raise TransportUnreachable("mail", "connection refused")

    first = Server(readies=refuse)

    assert ask(first) == (0, 0, 1)
    assert first.asked == []
    assert ask(Server(TAKEN, TAKEN)) == (2, 0, 0)


def test_a_letter_that_cannot_be_sent_is_told_once_and_the_next_is_asked(ask: Callable[[Server], tuple[int, int, int]]) -> None:
    first = Server(DeliveryError("ana@example.org", "not an address"), TAKEN)

    assert ask(first) == (1, 0, 1)
    assert first.asked == ["ana@example.org", "bo@example.org"]
    assert ask(Server()) == (0, 0, 0)


def test_a_letter_that_cannot_be_written_is_told_and_the_next_is_asked(ask: Callable[[Server], tuple[int, int, int]]) -> None:
    errors = [DeliveryError("ana@example.org", "not an address")]

    def cannot() -> None:
        if errors:
            raise errors.pop()

    server = Server(TAKEN, readies=cannot)

    assert ask(server) == (1, 0, 1)
    assert server.asked == ["bo@example.org"]


def test_where_nobody_is_pending_it_is_not_said_that_somebody_was_asked(run: Run, folder: Path) -> None:
    run("subscribers", "suppress", "ana@example.org")
    (folder / "people.csv").write_text("email\nana@example.org\n")

    done = run("subscribers", "invite", str(folder / "people.csv"), "--edition", "cs.LG")

    assert "nobody was invited: nobody is pending who was not asked before, and nobody is asked twice" in done.err


def test_who_is_suppressed_before_their_turn_keeps_nobody_from_being_asked(
    catalog: Catalog, ask: Callable[[Server], tuple[int, int, int]]
) -> None:
    server = Server(TAKEN, readies=lambda: catalog.suppressions.add("ana@example.org", SuppressionReason.COMPLAINED, NOON, "a complaint"))

    assert ask(server) == (1, 0, 0)
    assert server.asked == ["bo@example.org"]


def test_what_a_server_says_of_its_quota_holds_letters_back_too(catalog: Catalog, ask: Callable[[Server], tuple[int, int, int]]) -> None:
    assert ask(Server(Reply(550, "5.4.5 Daily limit of ana@example.org exceeded", Stage.RCPT))) == (0, 0, 1)

    rest = Rest(NOON + timedelta(hours=4), "550 5.4.5 Daily limit of … exceeded")
    assert catalog.waiting.rests(NOON) == {"smtp.example.org": rest}


def test_who_is_suppressed_while_others_are_asked_is_not_asked(catalog: Catalog, ask: Callable[[Server], tuple[int, int, int]]) -> None:
    server = Server(TAKEN, TAKEN)
    send = server.send

    def complained(letter: Letter) -> Reply:
        catalog.suppressions.add("bo@example.org", SuppressionReason.COMPLAINED, NOON, "a complaint")
        return send(letter)

    server.send = complained  # type: ignore[method-assign]  # what comes in while the first letter is on its way

    assert ask(server) == (1, 0, 0)
    assert server.asked == ["ana@example.org"]


def test_a_yes_brings_nobody_back_who_left_or_is_suppressed(catalog: Catalog, ask: Callable[[Server], tuple[int, int, int]]) -> None:
    ask(Server(TAKEN, TAKEN))
    ana, bo = catalog.subscribers.all()
    catalog.subscribers.leave(ana.id, NOON)
    catalog.suppressions.add(bo.subscriber.email, SuppressionReason.COMPLAINED, NOON, "a complaint")

    assert [catalog.invitations.accept(one.id, NOON, "a test") for one in (ana, bo)] == [False, False]
    assert catalog.subscribers.active_ids(NOON) == ()


def test_a_yes_to_what_the_operator_removed_begins_nothing(catalog: Catalog, ask: Callable[[Server], tuple[int, int, int]]) -> None:
    ask(Server(TAKEN, TAKEN))
    ana, _ = catalog.subscribers.all()
    catalog.subscribers.remove(ana.subscriber.email, None, NOON)

    assert not catalog.invitations.accept(ana.id, NOON, "a test")
    assert catalog.rights.about(ana.subscriber.email)["subscriber"]["status"] == "pending"


def test_the_word_of_an_invitation_is_good_for_nothing_else(catalog: Catalog) -> None:
    sent: list[Letter] = []
    server = Server(TAKEN)
    server.send = lambda letter: (sent.append(letter), TAKEN)[1]  # type: ignore[method-assign]  # keeps the letter
    pending = replace(a_subscription(), subscriber=Subscriber(email="ana@example.org", status=SubscriberStatus.PENDING))
    catalog.intake.take([Newcomer(email="ana@example.org", subscriptions=(pending,))], NOON)
    parts = parts_with(catalog, lambda: server)

    invite(parts, catalog.invitations.open(["ana@example.org"]), lambda: NOON)

    (token,) = set(re.findall(rb"join%20([\w-]+)", sent[0].content.replace(b"=\r\n", b"")))
    assert read_token(token.decode(), Purpose.JOIN, parts.secrets).issue == 0
    with pytest.raises(Exception, match="this link is not valid"):
        read_token(token.decode(), Purpose.LETTER, parts.secrets)
