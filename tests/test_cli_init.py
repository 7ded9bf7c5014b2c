"""`digest init` and `digest test-mail`: from answers to a configuration, a tried server and a first letter."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.catalog import open_catalog
from digest.cli import digest
from digest.cli.answers import Answers, Server, config_text
from digest.cli.frame import guarded
from digest.cli.presets import PRESETS, preset_of
from digest.cli.questions import _host_and_port
from digest.cli.trying import because, crontab_line, send_test_letter, why_nothing
from digest.config import load, parse
from digest.errors import ConfigurationError, UsageError
from digest.model import Interest, Profile, Reason, SourceOptions, SuppressionReason
from digest.ranking.texts import misspelling
from digest.run.parts import Report, SourceLine

from .acceptance.listing_server import Listed, ListingServer, atom, daily
from .builders import a_subscription
from .faults.wire import Wire, drops
from .forge import Forge
from .servers import FaultServer, SmtpSink, certificate
from .terminal import Terminal

NOW = "2026-11-23T12:00:00+00:00"
NOON = datetime.fromisoformat(NOW)
CALIBRATION = Listed("2611.00001", "Conformal calibration of language models", "We calibrate language models.")
ANA = ("--address", "ana@example.org", "--topic", "calibration", "--sources-from", "sources.toml", "--now", NOW)
PROTEINS = Listed("2611.00002", "Folding proteins with diffusion", "A diffusion model designs proteins.", category="q-bio.BM")


@dataclass(frozen=True)
class Done:
    """What a command printed."""

    stdout: str
    stderr: str


@dataclass(frozen=True)
class Place:
    """An empty home folder beside a listing server; `sources.toml` names it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    forge: Forge

    def digest(self, *arguments: str, status: int = 0) -> Done:
        """The command line in this process, without a terminal."""
        self.capsys.readouterr()
        left_with = guarded(digest, arguments)
        done = Done(*self.capsys.readouterr())
        assert left_with == status, f"exit {left_with}\n{done.stdout}\n{done.stderr}"
        return done

    def init(self, *arguments: str, status: int = 0) -> Done:
        """`init --yes` for ana, who reads about calibration."""
        return self.digest("init", "--yes", *ANA, *arguments, status=status)

    def init_typing(self, typed: str, *arguments: str, status: int = 0) -> Done:
        """The same in a process of its own, with something on stdin."""
        reads, writes = os.pipe()
        os.write(writes, typed.encode())
        os.close(writes)
        try:
            done = self.forge.start(self.folder, "init", "--yes", *ANA, *arguments, environment=os.environ, stdin=reads).ended(120)
        finally:
            os.close(reads)
        assert done.status == status, f"exit {done.status}\n{done.out}\n{done.err}"
        return Done(done.out, done.err)

    def at_terminal(self, *arguments: str) -> Terminal:
        """`digest ARGUMENTS` at a terminal."""
        return Terminal(self.forge, arguments, self.folder, os.environ)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], forge: Forge) -> Iterator[Place]:
    for name in [name for name in os.environ if name.startswith("DIGEST_") or "proxy" in name.lower()]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.chdir(tmp_path)
    with ListingServer() as listings:
        listings.pages["/atom/cs.LG"] = atom([CALIBRATION, PROTEINS], "2026-11-23")
        listings.pages["/api/daily_papers"] = daily([(PROTEINS, 12)], "2026-11-23")
        listings.known = [CALIBRATION, PROTEINS]
        (tmp_path / "sources.toml").write_text(
            f'[[sources]]\nname = "arxiv"\nkind = "arxiv"\ncategories = ["cs.LG"]\nurl = "{listings.url}/atom"\n'
            f'details_url = "{listings.url}/api/query"\nallow_private = true\n'
            f'[[sources]]\nname = "huggingface"\nkind = "huggingface"\nurl = "{listings.url}/api/daily_papers"\nallow_private = true\n'
        )
        yield Place(tmp_path, capsys, forge)


def an_answer(**changes: object) -> Answers:
    fields: dict[str, object] = {
        "address": "ana@example.org",
        "sender": "digest@example.org",
        "server": None,
        "folder": "outbox",
        "topics": ("calibration",),
        "categories": ("cs.LG",),
        "liked": ("arxiv:2302.09664",),
        "at": time(6, 30),
        "zone": "Europe/Berlin",
    }
    return Answers(**{**fields, **changes})  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


# --- the configuration it writes --------------------------------------------------------------------------------------


def test_answers_read_back_as_they_were_given() -> None:
    server = Server(host="mail.example.org", port=465, security="tls", user="ana", daily_limit=500)
    source = SourceOptions(name="lab", kind="feed", url="https://lab.example.org/feed", allow_private=True, paused=True)
    text = config_text(an_answer(server=server, sources=(source,))).replace('password_file = "smtp-password"', "")

    read = parse(text, "config.toml", {})

    assert read.sender.address == "digest@example.org"
    assert read.smtp is not None
    assert (read.smtp.host, read.smtp.port, read.smtp.security, read.smtp.user) == ("mail.example.org", 465, "tls", "ana")
    assert read.smtp.daily_limit == 500
    assert read.sources == (source,)
    (ana,) = read.subscribers
    assert (ana.subscriber.email, ana.subscriber.zone, ana.cadence.at) == ("ana@example.org", "Europe/Berlin", time(6, 30))
    assert ana.profile is not None
    assert ana.profile.interests == (Interest(topics=("calibration",), liked=("arxiv:2302.09664",)),)
    assert ana.profile.categories == ("cs.LG",)


def test_without_a_server_letters_go_into_the_folder() -> None:
    read = parse(config_text(an_answer(folder="my letters")), "/home/ana/config.toml", {})

    assert (read.delivery.transport, read.delivery.folder) == ("folder", Path("/home/ana/my letters"))


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1).map(str.strip).filter(bool))
def test_no_answer_can_break_out_of_its_quotes(topic: str) -> None:
    (ana,) = parse(config_text(an_answer(topics=(topic, '"]\\'))), "config.toml", {}).subscribers

    assert ana.profile is not None
    assert ana.profile.interests[0].topics == (topic, '"]\\')


@pytest.mark.parametrize(
    ("address", "name"), [("ana@gmail.com", "Gmail"), ("ana@Hotmail.com", "Outlook.com"), ("ana@example.org", None)]
)
def test_a_provider_is_known_by_its_addresses(address: str, name: str | None) -> None:
    preset = preset_of(address)

    assert (preset.name if preset else None) == name


def test_every_preset_says_where_an_app_password_is_made_and_what_may_be_sent() -> None:
    said = [(p.key, p.app_password.startswith("https://"), p.daily_limit > 0, p.security) for p in PRESETS]

    assert said == [("gmail", True, True, "starttls"), ("outlook", True, True, "starttls")]


def test_cron_runs_every_hour_so_that_a_machine_that_slept_makes_up_for_its_letter() -> None:
    config = Path("/home/ana/100%/config.toml")

    same = crontab_line(config, time(6, 30), "Europe/Berlin", "Europe/Berlin", NOON)
    other = crontab_line(config, time(7), "Asia/Tokyo", "Europe/Berlin", NOON)

    assert same.startswith("35 * * * * /")
    assert same.endswith(r"--config /home/ana/100\%/config.toml run --quiet")
    assert other.startswith("5 * * * * /")


@pytest.mark.parametrize(
    ("at", "zone", "minute"),
    [(time(6, 30), "Asia/Tokyo", 35), (time(7), "Asia/Kolkata", 35), (time(7), "Asia/Kathmandu", 20), (time(6, 58), "Asia/Tokyo", 3)],
)
def test_cron_runs_five_minutes_after_the_letter_is_due_where_that_is_no_full_hour_here(at: time, zone: str, minute: int) -> None:
    assert crontab_line(Path("/home/ana/config.toml"), at, zone, "Europe/Berlin", NOON).startswith(f"{minute} * * * * /")


def test_sources_are_written_with_all_that_was_said_of_them(tmp_path: Path) -> None:
    mirror = SourceOptions(
        name="mirror",
        kind="arxiv",
        categories=("cs.LG",),
        url="https://m.example.org/atom",
        details_url="https://m.example.org/api",
        listing_url="https://m.example.org/list",
        holidays=(date(2027, 1, 18),),
        allow_private=True,
        paused=True,
    )
    answers = Answers(
        address="ana@example.org", sender="ana@example.org", server=None, folder="out",
        topics=(), categories=(), liked=(), at=time(7), zone="UTC", sources=(mirror,),
    )  # fmt: skip

    assert parse(config_text(answers), tmp_path / "config.toml").sources == (mirror,)


# --- init --yes -------------------------------------------------------------------------------------------------------


def test_one_command_puts_a_test_letter_and_the_first_issue_in_the_mailbox(place: Place) -> None:
    with SmtpSink() as sink:
        done = place.init("--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--security", "none")

        subjects = [str(letter["Subject"]) for letter in sink.to("ana@example.org")]

    assert subjects[0] == "A test letter from digest"
    assert CALIBRATION.title in subjects[1]
    assert mode(place.config) == 0o600
    assert done.stdout.splitlines()[-1].startswith("5 * * * * ")
    assert done.stdout.splitlines()[-1].endswith(f"--config {place.config} run --quiet")
    assert "if readers have" not in done.stderr
    assert "letters travel unencrypted" not in done.stderr


def test_a_server_that_goes_away_after_the_test_letter_is_a_failure_of_the_first_issue(place: Place) -> None:
    with Wire() as wire:
        wire.fault = lambda at: drops() if wire.kept else None
        done = place.init("--smtp-host", "127.0.0.1", "--smtp-port", str(wire.port), "--security", "none", status=1)

        assert len(wire.kept) == 1
    assert f"failed: 127.0.0.1:{wire.port}: " in done.stderr


def test_a_run_after_init_on_the_same_day_sends_nothing_more(place: Place) -> None:
    with SmtpSink() as sink:
        place.init("--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--security", "none")
        place.digest("run", "--now", NOW)

        assert len(sink.messages) == 2


def test_who_left_is_not_said_to_have_no_papers_when_their_configuration_is_made_anew(place: Place) -> None:
    place.init("--folder", "letters")
    with open_catalog(str(place.folder / "digest.db")) as catalog:
        catalog.subscribers.leave(catalog.subscribers.find("ana@example.org")[0].id, datetime(2026, 11, 23, tzinfo=UTC))

    again = place.init("--folder", "letters", "--force")

    assert "ana@example.org (main) gets no letters: unsubscribed 2026-11-23" in again.stderr
    assert "nothing new is listed" not in again.stderr


def test_who_paused_is_told_so_and_not_that_there_are_no_papers(place: Place) -> None:
    place.init("--folder", "letters")
    place.digest("subscribers", "pause", "ana@example.org", "--until", "2026-12-24", "--now", NOW)

    again = place.init("--folder", "letters", "--force")

    assert "ana@example.org (main) gets no letters: paused until 2026-12-24" in again.stderr
    assert "nothing new is listed" not in again.stderr


def test_a_topic_that_is_misspelt_is_doubted_once_papers_are_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misspelling, "ENOUGH", 1)

    done = place.init("--folder", "outbox", "--topic", "langauge models")

    assert "no recent paper says 'langauge'; did you mean 'language'?" in done.stderr


def test_without_a_server_the_first_letter_is_a_file(place: Place) -> None:
    place.init("--folder", "letters")

    assert len(list((place.folder / "letters").glob("*.eml"))) == 2


def test_a_password_from_stdin_is_kept_apart_for_its_owner_alone(place: Place) -> None:
    made = certificate(place.folder)
    with SmtpSink(tls=made, password=("ana", "abcdefghijklmnop")) as sink:
        login = ["--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--user", "ana", "--ca-file", str(made.cert)]
        done = place.init_typing("abcd efgh ijkl mnop\n", *login, "--password-stdin")

        assert len(sink.to("ana@example.org")) == 2

    secret = place.folder / "smtp-password"
    assert (secret.read_text(), mode(secret)) == ("abcdefghijklmnop\n", 0o600)
    assert "abcd" not in place.config.read_text() + done.stdout + done.stderr


def test_a_refused_password_is_told_as_what_to_do_and_leaves_what_was_written(place: Place) -> None:
    made = certificate(place.folder)
    with SmtpSink(tls=made, password=("ana", "right")) as sink:
        login = ["--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--user", "ana", "--ca-file", str(made.cert)]
        done = place.init_typing("wrong\n", *login, "--password-stdin", status=1)

    assert "535" in done.stderr
    assert "app password, which needs 2-step verification" in done.stderr
    assert "once this is mended: " in done.stderr
    assert place.config.exists()
    assert "wrong" not in done.stdout + done.stderr


def test_a_server_that_is_not_there_is_told(place: Place) -> None:
    with SmtpSink() as sink:
        port = sink.port

    done = place.init("--smtp-host", "127.0.0.1", "--smtp-port", str(port), "--security", "none", status=1)

    assert f"127.0.0.1:{port}: connection refused" in done.stderr
    assert "is the server running?" in done.stderr


def test_a_configuration_is_never_overwritten_without_force(place: Place) -> None:
    place.config.write_text("precious")

    refused = place.init("--folder", "letters", status=2)
    kept = place.config.read_text()
    place.init("--folder", "letters", "--force")

    assert "--force replaces it" in refused.stderr
    assert kept == "precious"
    assert load(str(place.config), {}).delivery.transport == "folder"


def test_a_password_file_is_named_as_it_lies(place: Place) -> None:
    (place.folder / "secret").write_text("x\n")

    printed = place.init("--smtp-host", "mail.example.org", "--user", "ana", "--password-file", "secret", "--dry-run").stdout

    assert 'password_file = "secret"' in printed
    assert 'security = "starttls"' in printed
    assert "port = 587" in printed


def test_the_configuration_says_where_letters_get_their_language_and_where_their_answers_are_read(place: Place) -> None:
    gmail = place.digest("init", "--yes", "--address", "ana@gmail.com", "--preset", "gmail", "--dry-run").stdout
    (place.folder / "secret").write_text("x\n")
    own = place.init("--smtp-host", "mail.example.org", "--user", "ana", "--password-file", "secret", "--dry-run").stdout
    folder = place.init("--folder", "outbox", "--dry-run").stdout

    assert 'language = "en"' in gmail
    assert '# [inbox]\n# imap_host = "imap.gmail.com"\n' in gmail
    assert '# [inbox]\n# imap_host = "imap.example.org"\n' in own
    assert "imap_host" not in folder
    wanted = own.replace("# [inbox]\n# imap", "[inbox]\nimap").replace("imap.example.org", "imap.gmail.com")
    assert parse(wanted, place.config, {}).inbox.imap_host == "imap.gmail.com"


def test_a_preset_fills_the_server_in(place: Place) -> None:
    printed = place.digest("init", "--yes", "--address", "ana@gmail.com", "--preset", "gmail", "--dry-run").stdout

    assert 'host = "smtp.gmail.com"' in printed
    assert 'user = "ana@gmail.com"' in printed
    assert "daily_limit = 500" in printed
    assert not place.config.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no terminal"),
        (["--yes"], "init --yes needs to know who reads"),
        (["--yes", "--address", "ana@localhost"], "is not an address that can be used"),
        (["--yes", "--address", "ana@example.org", "--user", "ana"], "there is no server to log in to"),
        (["--yes", "--address", "ana@example.org", "--smtp-host", "x", "--folder", "y"], "letters go one way"),
        (["--yes", "--address", "ana@example.org", "--smtp-host", "x", "--security", "none", "--user", "y"], "travel unencrypted"),
        (["--yes", "--address", "ana@example.org", "--smtp-host", "x", "--user", "y", "--password-file", "gone"], "no such file"),
        (["--yes", "--address", "ana@example.org", "--topic", 'x"\n[smtp]'], "holds the character"),
        (["--yes", "--address", "ana@example.org", "--sources-from", "gone.toml"], "gone.toml: cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(place: Place, arguments: list[str], message: str) -> None:
    refused = place.digest("init", *arguments, status=2)

    assert message in refused.stderr
    assert sorted(path.name for path in place.folder.iterdir()) == ["sources.toml"]


# --- init in a terminal -----------------------------------------------------------------------------------------------


def test_six_questions_lead_to_a_test_letter_and_todays_top_five(place: Place) -> None:
    made = certificate(place.folder)
    with SmtpSink(tls=made, password=("ana", "abcdefghijklmnop")) as sink:
        options = ["init", "--sources-from", "sources.toml", "--ca-file", str(made.cert), "--smtp-host", "127.0.0.1"]
        login = ["--smtp-port", str(sink.port), "--user", "ana"]
        with place.at_terminal(*options, *login, "--now", "2026-11-23T04:00:00+00:00") as terminal:
            terminal.answer("Your address [you@example.org]", "not an address")
            terminal.answer("Your address [you@example.org]", "ana@example.org")
            terminal.answer("The password", "abcd efgh ijkl mnop")
            terminal.answer("Topics, such as", "calibration of language models; conformal prediction;")
            terminal.answer("arXiv categories", "cs.LGG, stat.ML")
            terminal.answer("did you mean cs.LG? arxiv.org/category_taxonomy names them all", "calibration of language models")
            terminal.answer("'calibration' is no category of arXiv that is known here", "cs.LG, stat.ML")
            terminal.answer("as arXiv ids", "2302.09664")
            terminal.answer("At what hour [07:00]", "25")
            terminal.answer("At what hour [07:00]", "6:30")
            terminal.answer("In which time zone [Europe/Berlin]", "")
            status = terminal.finish()

        (letter,) = sink.to("ana@example.org")

    assert status == 0, terminal.shown
    assert letter["Subject"] == "A test letter from digest"
    assert "is not an address that can be used" in terminal.shown
    assert "abcd" not in terminal.shown
    assert "the login works" in terminal.shown
    assert "'25:00' is not a time of day" in terminal.shown
    assert "today's top five" in terminal.shown
    assert CALIBRATION.title in terminal.shown
    assert "the first letter goes out on Mon 23 Nov at 06:30 Europe/Berlin" in terminal.shown
    assert crontab_line(place.config, time(6, 30), "Europe/Berlin", "Europe/Berlin", NOON) in terminal.shown
    assert "if readers have full hours, begin it with 5,35 * * * * instead" in terminal.shown
    (ana,) = load(str(place.config), {}).subscribers
    assert ana.profile is not None
    assert ana.profile.topics == ("calibration of language models", "conformal prediction")
    assert ana.profile.categories == ("cs.LG", "stat.ML")
    assert (place.folder / "smtp-password").read_text() == "abcdefghijklmnop\n"


def test_what_counts_against_a_paper_is_no_reason_to_show_it() -> None:
    far, near = Reason("topics", -3.0, "far from topic 'foxes'"), Reason("topics", 78.0, "topic 'owls'")

    assert because((near, far, Reason("categories", 0.0, "in cs.LG"))) == "topic 'owls'; in cs.LG"


def test_a_password_of_several_words_stays_as_it_was_typed(place: Place) -> None:
    made = certificate(place.folder)
    with SmtpSink(tls=made, password=("ana", "foxes like owls")) as sink:
        options = ["init", *ANA, "--ca-file", str(made.cert), "--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--user", "ana"]
        with place.at_terminal(*options, "--at", "07:00", "--zone", "UTC") as terminal:
            terminal.answer("The password", "foxes like owls")
            status = terminal.finish()

    assert status == 0, terminal.shown
    assert (place.folder / "smtp-password").read_text() == "foxes like owls\n"


def test_an_hour_may_be_a_bare_number(place: Place) -> None:
    options = ["--address", "ana@example.org", "--folder", "letters", "--zone", "UTC", "--topic", "foxes"]
    with place.at_terminal("init", *options, "--dry-run") as terminal:
        terminal.answer("At what hour [07:00]", "6")
        status = terminal.finish()

    assert status == 0, terminal.shown
    assert 'at = "06:00"' in terminal.shown


def test_an_empty_topic_is_none(place: Place) -> None:
    assert "topics = []" in place.digest("init", "--yes", "--address", "ana@example.org", "--topic", "", "--dry-run").stdout


@pytest.mark.parametrize(("state", "why"), [("failed", "no listing could be reached"), ("unchanged", "nothing new is listed")])
def test_without_a_paper_it_says_whether_anybody_could_be_asked(state: str, why: str) -> None:
    assert why in why_nothing(Report(datetime(2026, 11, 23, tzinfo=UTC), sources=[SourceLine("arxiv", state, 0)]))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("cs.LG",), "nothing is listed for this reader, as cs.CV, math.AG are asked of no source: only what is cross-listed"),
        (("cs.LG", "math"), "nothing new is listed"),
        ((), "nothing new is listed"),
    ],
)
def test_without_a_paper_it_names_categories_that_no_source_fetches(asked: tuple[str, ...], why: str) -> None:
    reader = a_subscription(profile=Profile(categories=("cs.CV", "math.AG")))
    report = Report(NOON, sources=[SourceLine("arxiv", "fetched", 120)])

    assert why_nothing(report, [reader], [SourceOptions(name="arxiv", kind="arxiv", categories=asked)]).startswith(why)


def test_enter_at_every_question_makes_something_that_works(place: Place) -> None:
    with place.at_terminal("init", "--sources-from", "sources.toml", "--now", NOW) as terminal:
        for question in ("Your address", "Number [5]", "Folder", "Topics, such as", "arXiv categories", "as arXiv ids", "hour", "zone"):
            terminal.answer(question, "")
        status = terminal.finish()

    assert status == 0, terminal.shown
    assert len(list((place.folder / "outbox").glob("*.eml"))) == 1
    assert "the first letter goes out with the next `digest run`" in terminal.shown
    assert "nothing to rank by yet, so these have no score" in terminal.shown
    assert not re.search(r"^ *0 ", terminal.shown, re.MULTILINE)


def test_what_cannot_be_a_source_is_told_before_the_first_question(place: Place) -> None:
    (place.folder / "sources.toml").write_text('[[sources]]\nname = "mine"\nkind = "sample"\n')

    with place.at_terminal("init", "--sources-from", "sources.toml") as terminal:
        status = terminal.finish()

    assert status == 2
    assert "'sample' is no kind of source" in terminal.shown
    assert "Your address" not in terminal.shown


def test_an_authority_of_ones_own_goes_with_the_server_that_is_asked_for(place: Place) -> None:
    made = certificate(place.folder)
    options = ["init", *ANA, "--ca-file", str(made.cert), "--at", "07:00", "--zone", "UTC"]
    with SmtpSink(tls=made, password=("ana", "right")) as sink, place.at_terminal(*options) as terminal:
        terminal.answer("Number", "4")
        terminal.answer("Server, or server:port", f"smtp://127.0.0.1:{sink.port}")
        terminal.answer("a bare name such as smtp.example.org, or smtp.example.org:587", f"127.0.0.1:{sink.port}")
        terminal.answer("Encryption", "STARTTLS")
        terminal.answer("User", "ana")
        terminal.answer("The password", "right")
        status = terminal.finish()

    assert status == 0, terminal.shown
    assert len(sink.to("ana@example.org")) == 1


@pytest.mark.parametrize("typed", ["smtp://mail.example.org", "smtp://mail.example.org:587", "mail.example.org:587/"])
def test_an_address_of_the_web_is_answered_with_how_a_server_is_written(typed: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        _host_and_port(typed)

    assert refused.value.message == f"{typed!r} is not the name of a server"
    assert refused.value.hint == "a bare name such as smtp.example.org, or smtp.example.org:587"


def test_who_gives_up_on_a_server_is_told_how_to_try_it_again(place: Place) -> None:
    with SmtpSink(tls=certificate(place.folder)) as sink:
        named = ("--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port))
        with place.at_terminal("init", *ANA, *named, "--at", "07:00", "--zone", "UTC") as terminal:
            terminal.answer("Answer question 2 again?", "n")
            status = terminal.finish()

    assert status == 1
    assert "self-signed certificate" in terminal.shown
    assert "config.toml is kept; once this is mended: " in terminal.shown
    assert f"digest --config {place.config} test-mail" in terminal.shown


def test_a_question_that_is_left_ends_its_line_and_writes_nothing(place: Place) -> None:
    with place.at_terminal("init") as terminal:
        status = terminal.leave("Your address")

    assert status == 130
    assert "\nstopped\n" in terminal.shown
    assert not place.config.exists()


@pytest.mark.parametrize(("answer", "kept"), [("y", "abcdefgh\n"), ("n", "earliertry\n")])
def test_a_password_file_that_lies_there_costs_no_answer(place: Place, answer: str, kept: str) -> None:
    made = certificate(place.folder)
    (place.folder / "smtp-password").write_text("earliertry\n")
    with SmtpSink(tls=made, password=("ana", kept.strip())) as sink:
        options = ["init", *ANA, "--ca-file", str(made.cert), "--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--user", "ana"]
        with place.at_terminal(*options, "--at", "07:00", "--zone", "UTC") as terminal:
            terminal.answer("The password", "abcdefgh")
            terminal.answer("smtp-password is there already. Replace it?", answer)
            status = terminal.finish()

    assert status == 0, terminal.shown
    assert (place.folder / "smtp-password").read_text() == kept
    assert 'password_file = "smtp-password"' in place.config.read_text()


def test_a_password_file_that_waits_for_its_password_is_none(place: Place) -> None:
    (place.folder / "smtp-password").write_text("\n")

    options = [*ANA, "--smtp-host", "127.0.0.1", "--user", "ana", "--at", "07:00", "--zone", "UTC"]

    with place.at_terminal("init", *options) as terminal:
        terminal.answer("The password", "")
        status = terminal.finish()

    assert status == 0, terminal.shown
    assert "no password yet: write it into" in terminal.shown


def test_without_a_terminal_a_password_file_is_never_replaced_unasked(place: Place) -> None:
    (place.folder / "smtp-password").write_text("earliertry\n")

    done = place.init_typing("other\n", "--smtp-host", "127.0.0.1", "--user", "ana", "--password-stdin", status=2)

    assert "--password-file smtp-password takes it, --force replaces it" in done.stderr
    assert (place.folder / "smtp-password").read_text() == "earliertry\n"


@pytest.mark.parametrize("before", [None, "earliertry\n"])
def test_a_configuration_that_cannot_be_used_leaves_the_password_that_was_there(place: Place, before: str | None) -> None:
    secret = place.folder / "smtp-password"
    if before is not None:
        secret.write_text(before)

    place.init("--smtp-host", "127.0.0.1", "--user", "ana", "--ca-file", "none.pem", "--force", status=2)

    assert (secret.read_text() if secret.exists() else None, place.config.exists()) == (before, False)


@pytest.mark.parametrize("port", ["58³", "9" * 5_000], ids=["raised", "long"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a port"):
        _host_and_port(f"mail.example.org:{port}")


def test_after_a_refusal_the_question_is_asked_again(place: Place) -> None:
    with SmtpSink() as sink:
        closed = sink.port
    with SmtpSink() as sink:
        arguments = ["init", "--address", "ana@example.org", "--topic", "calibration", "--at", "07:00", "--zone", "UTC", "--now", NOW]
        with place.at_terminal(*arguments, "--sources-from", "sources.toml") as terminal:
            terminal.answer("Number", "smtp")
            terminal.answer("Number", "3")
            terminal.answer("Server, or server:port", f"127.0.0.1:{closed}")
            terminal.answer("Encryption", "")
            terminal.answer("Answer question 2 again?", "")
            terminal.answer("Number", "3")
            terminal.answer("Server, or server:port", f"127.0.0.1:{sink.port}")
            terminal.answer("Encryption", "")
            status = terminal.finish()

        assert len(sink.to("ana@example.org")) == 1

    assert status == 0, terminal.shown
    assert "Error: 'smtp' is none of the choices; a number from 1 to 5" in terminal.shown
    assert "connection refused" in terminal.shown


def test_after_a_wrong_password_enter_takes_what_was_answered_and_the_authority_stays(place: Place) -> None:
    authority = certificate(place.folder)
    with SmtpSink(tls=authority, password=("ana", "secret")) as sink:
        server = ["--smtp-host", "127.0.0.1", "--smtp-port", str(sink.port), "--user", "ana", "--ca-file", str(authority.cert)]
        with place.at_terminal("init", *ANA, *server, "--at", "07:00", "--zone", "UTC") as terminal:
            terminal.answer("The password", "wrong")
            terminal.answer("Answer question 2 again?", "")
            terminal.answer("Number [4]", "")
            terminal.answer(f"Server, or server:port [127.0.0.1:{sink.port}]", "")
            terminal.answer("Encryption (starttls, tls) [starttls]", "")
            terminal.answer("User [ana]", "")
            terminal.answer("Enter to keep the one before", "secret")
            status = terminal.finish()

        assert len(sink.to("ana@example.org")) == 1

    assert status == 0, terminal.shown
    assert load(str(place.config)).smtp.ca_file == authority.cert


def test_after_a_wrong_server_enter_keeps_the_password(place: Place) -> None:
    authority = certificate(place.folder)
    with SmtpSink(tls=authority, password=("ana", "secret")) as sink:
        server = ["--smtp-host", "127.0.0.1", "--smtp-port", "9", "--user", "ana", "--ca-file", str(authority.cert)]
        with place.at_terminal("init", *ANA, *server, "--at", "07:00", "--zone", "UTC") as terminal:
            terminal.answer("The password", "secret")
            terminal.answer("Answer question 2 again?", "")
            terminal.answer("Number [4]", "")
            terminal.answer("Server, or server:port [127.0.0.1:9]", f"127.0.0.1:{sink.port}")
            terminal.answer("Encryption", "")
            terminal.answer("User [ana]", "")
            terminal.answer("Enter to keep the one before", "")
            status = terminal.finish()

    assert status == 0, terminal.shown


def test_it_says_whom_it_asks_before_the_answer(place: Place) -> None:
    with FaultServer(lambda talk: talk.say("554 go away")) as server:
        options = ("--smtp-host", "127.0.0.1", "--smtp-port", str(server.port), "--security", "none")
        done = place.init(*options, status=1)

    assert f"asking 127.0.0.1:{server.port} …" in done.stderr
    assert done.stderr.index("asking 127.0.0.1") < done.stderr.index("554")


# --- test-mail --------------------------------------------------------------------------------------------------------


def test_a_test_letter_goes_to_the_first_subscriber_or_whom_one_names(place: Place) -> None:
    with SmtpSink() as sink:
        server = Server(host="127.0.0.1", port=sink.port, security="none")
        place.config.write_text(config_text(an_answer(server=server)))

        place.digest("test-mail", "--dry-run")
        none_yet = len(sink.messages)
        place.digest("test-mail")
        place.digest("test-mail", "--to", "bo@example.org")

        assert none_yet == 0
        assert [received.to for received in sink.messages] == [("ana@example.org",), ("bo@example.org",)]


def test_a_mailbox_that_is_refused_is_told(place: Place) -> None:
    with SmtpSink(replies={"ana@example.org": "550 5.1.1 no such user"}) as sink:
        place.config.write_text(config_text(an_answer(server=Server(host="127.0.0.1", port=sink.port, security="none"))))

        done = place.digest("test-mail", status=1)

    assert "ana@example.org: the server answered 550 5.1.1 no such user" in done.stderr
    assert "correct the address" in done.stderr


def test_a_test_letter_of_a_new_configuration_beside_an_old_database_goes_to_nobody_on_the_suppression_list(tmp_path: Path) -> None:
    read = parse(config_text(an_answer()), tmp_path / "config.toml")
    with open_catalog(read.database) as catalog:
        catalog.suppressions.add("ana@example.org", SuppressionReason.OPERATOR, NOON, "a report")

    with pytest.raises(UsageError, match="the suppression list names it"):
        send_test_letter(read, "ana@example.org", NOON)

    assert not (tmp_path / "outbox").exists()


def test_a_sender_outside_ascii_can_send_a_test_letter(tmp_path: Path) -> None:
    text = '[sender]\nfrom = "größe@example.org"\n[delivery]\ntransport = "folder"\n'

    send_test_letter(parse(text, tmp_path / "config.toml", {}), "ana@example.org", datetime(2026, 11, 23, tzinfo=UTC))

    (letter,) = (tmp_path / "outbox").glob("*.eml")
    assert b"List-Unsubscribe: <mailto:gr%C3%B6%C3%9Fe@example.org?subject=unsubscribe>" in letter.read_bytes()


def test_a_test_letter_that_goes_nowhere_is_not_said_to_lie_in_a_folder(place: Place) -> None:
    place.config.write_text('[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n')

    done = place.digest("test-mail")

    assert 'letters are written nowhere: [delivery] transport = "null"' in done.stderr
    assert "outbox" not in done.stderr


def test_a_folder_in_the_configurations_place_is_no_file_that_can_be_replaced(place: Place) -> None:
    place.config.mkdir()

    done = place.init("--folder", "out", status=2)

    assert "config.toml is a folder\n  → name another place: --config" in done.stderr
