"""The configuration: what is told to somebody whose file cannot be used, and what is refused before it can do harm."""

from __future__ import annotations

import contextlib
import os
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import Settings, find, load, new_path, parse, values
from digest.config.keys import KEYS, LISTS
from digest.config.lines import lines_of
from digest.errors import ConfigurationError, Wrong
from digest.naming import doubt_of_ids
from tests.command_line import nobody

SENDER = '[sender]\nfrom = "digest@example.org"\n'
SMTP = '[smtp]\nhost = "mail.example.org"\n'
ANA = '[[subscribers]]\naddress = "ana@example.org"\n'
GRAPHS = '[[subscribers.interests]]\nname = "graphs"\ntopics = ["graph neural networks"]\n'
NO_SENDER = 'the address letters come from: [sender] from = "digest@example.org"'
REQUIRED = {
    "sender": 'from = "digest@example.org"',
    "smtp": 'host = "mail.example.org"',
    "sources": 'kind = "arxiv"',
    "subscribers": 'address = "ana@example.org"',
    "subscribers.interests": 'name = "graphs"',
}
TOO_LONG = "a" * 300
"""What no file can be called."""
HOLDERS = {"subscribers.interests": ANA}
"""What stands before a table within another."""


def settings(text: str) -> Settings:
    return parse(text, "config.toml", {})


def refusal(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        settings(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "subject", "message", "hint"),
    [
        (f'{SENDER}[smtp]\nhots = "x"\n', "config.toml:4: [smtp] hots", "there is no setting 'hots'", "did you mean 'host'?"),
        (f'{SENDER}host = "x"\n', "config.toml:3: [sender] host", "there is no setting 'host'", "it belongs under [smtp]"),
        (
            f'{SENDER}[smtp]\ntransport = "folder"\n',
            "config.toml:4: [smtp] transport",
            "there is no setting 'transport'",
            "did you mean 'port', or 'transport' under [delivery]?",
        ),
        (
            f"{SENDER}base_url = 1\n",
            "config.toml:3: [sender] base_url",
            "there is no setting 'base_url'",
            "it belongs at the top, before any table",
        ),
        (f'{SENDER}{SMTP}port = "587"\n', "config.toml:5: [smtp] port", "'587' is not a whole number", "write it without quotes"),
        (f"{SENDER}{SMTP}port = 70000\n", "config.toml:5: [smtp] port", "70000 is not between 1 and 65535", ""),
        (f'{SENDER}{SMTP}security = "ssl"\n', "config.toml:5: [smtp] security", "'ssl' is none of starttls, tls, none", ""),
        (
            f'{SENDER}[inbox]\nimap_host = "imap.example.org"\n',
            "config.toml:4: [inbox] imap_host",
            "a mailbox is read, and 'imap_user' is missing",
            'who logs in: imap_user = "digest@example.org"',
        ),
        (
            f'{SENDER}[inbox]\nimap_host = "imap.example.org"\nimap_user = "ana"\nimap_security = "none"\n',
            "config.toml:6: [inbox] imap_security",
            'the password would travel unencrypted to imap.example.org with imap_security = "none"',
            'use "tls" or "starttls"; "none" is for a server on this machine',
        ),
        (
            f'{SENDER}[inbox]\nimap_host = "imap.example.org"\nimap_user = "ana"\nmaildir = "."\n',
            "config.toml:6: [inbox] maildir",
            "a mailbox on a server is read already: imap_host",
            "take one of the two out",
        ),
        (f'{SENDER}{ANA}at = "7 am"\n', "config.toml:5: [[subscribers]] at", "'7 am' is not a time of day", 'write it as "07:00"'),
        (
            f'{SENDER}{ANA}zone = "Europe/Berlon"\n',
            "config.toml:5: [[subscribers]] zone",
            "'Europe/Berlon' is not a time zone",
            "did you mean 'Europe/Berlin'? names look like Europe/Berlin",
        ),
        (
            f'{SENDER}{ANA}zone = "Berlin"\n',
            "config.toml:5: [[subscribers]] zone",
            "'Berlin' is not a time zone",
            "did you mean 'Europe/Berlin'? names look like Europe/Berlin",
        ),
        (
            f'{SENDER}{ANA}zone = "Japn"\n',
            "config.toml:5: [[subscribers]] zone",
            "'Japn' is not a time zone",
            "did you mean 'Japan'? names look like Europe/Berlin",
        ),
        (
            f'{SENDER}{ANA}zone = "CEST"\n',
            "config.toml:5: [[subscribers]] zone",
            "'CEST' is not a time zone",
            "names look like Europe/Berlin",
        ),
        (
            f'{SENDER}{ANA}zone = "GMT+1"\n',
            "config.toml:5: [[subscribers]] zone",
            "'GMT+1' is not a time zone",
            "names look like Europe/Berlin",
        ),
        (
            f'{SENDER}{ANA}limit = 0.5\n',
            "config.toml:5: [[subscribers]] limit",
            "0.5 is not a whole number",
            "write one without a fraction, such as 12",
        ),
        (f'{SENDER}{ANA}topics = "x"\n', "config.toml:5: [[subscribers]] topics", "'x' is not a list", "write it in brackets: ['x']"),
        (
            f'{SENDER}{ANA}authors = ["Ana Silva", "Ana Silva <0000-0002-1825-0098>"]\n',
            "config.toml:5: [[subscribers]] authors",
            "'0000-0002-1825-0098' is nobody's ORCID iD: its last digit does not fit the others",
            "copy it from orcid.org",
        ),
        (
            f'{SENDER}{ANA}authors = ["Ana Silva <ana@example.org>"]\n',
            "config.toml:5: [[subscribers]] authors",
            "'Ana Silva <ana@example.org>' is neither a name nor an identity",
            "write a name, an ORCID iD or OpenAlex id, or a name with one: Ana Silva <0000-0002-1825-0097>",
        ),
        (
            f'{SENDER}{ANA}liked = ["x y"]\n',
            "config.toml:5: [[subscribers]] liked",
            "'x y' is not a paper's name",
            "an arXiv id such as 2302.09664, a DOI, or the address of either",
        ),
        (
            f'{SENDER}{ANA}edition = "trending"\ntopics = ["x"]\n',
            "config.toml:6: [[subscribers]] topics",
            "an edition is the same for all its readers and takes no profile",
            "make two subscriptions of it",
        ),
        (
            f'{SENDER}{ANA}edition = "trending"\n{GRAPHS}',
            "config.toml:6: [[subscribers]] interests",
            "an edition is the same for all its readers and takes no profile",
            "make two subscriptions of it",
        ),
        (
            f"{SENDER}{ANA}{GRAPHS}{ANA}{GRAPHS}{GRAPHS}weight = 0\n",
            "config.toml:16: [[subscribers.interests]] weight",
            "0 is not a weight",
            "a number above 0; 1 is the share of any other",
        ),
        (
            f"{SENDER}{ANA}{GRAPHS}weight = inf\n",
            "config.toml:8: [[subscribers.interests]] weight",
            "inf is not a weight",
            "a number above 0; 1 is the share of any other",
        ),
        (
            f'{SENDER}{ANA}interests = [{{ name = "graphs", topic = "trees" }}]\n',
            "config.toml:5: [[subscribers.interests]] topic",
            "there is no setting 'topic'",
            "did you mean 'topics'?",
        ),
        (
            f"{SENDER}{ANA}weight = 2\n",
            "config.toml:5: [[subscribers]] weight",
            "there is no setting 'weight'",
            "it belongs under [[subscribers.interests]]",
        ),
        (
            f'{SENDER}{ANA}[subscribers.interests]\nname = "graphs"\n',
            "config.toml:5: [[subscribers]] interests",
            "not a list of tables",
            "write [[subscribers.interests]] before each",
        ),
        (
            f'{SENDER}{ANA}[[subscribers.interests]]\ntopics = ["trees"]\n',
            "config.toml:5: [[subscribers.interests]]",
            "'name' is missing",
            'what it is called: name = "graphs"',
        ),
        (
            f'{SENDER}{ANA}[[subscribers.interests]]\nname = "Everything else"\n',
            "config.toml:6: [[subscribers.interests]] name",
            "'Everything else' is what the topics beside the named ones are called",
            "give it another name",
        ),
        (
            f'{SENDER}{ANA}[[subscribers.interests]]\nname = "graphs"\ntopics = []\n',
            "config.toml:5: [[subscribers.interests]]",
            "the interest 'graphs' has nothing to rank by",
            'topics = ["…"], or liked = ["2302.09664"]',
        ),
        (
            f'{SENDER}[delivery]\nlinger = "45"\n',
            "config.toml:4: [delivery] linger",
            "'45' is not a duration",
            'write it as "45m", "36h" or "2d"',
        ),
        (
            f'{SENDER}[delivery]\nstale_after = "999999d"\n',
            "config.toml:4: [delivery] stale_after",
            "'999999d' is longer than ten years",
            'write it as "45m", "36h" or "2d"',
        ),
        (
            f'{SENDER}[inbox]\nmaildir = "/{TOO_LONG}"\n',
            "config.toml:4: [inbox] maildir",
            f"'/{TOO_LONG}' is not a folder",
            "a path starts from the folder of the configuration",
        ),
        *(
            (f'proxy = "{proxy}"\n{SENDER}', "config.toml:1: proxy", "not the address of a proxy", "it begins with http://")
            for proxy in ("http://", "http://[", "proxy.example.org:99999", "http://ana:s3cret@a b", "http://ana:s3\\u200bcret@a")
        ),
        ("[sender]\n", "config.toml:1: [sender]", "'from' is missing", NO_SENDER),
        ("", "config.toml: [sender]", "'from' is missing", NO_SENDER),
        (
            f'{SENDER}[[sources]]\nname = "x"\nkind = "fead"\n',
            "config.toml:5: [[sources]] kind",
            "'fead' is no kind of source",
            "one of arxiv, huggingface, feed, biorxiv, medrxiv, or package.module:make",
        ),
        (
            f'{SENDER}[[sources]]\nkind = "feed"\n',
            "config.toml:3: [[sources]]",
            "the feed 'feed' has no url",
            'url = "https://journal.example.org/feed.xml"',
        ),
        (
            f'{SENDER}[sources]\nkind = "arxiv"\n',
            "config.toml:3: sources",
            "not a list of tables",
            "write [[sources]] before each",
        ),
        (
            f'{SENDER}{SMTP}password = "hunter2"\n',
            "config.toml:5: [smtp] password",
            "there is no setting 'password'",
            "keep it in a file of its own, named by password_file, or in DIGEST_SMTP_PASSWORD",
        ),
        (
            f'{SENDER}{SMTP}security = "none"\nuser = "ana"\n',
            "config.toml:6: [smtp] user",
            'a password would travel unencrypted with security = "none"',
            'use "starttls" or "tls", or take the login out',
        ),
        (
            f'{SENDER}[ranking]\nmodel = "gpt"\n',
            "config.toml:4: [ranking] model",
            "'gpt' is none of minilm, wordllama, endpoint",
            "",
        ),
        (
            f'{SENDER}[ranking]\nmodel = "endpoint"\nendpoint_model = "m"\n',
            "config.toml:4: [ranking] model",
            "an endpoint is asked, and 'endpoint' is missing",
            'say who is asked: endpoint = "https://api.example.org/v1"',
        ),
        (
            f'{SENDER}[ranking]\nmodel = "endpoint"\nendpoint = "https://api.example.org/v1"\n',
            "config.toml:4: [ranking] model",
            "an endpoint is asked, and 'endpoint_model' is missing",
            'say who is asked: endpoint_model = "text-embedding-3-small"',
        ),
        (
            f'{SENDER}[ranking]\nendpoint = "https://api.example.org/v1?key=1"\n',
            "config.toml:4: [ranking] endpoint",
            "'https://api.example.org/v1?key=1' has more than an address",
            "leave out what follows ? and #",
        ),
        (
            f'{SENDER}[ranking]\nendpoint_allow_private = "yes"\n',
            "config.toml:4: [ranking] endpoint_allow_private",
            "'yes' is neither true nor false",
            "write true or false, without quotes",
        ),
    ],
)
def test_an_error_names_line_and_key_and_says_what_to_do(text: str, subject: str, message: str, hint: str) -> None:
    error = refusal(text)

    assert (error.subject, error.message, error.hint) == (subject, message, hint)


def test_what_is_not_toml_is_told_with_its_line() -> None:
    error = refusal(f"{SENDER}[delivery]\nlinger = 45m\n")

    assert error.subject == "config.toml:4"
    assert error.message.startswith("not TOML: ")


def test_a_file_that_is_nested_without_end_is_not_toml() -> None:
    error = refusal(f"{SENDER}a = {'[' * 100_000}")

    assert (error.subject, error.message) == ("config.toml", "not TOML: nested too deeply")


@pytest.mark.parametrize("number", ["9" * 5_000, "0x" + "f" * 5_000, "9223372036854775808"], ids=["digits", "hexadecimal", "64 bits"])
def test_a_number_of_more_than_64_bits_is_not_toml(number: str) -> None:
    error = refusal(f"{SENDER}{ANA}\nfloor = {number}\n")

    assert (error.subject, error.message) == ("config.toml", "not TOML: a number of more than 64 bits")


def test_the_same_subscription_twice_names_both_lines() -> None:
    error = refusal(f'{SENDER}\n{ANA}\n[[subscribers]]\naddress = "Ana@Example.org"\n')

    assert error.subject == "config.toml:8: [[subscribers]] address"
    assert error.message == "'Ana@example.org' has a subscription 'main' already, in line 4"


def test_two_interests_of_one_name_name_both_lines() -> None:
    error = refusal(f"{SENDER}{ANA}{GRAPHS}{GRAPHS.replace('graphs', 'Graphs')}")

    assert error.subject == "config.toml:9: [[subscribers.interests]] name"
    assert error.message == "there is an interest 'Graphs' already, in line 5"


def test_two_sources_of_one_name_name_both_lines() -> None:
    error = refusal(f'{SENDER}[[sources]]\nkind = "arxiv"\n[[sources]]\nkind = "arxiv"\n')

    assert error.message == "there is a source 'arxiv' already, in line 3"


def an_endpoint(folder: Path, url: str, more: str = "") -> Settings:
    (folder / "key").write_text("hush\n")
    (folder / "key").chmod(0o600)
    text = f'{SENDER}[ranking]\nmodel = "endpoint"\nendpoint = "{url}"\nendpoint_model = "m"\nendpoint_key_file = "key"\n{more}'
    return parse(text, folder / "config.toml", {})


def test_a_key_does_not_travel_in_clear_unless_the_server_is_near(tmp_path: Path) -> None:
    near = an_endpoint(tmp_path, "http://127.0.0.1:11434/v1", "endpoint_allow_private = true\n")

    with pytest.raises(ConfigurationError, match="the key would travel unencrypted to 'http://api.example.org'") as caught:
        an_endpoint(tmp_path, "http://api.example.org")

    assert near.ranking.endpoint_key() == "hush"
    assert ":7: [ranking] endpoint_key_file" in caught.value.subject


@pytest.mark.parametrize("content", ["", " \n", "two words", "two\nlines", "schlüssel", "a\x00b"])
def test_a_key_file_holds_a_key_and_nothing_else(tmp_path: Path, content: str) -> None:
    ranking = an_endpoint(tmp_path, "https://api.example.org").ranking
    (tmp_path / "key").write_text(content)

    with pytest.raises(ConfigurationError, match="the key file is empty|holds more than a key") as caught:
        ranking.endpoint_key()

    assert "write the key into it" in caught.value.hint


def summed_up(folder: Path, text: str) -> Settings:
    (folder / "key").write_text("hush\n")
    (folder / "key").chmod(0o600)
    return parse(f"{SENDER}[summaries]\n{text}", folder / "config.toml", {})


def test_a_summarisers_key_does_not_travel_in_clear_unless_the_server_is_near(tmp_path: Path) -> None:
    near = summed_up(tmp_path, 'endpoint = "http://127.0.0.1:11434/v1"\nmodel = "m"\nkey_file = "key"\nallow_private = true\n')

    with pytest.raises(ConfigurationError, match="the key would travel unencrypted to 'http://api.example.org'") as caught:
        summed_up(tmp_path, 'endpoint = "http://api.example.org"\nmodel = "m"\nkey_file = "key"\n')

    assert near.summaries.key() == "hush"
    assert ":6: [summaries] key_file" in caught.value.subject
    assert caught.value.hint == "use https, or set allow_private = true if the server is in a network of your own"


def test_a_server_that_sums_up_needs_a_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="a server is asked, and 'model' is missing") as caught:
        summed_up(tmp_path, 'endpoint = "https://api.example.org/v1"\n')

    assert ":4: [summaries] endpoint" in caught.value.subject


@pytest.mark.parametrize(("key", "value"), [("daily_cap", "-1"), ("timeout", "0"), ("timeout", "601"), ("timeout", '"60s"')])
def test_a_summarisers_numbers_have_bounds(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf":4: \[summaries\] {key}"):
        summed_up(tmp_path, f"{key} = {value}\n")


def test_a_key_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    an_endpoint(tmp_path, "https://api.example.org")
    (tmp_path / "key").chmod(0o644)
    text = f'{SENDER}[ranking]\nendpoint_key_file = "key"\n'

    assert parse(text, tmp_path / "config.toml", {}).warnings == (
        f"{tmp_path}/key can be read by others on this machine: chmod 600 {tmp_path}/key",
    )


@pytest.mark.parametrize("key", ["ca_file", "password_file"])
def test_a_file_out_of_reach_is_an_error_with_its_line(key: str, tmp_path: Path) -> None:
    error = refusal(f'{SENDER}{SMTP}{key} = "{tmp_path}/nothing"\n')

    assert error.subject == f"config.toml:5: [smtp] {key}"
    assert error.message == f"'{tmp_path}/nothing' cannot be read: no such file or directory"


def test_a_path_below_nobodys_home_is_one_that_is_not_there() -> None:
    error = refusal(f'{SENDER}{SMTP}password_file = "~nobody-of-that-name/key"\n')

    assert error.message.endswith("~nobody-of-that-name/key' cannot be read: no such file or directory")
    assert settings(f'database = "~nobody-of-that-name/x.db"\n{SENDER}').database.endswith("/~nobody-of-that-name/x.db")
    assert find("~nobody-of-that-name/config.toml", {}) == new_path("~nobody-of-that-name/config.toml")


def test_a_password_file_open_to_others_is_a_warning(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("x")
    secret.chmod(0o644)
    text = f'{SENDER}{SMTP}user = "ana"\npassword_file = "{secret}"\n'

    assert settings(text).warnings == (f"{secret} can be read by others on this machine: chmod 600 {secret}",)
    secret.chmod(0o600)
    assert settings(text).warnings == ()


def test_letters_in_clear_are_said_at_every_start() -> None:
    assert settings(f'{SENDER}{SMTP}security = "none"\n').warnings == (
        '[smtp] security = "none": letters travel unencrypted to mail.example.org',
    )


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('theme = "papr"\n', "[rendering] theme: there is no theme 'papr'; did you mean 'paper'?"),
        ('theme = "Paper"\n', "[rendering] theme: there is no theme 'Paper'; did you mean 'paper'?"),
        ('theme = "night"\n', "[rendering] theme: there is no theme 'night'; there are compact, mine, paper"),
        (f'{ANA}theme = "compct"\n', "[[subscribers]] theme: there is no theme 'compct'; did you mean 'compact'?"),
    ],
)
def test_a_theme_that_is_not_there_is_told_with_the_nearest(tmp_path: Path, text: str, warning: str) -> None:
    (tmp_path / "themes" / "mine").mkdir(parents=True)

    assert parse(f'{SENDER}[rendering]\nthemes = "themes"\n{text}', tmp_path / "config.toml", {}).warnings == (warning,)


def test_a_folder_of_themes_that_this_user_may_not_read_is_told_and_no_theme_said_to_be_missing(tmp_path: Path) -> None:
    with TemporaryDirectory() as place:  # pytest's own folders are closed to `nobody`
        Path(place).chmod(0)
        text = f'{SENDER}[rendering]\nthemes = "{place}"\ntheme = "mine"\n'
        with nobody():
            found = parse(text, tmp_path / "config.toml", {})

    assert found.warnings == (f"[rendering] themes: {place} cannot be read: permission denied",)


@pytest.mark.parametrize("theme", ["paper", "compact", "mine"])
def test_a_theme_that_is_there_is_not_told(tmp_path: Path, theme: str) -> None:
    (tmp_path / "themes" / "mine").mkdir(parents=True)
    text = f'{SENDER}[rendering]\nthemes = "themes"\ntheme = "{theme}"\n{ANA}theme = "{theme}"\n'

    assert parse(text, tmp_path / "config.toml", {}).warnings == ()


def test_to_a_server_on_this_machine_nothing_travels() -> None:
    smtp = SMTP.replace("mail.example.org", "127.0.0.1")

    assert settings(f'{SENDER}{smtp}security = "none"\n').warnings == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://digest.example.org",
        "https://127.0.0.1:8025",
        "https://localhost",
        "https://digest.localhost",
        "https://localhost.localdomain",
        "https://10.0.0.5",
        "https://[::1]/",
        "https://2130706433",
        "https://0x7f.1",
        "https://digest.lan",
        "https://digest",
        "https://digest.example.internal",
        "https://ana:secret@digest.example.org",
        "https://digest.example.org/?x=1",
        "https://",
        "ftp://digest.example.org",
        "digest.example.org",
        "https://[half",
    ],
)
def test_letters_never_link_to_this_machine_a_private_address_or_nowhere(url: str) -> None:
    assert refusal(f'base_url = "{url}"\n{SENDER}').subject == "config.toml:1: base_url"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://www.example.org/logo.png", "'http://www.example.org/logo.png' is not https"),
        ("https://10.0.0.5/logo.png", "'https://10.0.0.5/logo.png' leads to this machine or a private address"),
        ("https://localhost/logo.png", "'https://localhost/logo.png' leads to this machine or a private address"),
        ("https://[::1]/logo.png", "'https://[::1]/logo.png' leads to this machine or a private address"),
    ],
)
def test_letters_load_no_logo_in_the_clear_from_this_machine_or_a_private_address(url: str, message: str) -> None:
    refused = refusal(f'{SENDER}[rendering]\nlogo = "{url}"\n')

    assert (refused.subject, refused.message) == ("config.toml:4: [rendering] logo", message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("limit = 0", "0 is not between 1 and 200"),
        ("limit = 201", "201 is not between 1 and 200"),
        ("limit = true", "True is not a whole number"),
        ("floor = true", "True is not a number"),
        ("floor = nan", "nan is not a number"),
        ("floor = inf", "inf is not a number"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused(line: str, message: str) -> None:
    assert refusal(f"{SENDER}{ANA}{line}\n").message == message


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://digest.example.org", "'http://digest.example.org' is not https"),
        ("https://./x", "'https://./x' is not a web address"),
        ("ftp://digest.example.org", "'ftp://digest.example.org' is not a web address"),
        ("https://ana:secret@digest.example.org", "a web address with a login in it"),
        ("https://digest.example.org/?x=1", "'https://digest.example.org/?x=1' has more than an address"),
        ("https://10.0.0.5", "'https://10.0.0.5' leads to this machine or a private address"),
    ],
)
def test_what_is_wrong_with_a_base_url_is_told(url: str, message: str) -> None:
    assert refusal(f'base_url = "{url}"\n{SENDER}').message == message


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\\r\\nBcc: v@example.net",
        '\\"a b\\"@example.org',
        "<a@example.org>,c@example.net",
        "a@example.org?cc=c@example.net",
        "a" * 300 + "@example.org",
        "a@[127.0.0.1]",
        "-oQ@example.org",
        "a@localhost",
        "a@example.org,b@example.org",
        "a@example.org\\u202e",
        "",
    ],
)
def test_an_address_that_could_become_two_is_refused(address: str) -> None:
    refusal(f'{SENDER}[[subscribers]]\naddress = "{address}"\n')


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in KEYS.items() for key in keys])
def test_every_key_is_read_so_a_wrong_type_is_noticed(table: str, key: str) -> None:
    required = REQUIRED.get(table, "")
    own = "" if required.startswith(f"{key} ") else required
    heading = f"[[{table}]]" if table in LISTS else f"[{table}]" if table else ""
    sender = "" if "sender" in (table, key) else SENDER
    holder = HOLDERS.get(table, "")

    error = refusal(f"{holder}{heading}\n{own}\n{key} = [[1979-05-27]]\n{sender}")

    assert error.subject.startswith(f"config.toml:{5 if holder else 3}: ")
    assert error.subject.endswith(key)


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        settings(text)


@given(st.lists(st.sampled_from(["[a]", "[[b]]", "k = 1", 'k = """', '"""', "k = [", "]", "'''", "# x", 'k = "#["', ""])))
def test_finding_lines_never_fails(rows: list[str]) -> None:
    assert all(1 <= line <= len(rows) for line in lines_of("\n".join(rows)).values())


def test_keys_inside_texts_and_lists_are_not_taken_for_keys() -> None:
    text = 'a = """\nb = 1\n[c]\n"""\nd = [\n  "e = 1",  # f = 1 ]\n]\n[g]\n"h" = { i = 1 }\n[[j]]\nk = 1\n[[j]]\nk = 2\n'

    assert lines_of(text) == {
        ("", (), "a"): 1,
        ("", (), "d"): 5,
        ("g", (0,), ""): 8,
        ("g", (0,), "h"): 9,
        ("j", (0,), ""): 10,
        ("j", (0,), "k"): 11,
        ("j", (1,), ""): 12,
        ("j", (1,), "k"): 13,
    }


@pytest.mark.parametrize("string", [r'"""a \""" b"""', r'"""a\\"""', '""""a"""""', "''''a\\''''", '""""""'])
def test_a_string_of_three_quotes_ends_where_toml_ends_it(string: str) -> None:
    text = f"a = {string}\nb = 1\n"

    assert list(tomllib.loads(text)) == ["a", "b"]
    assert lines_of(text) == {("", (), "a"): 1, ("", (), "b"): 2}


def test_a_list_within_a_list_is_counted_anew_in_each_table_that_holds_one() -> None:
    text = "[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n[[a]]\nd = 1\n[[a.b]]\nd = 2\n"

    assert lines_of(text) == {
        ("a", (0,), ""): 1,
        ("a", (0,), "b"): 2,
        ("a.b", (0, 0), ""): 2,
        ("a.b", (0, 0), "c"): 3,
        ("a.b", (0, 1), ""): 4,
        ("a.b", (0, 1), "c"): 5,
        ("a", (1,), ""): 6,
        ("a", (1,), "d"): 7,
        ("a", (1,), "b"): 8,
        ("a.b", (1, 0), ""): 8,
        ("a.b", (1, 0), "d"): 9,
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [("BERLIN", "Europe/Berlin"), ("newyork", "America/New_York"), ("Eurpe/London", "Europe/London"), ("cest", ""), ("pst", ""), ("x", "")],
)
def test_a_zone_may_be_meant_in_any_case_and_an_abbreviation_is_none(written: str, meant: str) -> None:
    with pytest.raises(Wrong) as refusal:
        values.zone(written)

    assert refusal.value.hint == (f"did you mean {meant!r}? " if meant else "") + "names look like Europe/Berlin"


@pytest.mark.parametrize("kind", ["feed", "huggingface"])
def test_categories_of_a_source_that_has_none_to_choose_from_are_doubted(kind: str) -> None:
    address = 'url = "https://journal.example.org/feed"\n' if kind == "feed" else ""

    read = settings(f'{SENDER}[[sources]]\nname = "one"\nkind = "{kind}"\n{address}categories = ["cs.LG"]\n')

    assert read.warnings == (f"[[sources]] one: a source of the kind {kind} has no categories to choose from: all of it is read",)


@pytest.mark.parametrize(
    ("key", "value"),
    [("details_url", '"https://m.example.org/api"'), ("listing_url", '"https://m.example.org/list"'), ("holidays", '["2027-01-18"]')],
)
def test_what_only_arxiv_has_is_doubted_of_another_source(key: str, value: str) -> None:
    of_feed = settings(f'{SENDER}[[sources]]\nname = "one"\nkind = "biorxiv"\n{key} = {value}\n')
    of_arxiv = settings(f'{SENDER}[[sources]]\nname = "one"\nkind = "arxiv"\n{key} = {value}\n')

    assert of_feed.warnings == (f"[[sources]] one: {key} is for the kind arxiv, so it does nothing here",)
    assert of_arxiv.warnings == ()


def test_a_configuration_that_never_ends_or_never_begins_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.config.machine.LONGEST", 1000)
    os.mkfifo(tmp_path / "config.toml")

    with pytest.raises(ConfigurationError, match="/dev/zero: cannot be read: file too large"):
        load("/dev/zero")
    with pytest.raises(ConfigurationError, match=r"'from' is missing"):
        load(str(tmp_path / "config.toml"))


def test_a_zone_of_a_million_octets_is_refused_at_once() -> None:
    began = process_time()

    with pytest.raises(ConfigurationError, match="is not a time zone"):
        values.zone("İ" * 450_000)

    assert process_time() - began < 1  # it was four seconds


def test_an_id_that_is_followed_without_a_name_is_doubted() -> None:
    reader = f'{SENDER}{SMTP}[[subscribers]]\naddress = "ana@example.org"\nauthors = ["0000-0002-1825-0097", "Yarin Gal"]\n'

    (warning,) = settings(reader).warnings

    told = "'0000-0002-1825-0097' finds nobody by itself, as no built-in source gives such ids: write 'Their Name <0000-0002-1825-0097>'"
    assert warning == f"[[subscribers]] authors: {told}"
    assert list(doubt_of_ids(["0000-0002-1825-0097"], ["arxiv", "lab.papers:make"])) == []
