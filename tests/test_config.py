"""The configuration: what a file and the environment say, and where the file is."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from digest.config import Settings, load, parse, values
from digest.config.machine import local_zone, models_folder
from digest.config.papers import paper_key
from digest.config.reading import find
from digest.errors import ConfigurationError
from digest.model import Cadence, Edition, Every, Format, Interest, Profile, SourceOptions
from digest.wiring import polite_net

from .command_line import closed, nobody

SENDER = '[sender]\nfrom = "digest@example.org"\n'
SMTP = '[smtp]\nhost = "mail.example.org"\n'
ANA = '[[subscribers]]\naddress = "ana@example.org"\n'


def settings(text: str, **environment: str) -> Settings:
    return parse(text, "config.toml", environment)


# --- what it says -----------------------------------------------------------------------------------------------------


def test_a_sender_is_enough(tmp_path: Path) -> None:
    read = parse(SENDER, tmp_path / "config.toml", {})

    assert read.sender.address == "digest@example.org"
    assert read.database == str(tmp_path / "digest.db")
    assert [source.name for source in read.sources] == ["arxiv", "huggingface"]
    assert (read.smtp, read.subscribers, read.secrets, read.proxy, read.warnings) == (None, (), (), None, ())


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("x")
    (tmp_path / "themes").mkdir()

    read = parse(
        f'database = "state/digest.db"\n{SENDER}{SMTP}ca_file = "authority.pem"\n'
        '[rendering]\nthemes = "themes"\n[delivery]\nfolder = "out"\n',
        tmp_path / "config.toml",
        {},
    )

    assert read.database == str(tmp_path / "state/digest.db")
    assert read.smtp is not None
    assert read.smtp.ca_file == tmp_path / "authority.pem"
    assert read.rendering.themes == tmp_path / "themes"
    assert read.delivery.folder == tmp_path / "out"


def test_a_database_may_be_an_address() -> None:
    assert settings(f'database = "postgresql://db.example.org/digest"\n{SENDER}').database == "postgresql://db.example.org/digest"


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_security(security: str, port: int) -> None:
    smtp = settings(f'{SENDER}{SMTP}security = "{security}"\n').smtp

    assert smtp is not None
    assert smtp.port == port


@pytest.mark.parametrize(
    ("text", "meant"),
    [("45m", timedelta(minutes=45)), ("36h", timedelta(hours=36)), ("2d", timedelta(days=2)), ("0", timedelta())],
)
def test_durations_carry_their_unit(text: str, meant: timedelta) -> None:
    assert settings(f'{SENDER}[delivery]\nlinger = "{text}"\n').delivery.linger == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Yarin Gal", "Yarin Gal"),
        ("Gal, Yarin", "Gal, Yarin"),
        ("王伟", "王伟"),
        ("https://orcid.org/0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("https://openalex.org/authors/a5023888391", "A5023888391"),
        ("Ana Silva  <orcid.org/0000-0002-1825-0097>", "Ana Silva <0000-0002-1825-0097>"),
        ("Ana Silva <A5023888391>", "Ana Silva <A5023888391>"),
    ],
)
def test_somebody_to_follow_is_a_name_or_an_identity_or_both(text: str, meant: str) -> None:
    (ana,) = settings(f'{SENDER}{ANA}authors = ["{text}"]\n').subscribers

    assert ana.profile == Profile(authors=(meant,))


NOBODY = ["0000-0002-1825-009", "0000 0002 1825 0097", "Ana <>", "ana@example.org", "https://example.org/ana", "7", "?"]


@pytest.mark.parametrize("text", NOBODY)
def test_nobody_is_followed_by_what_is_no_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is neither a name nor an identity"):
        settings(f'{SENDER}{ANA}authors = ["{text}"]\n')


def test_a_subscriber_with_everything() -> None:
    (ana,) = settings(
        SENDER
        + ANA
        + """name = "mine"
topics = ["calibration of language models"]
keywords = ["conformal"]
muted = ["survey"]
authors = ["Yarin Gal"]
categories = ["cs.LG"]
liked = ["2302.09664", "https://arxiv.org/abs/2206.00001v2", "https://doi.org/10.1038/X.1"]
zone = "Europe/Berlin"
language = "de"
at = "06:30"
every = "weekdays"
limit = 5
floor = 20
explore = true
others = false
updates = true
skip_empty = true
only_above = 60
theme = "plain"
format = "markdown"
"""
    ).subscribers

    assert ana.configured
    assert (ana.subscriber.email, ana.subscriber.zone, ana.name) == ("ana@example.org", "Europe/Berlin", "mine")
    assert ana.subscriber.language == "de"
    assert ana.profile == Profile(
        interests=(
            Interest(topics=("calibration of language models",), liked=("arxiv:2302.09664", "arxiv:2206.00001", "doi:10.1038/x.1")),
        ),
        keywords=("conformal",),
        muted=("survey",),
        authors=("Yarin Gal",),
        categories=("cs.LG",),
        limit=5,
        floor=20.0,
        explore=True,
        others=False,
        updates=True,
    )
    assert ana.cadence == Cadence(every=Every.WEEKDAYS, at=time(6, 30), only_above=60.0, skip_empty=True)
    assert (ana.edition, ana.theme, ana.format) == (None, "plain", Format.MARKDOWN)


def test_interests_stand_beside_what_is_under_no_name() -> None:
    (ana, bo) = settings(
        SENDER
        + """[[subscribers]]
address = "ana@example.org"
topics = ["calibration of language models"]
[[subscribers.interests]]
name = "graphs"
topics = ["graph neural networks"]
liked = ["2302.09664"]
weight = 2
[[subscribers.interests]]
name = "proteins"
liked = ["10.1038/X.1"]
[[subscribers]]
address = "bo@example.org"
[[subscribers.interests]]
name = "graphs"
topics = ["trees"]
"""
    ).subscribers

    assert ana.profile is not None
    assert ana.profile.interests == (
        Interest(topics=("calibration of language models",)),
        Interest(name="graphs", topics=("graph neural networks",), liked=("arxiv:2302.09664",), weight=2.0),
        Interest(name="proteins", liked=("doi:10.1038/x.1",)),
    )
    assert bo.profile == Profile(interests=(Interest(name="graphs", topics=("trees",)),))


def test_an_edition_needs_no_profile_and_gives_the_subscription_its_name() -> None:
    (trending,) = settings(f'{SENDER}{ANA}edition = "trending"\n').subscribers

    assert (trending.name, trending.edition, trending.profile) == ("trending", Edition(name="trending"), None)


@pytest.mark.parametrize(
    ("text", "every", "days"),
    [
        ('"daily"', Every.DAILY, ()),
        ('"weekly"', Every.WEEKLY, ()),
        ('"fri"', Every.WEEKLY, (4,)),
        ('"Fridays"', Every.WEEKLY, (4,)),
        ('"mon,thu"', Every.DAYS, (0, 3)),
        ('["Thursday", "mon"]', Every.DAYS, (0, 3)),
        ('["Weekdays"]', Every.WEEKDAYS, ()),
    ],
)
def test_the_days_of_a_letter(text: str, every: Every, days: tuple[int, ...]) -> None:
    (ana,) = settings(f"{SENDER}{ANA}every = {text}\n").subscribers

    assert (ana.cadence.every, ana.cadence.days) == (every, days)


def test_a_blank_text_is_as_good_as_none() -> None:
    read = settings(f'{SENDER}{ANA}name = " "\n[[sources]]\nname = "\\t"\nkind = "biorxiv"\n[ranking]\nmodels = " "\n')

    assert (read.subscribers[0].name, read.sources[0].name) == ("main", "biorxiv")
    assert read.ranking.models == settings(SENDER).ranking.models


def test_an_hour_may_be_a_toml_time() -> None:
    (ana,) = settings(f"{SENDER}{ANA}at = 06:30:00\n").subscribers

    assert ana.cadence.at == time(6, 30)


def test_a_reader_without_a_zone_is_in_the_machines() -> None:
    (ana,) = settings(SENDER + ANA, TZ="Asia/Kolkata").subscribers

    assert ana.subscriber.zone == "Asia/Kolkata"


def test_sources_are_read_in_their_order() -> None:
    sources = settings(
        SENDER
        + '[[sources]]\nkind = "arxiv"\ncategories = ["cs.LG"]\n'
        + '[[sources]]\nname = "journal"\nkind = "feed"\nurl = "https://journal.example.org/feed.xml"\npaused = true\n'
        + '[[sources]]\nname = "lab"\nkind = "lab.papers:make"\n'
    ).sources

    assert sources == (
        SourceOptions(name="arxiv", kind="arxiv", categories=("cs.LG",)),
        SourceOptions(name="journal", kind="feed", url="https://journal.example.org/feed.xml", paused=True),
        SourceOptions(name="lab", kind="lab.papers:make"),
    )


def test_an_address_is_stored_as_the_wire_wants_it() -> None:
    assert settings('[sender]\nfrom = "digest@Münster.Example.ORG"\n').sender.address == "digest@xn--mnster-3ya.example.org"


@pytest.mark.parametrize("limit", [1, 200])
def test_a_limit_may_be_the_least_and_the_most(limit: int) -> None:
    assert settings(f"{SENDER}{ANA}limit = {limit}\n").subscribers[0].profile.limit == limit


def test_the_end_of_base_url_is_cut() -> None:
    assert settings(f'base_url = "HTTPS://digest.example.org/"\n{SENDER}').base_url == "https://digest.example.org"


def test_an_internal_name_is_allowed_where_only_insiders_follow_it() -> None:
    assert settings(f'base_url = "https://digest.lab"\nbase_url_reach = "internal"\n{SENDER}').base_url == "https://digest.lab"


def test_a_model_is_chosen_by_one_word(tmp_path: Path) -> None:
    read = parse(f'{SENDER}[ranking]\nmodel = "minilm"\n', tmp_path / "config.toml", {"HOME": "/home/ana"}).ranking

    assert (read.model, read.models) == ("minilm", Path("/home/ana/.local/share/digest/models"))


def test_models_lie_where_the_file_says(tmp_path: Path) -> None:
    read = parse(f'{SENDER}[ranking]\nmodels = "models"\n', tmp_path / "config.toml", {}).ranking

    assert read.models == tmp_path / "models"


def test_the_end_of_an_endpoint_is_cut() -> None:
    assert settings(f'{SENDER}[ranking]\nendpoint = "https://api.example.org/v1/"\n').ranking.endpoint == "https://api.example.org/v1"


# --- the environment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", [", ", "\n", ",\r\n"])
def test_the_environment_gives_secrets_and_a_proxy(between: str) -> None:
    read = settings(
        SENDER,
        DIGEST_SECRETS=f"a-new-key-of-enough-length{between}an-old-key-of-enough-length",
        HTTPS_PROXY="http://proxy.example.org:3128",
        NO_PROXY="localhost",
    )

    assert read.secrets == (b"a-new-key-of-enough-length", b"an-old-key-of-enough-length")
    assert (read.proxy, read.no_proxy) == ("http://proxy.example.org:3128", "localhost")


def test_a_secret_is_taken_as_the_octets_that_the_environment_holds() -> None:
    held = b"a-key-of-enough-length \xff \xc3\xa9"

    assert settings(SENDER, DIGEST_SECRETS=os.fsdecode(held)).secrets == (held,)


def test_a_proxy_may_be_named_without_its_scheme() -> None:
    assert settings(SENDER, HTTPS_PROXY="proxy.example.org:3128").proxy == "http://proxy.example.org:3128"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOME": "/home/ana"}, "/home/ana/.local/share/digest/models"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": "/data"}, "/data/digest/models"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": "data"}, "/home/ana/.local/share/digest/models"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": ""}, "/home/ana/.local/share/digest/models"),
    ],
)
def test_models_belong_to_the_data_of_the_user(environment: dict[str, str], expected: str) -> None:
    assert models_folder(environment) == Path(expected)


@pytest.mark.parametrize("read", [lambda: find(None, {}), lambda: models_folder({}), lambda: polite_net(settings(SENDER, HOME="/"))])
def test_a_user_without_a_folder_is_told_to_set_home(read: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)

    with pytest.raises(ConfigurationError, match="HOME: is not set, and this user has no folder"):
        read()


def test_a_short_token_key_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(SENDER, DIGEST_SECRETS="hunter2")

    assert caught.value.subject == "DIGEST_SECRETS"
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_the_password_comes_from_the_environment_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-the-file\n")
    text = f'{SENDER}{SMTP}user = "ana"\npassword_file = "{tmp_path}/password"\n'

    assert settings(text, DIGEST_SMTP_PASSWORD="from-the-environment").smtp_password() == "from-the-environment"
    assert settings(text).smtp_password() == "from-the-file"


def test_the_blanks_of_an_app_password_are_removed(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(" abcd efgh ijkl mnop\n")

    assert settings(f'{SENDER}{SMTP}user = "ana"\npassword_file = "{tmp_path}/password"\n').smtp_password() == "abcdefghijklmnop"


@pytest.mark.parametrize(
    ("given", "database"),
    [
        ("digest.db", "/etc/digest/digest.db"),
        ("sqlite:///digest.db", "sqlite:////etc/digest/digest.db"),
        ("sqlite:///state/digest.db?timeout=5", "sqlite:////etc/digest/state/digest.db?timeout=5"),
        ("sqlite:////var/digest.db", "sqlite:////var/digest.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite:///file:digest.db?uri=true", "sqlite:///file:digest.db?uri=true"),
        ("sqlite:///", "sqlite:///"),
        ("postgresql:///digest", "postgresql:///digest"),
    ],
)
def test_a_databases_path_is_relative_to_the_configuration_also_in_an_address(given: str, database: str) -> None:
    assert parse(f'database = "{given}"\n{SENDER}', Path("/etc/digest/config.toml"), {}).database == database


def test_the_mark_that_windows_puts_before_a_text_is_no_part_of_a_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"\xef\xbb\xbfhush\r\n")

    assert settings(f'{SENDER}{SMTP}user = "ana"\npassword_file = "{tmp_path}/password"\n').smtp_password() == "hush"


@pytest.mark.parametrize("key", ["password_file", "imap_password_file"])
def test_a_password_is_its_files_only_line(tmp_path: Path, key: str) -> None:
    (tmp_path / "password").write_text("secret\n# of the old server: hunter2\n")
    inbox = "[inbox]\nimap_host = \"imap.example.org\"\n" if key.startswith("imap") else ""
    read = parse(f'{SENDER}{SMTP}user = "ana"\n{inbox}{key} = "password"\n', tmp_path / "config.toml", {})

    with pytest.raises(ConfigurationError) as caught:
        read.imap_password() if inbox else read.smtp_password()

    assert caught.value.message == "holds more than a password"
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_user_without_a_password_is_an_error_when_it_is_needed() -> None:
    read = settings(f'{SENDER}{SMTP}user = "ana"\n')

    with pytest.raises(ConfigurationError, match="there is a user but no password"):
        read.smtp_password()


def test_nobody_logs_in_without_a_user() -> None:
    assert settings(f"{SENDER}{SMTP}", DIGEST_SMTP_PASSWORD="unused").smtp_password() is None


def test_no_secret_is_shown() -> None:
    read = settings(
        f'database = "postgresql://ana:hunter2@db.example.org/x"\n{SENDER}{SMTP}user = "ana"\n',
        DIGEST_SECRETS="hunter2-hunter2-hunter2",
        DIGEST_SMTP_PASSWORD="hunter2",
        HTTPS_PROXY="http://ana:hunter2@proxy.example.org",
    )

    assert "hunter2" not in repr(read)


@pytest.mark.parametrize(("given", "meant"), [("utc", "UTC"), ("europe/berlin", "Europe/Berlin"), ("Etc/GMT+1", "Etc/GMT+1")])
def test_a_zone_is_known_in_any_case(given: str, meant: str) -> None:
    assert values.zone(given) == meant


def test_the_machines_zone_is_read_from_its_link(tmp_path: Path) -> None:
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")

    assert local_zone({}, tmp_path) == "Europe/Berlin"
    assert local_zone({"TZ": ":Asia/Tokyo"}, tmp_path) == "Asia/Tokyo"
    assert local_zone({"TZ": "nonsense"}, tmp_path / "none") == "UTC"


# --- where it is ------------------------------------------------------------------------------------------------------


def test_the_named_file_comes_first_then_the_environments_then_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = {"HOME": str(tmp_path / "home")}
    (tmp_path / "home/.config/digest").mkdir(parents=True)
    for file, name in [("named.toml", "n"), ("environment.toml", "e"), ("config.toml", "c"), ("home/.config/digest/config.toml", "h")]:
        (tmp_path / file).write_text(f'{SENDER}name = "{name}"\n')

    assert load("named.toml", {**home, "DIGEST_CONFIG": "environment.toml"}).sender.name == "n"
    assert load(None, {**home, "DIGEST_CONFIG": "environment.toml"}).sender.name == "e"
    assert load(None, home).sender.name == "c"
    (tmp_path / "config.toml").unlink()
    assert load(None, home).sender.name == "h"


def test_a_folder_that_this_user_may_not_look_into_has_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = closed(tmp_path)
    monkeypatch.chdir(tmp_path)

    with nobody(), pytest.raises(ConfigurationError, match="no configuration"):
        find(None, {"HOME": str(place)})


def test_a_configuration_that_this_user_may_not_read_is_told_as_such(tmp_path: Path) -> None:
    place = closed(tmp_path) / "config.toml"

    with nobody(), pytest.raises(ConfigurationError, match="cannot be read: permission denied") as caught:
        load(str(place), {})

    assert caught.value.hint == "let this user read it, or run as the user whose it is"


def test_no_configuration_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigurationError) as caught:
        load(None, {"HOME": str(tmp_path)})

    assert (str(caught.value), caught.value.hint) == ("no configuration", "digest init writes one; digest demo needs none")


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: no such file"):
        load(str(tmp_path / "config.toml"), {})


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match="it is not UTF-8"):
        load(str(tmp_path / "config.toml"), {})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf" + SENDER.encode())

    assert load(str(tmp_path / "config.toml"), {}).sender.address == "digest@example.org"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("arXiv:2302.09664v2 [cs.CL]", "arxiv:2302.09664"),
        ("https://huggingface.co/papers/2302.09664", "arxiv:2302.09664"),
        ("math.GT/0309136v1", "arxiv:math/0309136"),
        ("10.1038/S41586-021-03819-2", "doi:10.1038/s41586-021-03819-2"),
        ("sample:0007", "sample:0007"),
    ],
)
def test_a_liked_paper_is_named_as_the_catalog_names_it(name: str, key: str) -> None:
    assert paper_key(name) == key


@pytest.mark.parametrize(("written", "meant"), [("cs.lg", "cs.LG"), ("stat.Ml", "stat.ML"), ("cond-mat.mtrl-sci", "cond-mat.mtrl-sci")])
def test_a_category_is_spelt_as_arxiv_spells_it(written: str, meant: str) -> None:
    (ana,) = settings(f'{SENDER}{ANA}edition = "{written}"\n').subscribers

    assert ana.edition == Edition(name=meant)


def test_a_misspelt_trending_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'trendng' is not an edition"):
        settings(f'{SENDER}{ANA}edition = "trendng"\n')


def test_the_files_proxy_goes_before_the_environments() -> None:
    file = f'proxy = "proxy.example.org:3128"\n{SENDER}'

    assert settings(file, HTTPS_PROXY="http://other.example.org").proxy == "http://proxy.example.org:3128"
    assert settings(SENDER, HTTPS_PROXY="http://other.example.org").proxy == "http://other.example.org"


LONG = "https://a.example.org/" + "x" * 300


@pytest.mark.parametrize("url", ["https://bücher.example", "https://digest.example.org/ü", "https://a.example.org/x,y", LONG])
def test_a_base_url_that_no_header_can_hold_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot stand in a mail's header"):
        settings(f'base_url = "{url}"\n{SENDER}')


@pytest.mark.parametrize("code", ["tlh", "deutsch", "../de", "de_DE", "d"])
def test_a_language_that_is_not_there_is_an_error(code: str) -> None:
    with pytest.raises(ConfigurationError, match="is no language that letters are written in"):
        settings(f'{SENDER}{ANA}language = "{code}"\n')


def test_a_region_of_a_language_is_that_language_too() -> None:
    (ana,) = settings(f'{SENDER}{ANA}language = "de-AT"\n').subscribers

    assert ana.subscriber.language == "de-AT"


def test_a_letter_is_english_unless_it_is_said() -> None:
    (ana,) = settings(SENDER + ANA).subscribers

    assert ana.subscriber.language == "en"


# --- the inbox --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "port"), [("", 993), ('imap_security = "starttls"\n', 143), ('imap_security = "starttls"\nimap_port = 1143\n', 1143)]
)
def test_the_inboxs_port_follows_from_its_security(said: str, port: int) -> None:
    read = settings(f'{SENDER}[inbox]\nimap_host = "imap.example.org"\nimap_user = "ana"\n{said}')

    assert read.inbox.imap_port == port


def test_an_inbox_of_the_account_that_sends_needs_no_login_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("abcd efgh ijkl mnop\n")
    text = f'{SENDER}{SMTP}user = "ana"\npassword_file = "password"\n[inbox]\nimap_host = "imap.example.org"\n'

    read = parse(text, tmp_path / "config.toml", {})

    assert (read.inbox.imap_user, read.imap_password()) == ("ana", "abcdefghijklmnop")


def test_an_inbox_of_another_account_has_a_password_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    inbox = '[inbox]\nimap_host = "imap.example.org"\nimap_user = "bo"\n'
    text = f'{SENDER}{SMTP}user = "ana"\npassword_file = "password"\n{inbox}'

    with pytest.raises(ConfigurationError, match="there is a user but no password"):
        parse(text, tmp_path / "config.toml", {}).imap_password()

    assert parse(f'{text}imap_password_file = "password"\n', tmp_path / "config.toml", {}).imap_password() == "secret"


@pytest.mark.parametrize("written", ["[2027-01-18, 2027-11-25]", '["2027-01-18", "2027-11-25"]'])
def test_holidays_are_days_as_toml_or_as_texts(written: str) -> None:
    text = f'[sender]\nfrom = "digest@example.org"\n[[sources]]\nkind = "arxiv"\nholidays = {written}\n'

    (source,) = parse(text, "config.toml", {}).sources

    assert source.holidays == (date(2027, 1, 18), date(2027, 11, 25))


@pytest.mark.parametrize("written", ['["Christmas"]', "[7]", '"2027-13-01"', "[[]]"])
def test_what_is_no_day_is_an_error_that_shows_how_to_write_one(written: str) -> None:
    text = f'[sender]\nfrom = "digest@example.org"\n[[sources]]\nkind = "arxiv"\nholidays = {written}\n'

    with pytest.raises(ConfigurationError) as raised:
        parse(text, "config.toml", {})

    assert raised.value.subject == "config.toml:5: [[sources]] holidays"


def test_a_logo_may_have_a_query_as_pictures_of_a_store_do() -> None:
    given = "HTTPS://www.example.org/logo.png?v=2"

    assert settings(f'{SENDER}[rendering]\nlogo = "{given}"\n').rendering.logo == "https://www.example.org/logo.png?v=2"
