"""What the doctor says of a domain's DNS, asked of a real DNS server: SPF, DKIM, DMARC, PTR, each with the record to publish."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.config import parse
from digest.delivery.dkim_keys import load, record
from digest.doctor.domain import domain
from digest.doctor.findings import DnsRecord, Finding
from digest.doctor.resolver import Resolver
from tests.dkim_checks import pem_of
from tests.dns_server import DnsServer, Zone, text

HERE = "192.0.2.10"
OWN = '[sender]\nfrom = "digest@example.org"\n[smtp]\nhost = "mail.example.org"\n'
DMARC = {("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=none; rua=mailto:digest@example.org"']}
SPF = {("example.org", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"']}
PTR = {("10.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org."], ("mail.example.org", "A"): [HERE]}


@dataclass(frozen=True)
class Seen:
    """The findings of an examination."""

    findings: tuple[Finding, ...]

    def of(self, check: str) -> list[tuple[str, str]]:
        """Verdict and sentence of each finding of a check."""
        return [(str(f.verdict), f"{f.subject}: {f.sentence}") for f in self.findings if f.check == check]

    def advice(self, check: str) -> str:
        return next(f.advice for f in self.findings if f.check == check and f.advice)

    def publish(self, check: str) -> DnsRecord | None:
        return next(f.publish for f in self.findings if f.check == check and f.publish)


def seen(zone: Zone, configuration: str = OWN, sends_from: tuple[str, ...] = (HERE,)) -> Seen:
    """What is found with that configuration, where the DNS says this."""
    with DnsServer(zone) as server:
        return Seen(tuple(domain(parse(configuration, "config.toml", {}), Resolver(server.address, seconds=2), sends_from)))


def test_a_domain_in_order_is_said_to_be() -> None:
    found = seen({**SPF, **DMARC, **PTR})

    assert found.of("spf") == [("ok", "example.org: lets 192.0.2.10 send its mail (ip4:192.0.2.0/24); 0 of 10 look-ups")]
    assert found.of("dmarc") == [("ok", "example.org: has a DMARC policy, p=none")]
    assert found.of("alignment") == [("ok", "example.org: the envelope (SPF) speaks for the domain in From")]
    assert found.of("ptr") == [("ok", "192.0.2.10: is called mail.example.org, which leads back to it")]
    assert [f.verdict for f in found.findings if f.verdict == "problem"] == []


# --- SPF --------------------------------------------------------------------------------------------------------------


def test_without_a_record_the_one_to_publish_is_shown() -> None:
    found = seen({})

    assert found.of("spf") == [("problem", "example.org: has no SPF record that allows mail from 192.0.2.10, from where letters leave")]
    assert found.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 ip4:192.0.2.10 ~all")


def test_a_record_that_forbids_our_server_is_shown_with_it() -> None:
    found = seen({("example.org", "TXT"): ['"v=spf1 mx ip4:198.51.100.1 -all"'], ("example.org", "MX"): ["10 mx.example.net."]})

    assert found.of("spf") == [("problem", "example.org: forbids mail from 192.0.2.10, from where letters leave (-all)")]
    assert found.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 ip4:192.0.2.10 mx ip4:198.51.100.1 -all")
    assert found.advice("spf").startswith("put this record in place of the one that is there")


def test_two_records_become_one() -> None:
    found = seen({("example.org", "TXT"): ['"v=spf1 mx ~all"', '"v=spf1 ip4:192.0.2.10 -all"', '"site=1"']})

    assert found.of("spf") == [("problem", "example.org: has 2 SPF records, so receivers use none of them")]
    assert found.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 ip4:192.0.2.10 mx ~all")


def test_of_two_records_one_that_leads_on_is_included_since_a_redirect_is_not_followed_beside_all() -> None:
    found = seen({("example.org", "TXT"): ['"v=spf1 ip4:192.0.2.10 -all"', '"v=spf1 redirect=all.example.net"']})

    assert found.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 ip4:192.0.2.10 include:all.example.net -all")


def test_a_record_that_cannot_be_used_says_where() -> None:
    found = seen({("example.org", "TXT"): ['"v=spf1 ipv4:192.0.2.10 -all"']})

    assert found.of("spf")[0][1] == "example.org: its SPF record cannot be used: 'ipv4:192.0.2.10' is nothing that SPF knows"


def test_an_ipv4_address_as_a_log_of_both_kinds_writes_it_is_itself() -> None:
    found = seen(PTR, sends_from=("::ffff:192.0.2.10",))

    assert found.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 ip4:192.0.2.10 ~all")
    assert found.of("ptr") == [("ok", "192.0.2.10: is called mail.example.org, which leads back to it")]


def test_a_server_of_ones_own_is_looked_up_by_its_name() -> None:
    # 203.0.113.0/24 is for documentation and never public; this one is of a name server that anybody may ask.
    zone = {("mail.example.org", "A"): ["9.9.9.9"], ("example.org", "TXT"): ['"v=spf1 a:mail.example.org -all"']}

    found = seen(zone, sends_from=())

    assert found.of("spf") == [("ok", "example.org: lets 9.9.9.9 send its mail (a:mail.example.org); 1 of 10 look-ups")]
    assert found.of("ptr") == [("problem", "9.9.9.9: has no name (PTR), and Gmail refuses mail from such addresses")]


def test_a_server_on_this_machine_has_to_be_told_its_address() -> None:
    found = seen(SPF, OWN.replace("mail.example.org", "127.0.0.1"), sends_from=())

    assert found.of("spf") == [("note", "example.org: has an SPF record; from which address letters leave cannot be told from here")]
    assert "--sends-from" in found.advice("spf")


def test_the_record_proposed_for_a_server_whose_address_is_not_known_forbids_nothing() -> None:
    found = seen({}, OWN.replace("mail.example.org", "127.0.0.1"), sends_from=())

    assert found.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 mx a ~all")
    assert found.advice("spf").endswith("then name the address that receivers see: digest doctor --sends-from ADDRESS")


def test_a_provider_has_to_be_included_however_deep() -> None:
    gmail = OWN.replace("mail.example.org", "smtp.gmail.com")
    included = {
        ("example.org", "TXT"): ['"v=spf1 include:all.example.net ~all"'],
        ("all.example.net", "TXT"): ['"v=spf1 include:_spf.google.com ~all"'],
    }

    assert seen(included, gmail, ()).of("spf") == [("ok", "example.org: lets Gmail send its mail")]
    missing = seen(SPF, gmail, ())
    assert missing.of("spf") == [("problem", "example.org: does not let Gmail send its mail")]
    assert missing.publish("spf") == DnsRecord("example.org", "TXT", "v=spf1 include:_spf.google.com ip4:192.0.2.0/24 -all")
    assert missing.of("ptr") == []


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ("v=spf1 redirect=all.example.net", "lets Gmail send its mail"),
        ("v=spf1 include:_SPF.google.com ~all", "lets Gmail send its mail"),
        ("v=spf1 -all include:_spf.google.com", "does not let Gmail send its mail"),
        ("v=spf1 -include:_spf.google.com ~all", "does not let Gmail send its mail"),
        (
            "v=spf1 include:_spf.google.com ipv4:192.0.2.10 ~all",
            "its SPF record cannot be used: 'ipv4:192.0.2.10' is nothing that SPF knows",
        ),
        (
            f"v=spf1 {'a:mail.example.org ' * 10}include:_spf.google.com ~all",
            "its SPF record cannot be used: it asks the DNS more than 10 times, includes counted with what they include",
        ),
    ],
)
def test_a_provider_may_send_where_receivers_come_upon_its_record(record: str, sentence: str) -> None:
    zone = {
        ("example.org", "TXT"): [text(record)],
        ("all.example.net", "TXT"): ['"v=spf1 include:_spf.google.com -all"'],
        ("mail.example.org", "A"): [HERE],
    }

    found = seen(zone, OWN.replace("mail.example.org", "smtp.gmail.com"), ())

    assert [said.partition(": ")[2] for _, said in found.of("spf")] == [sentence]


@pytest.mark.parametrize(("host", "name"), [("smtp.sendgrid.net", "SendGrid"), ("email-smtp.eu-west-1.amazonaws.com", "Amazon SES")])
def test_a_provider_with_an_envelope_of_its_own_needs_no_spf_of_ours(host: str, name: str) -> None:
    found = seen(DMARC, OWN.replace("mail.example.org", host), ())

    assert found.of("spf") == [("ok", f"example.org: is not looked at: {name} sends with an envelope of its own")]
    assert found.of("alignment")[0][0] == "note"
    assert found.of("ptr") == []


@pytest.mark.parametrize(
    ("host", "verdict"),
    [("smtp.gmail.com", "ok"), ("mail.example.org", "problem"), ("127.0.0.1", "note"), ("smtp.sendgrid.net", "problem")],
)
def test_an_address_of_a_provider_has_no_dns_of_ours(host: str, verdict: str) -> None:
    configuration = f'[sender]\nfrom = "ana@gmail.com"\n[smtp]\nhost = "{host}"\n'

    (finding,) = seen({}, configuration, ()).findings

    assert (finding.check, finding.verdict) == ("domain", verdict)


# --- DKIM -------------------------------------------------------------------------------------------------------------


def keys(folder: Path, published: dict[str, str]) -> Seen:
    """What is found with an RSA key under r2026, where the DNS says this of it."""
    (folder / "r.pem").write_bytes(pem_of("r2026"))
    configuration = f'{OWN}[dkim]\nselector = "r2026"\nkey_file = "{folder}/r.pem"\n'
    return seen({(name, "TXT"): [text(value)] for name, value in published.items()}, configuration)


def ours() -> str:
    return record("example.org", "r2026", load(pem_of("r2026"), "")).value


NAME = "r2026._domainkey.example.org"
OTHER = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"


def test_a_key_that_is_published_is_ours(tmp_path: Path) -> None:
    found = keys(tmp_path, {NAME: ours()})

    assert found.of("dkim") == [
        ("ok", f"{NAME}: is published, and is our key"),
        ("ok", "example.org: our signature covers List-Unsubscribe and List-Unsubscribe-Post, as one-click unsubscribe needs"),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda value: "", "is not published, so receivers cannot check our signature"),
        (lambda value: OTHER, "another key than ours is published there, so our signatures look forged"),
        (lambda value: "v=DKIM1; p=", "the key is withdrawn (an empty p=)"),
        (lambda value: value.replace("k=rsa", "k=ed25519"), "another key than ours is published there, so our signatures look forged"),
        (lambda value: value.replace("k=rsa", "k=rsa; h=sha1"), "the record allows only h=sha1, and we sign with sha256"),
    ],
)  # fmt: skip
def test_a_record_that_is_not_our_key_is_shown_with_ours(tmp_path: Path, change, sentence: str) -> None:  # type: ignore[no-untyped-def]
    found = keys(tmp_path, {NAME: change(ours()) or "something else"})

    assert found.of("dkim")[0] == ("problem", f"{NAME}: {sentence}")
    assert found.publish("dkim") == DnsRecord(NAME, "TXT", ours())


def test_a_record_with_blanks_and_without_k_is_the_same_key(tmp_path: Path) -> None:
    spaced = ours().replace("k=rsa; p=", "p=").replace("MII", "MII ")

    assert keys(tmp_path, {NAME: spaced}).of("dkim")[0] == ("ok", f"{NAME}: is published, and is our key")


def test_a_record_for_tests_is_said_to_be_one(tmp_path: Path) -> None:
    assert keys(tmp_path, {NAME: f"{ours()}; t=y"}).of("dkim")[0][0] == "note"


def test_without_a_key_the_relay_is_told_what_to_sign() -> None:
    ((verdict, sentence),) = seen(SPF).of("dkim")

    assert verdict == "note"
    assert "List-Id:List-Unsubscribe:List-Unsubscribe-Post" in sentence
    assert "digest doctor --letter" in seen(SPF).advice("dkim")


# --- DMARC ------------------------------------------------------------------------------------------------------------


def test_without_a_policy_the_mildest_is_shown() -> None:
    found = seen(SPF)

    assert found.of("dmarc")[0][0] == "problem"
    assert found.publish("dmarc") == DnsRecord("_dmarc.example.org", "TXT", "v=DMARC1; p=none; rua=mailto:digest@example.org")


def test_an_address_for_reports_is_written_as_one_that_a_record_can_hold() -> None:
    """RFC 7489 section 6.2: a URI, in which "," and "!" have a meaning of their own."""
    found = seen(SPF, OWN.replace("digest@", "größe!a+b@"))

    record = found.publish("dmarc")
    assert record is not None
    assert record.value == "v=DMARC1; p=none; rua=mailto:gr%C3%B6%C3%9Fe%21a+b@example.org"


@pytest.mark.parametrize(
    ("tags", "policy", "verdict"),
    [("p=none", "p=none", "note"), ("p=none; sp=Reject", "sp=reject", "problem"), ("p=reject; sp=maybe", "p=reject", "problem")],
)
def test_the_policy_of_the_domain_above_counts_and_what_it_says_of_those_below(tags: str, policy: str, verdict: str) -> None:
    elsewhere = OWN.replace("[smtp]", 'bounce_address = "bounces@example.net"\n[smtp]')
    configuration = elsewhere.replace("digest@example.org", "digest@lab.example.org")

    found = seen({("_dmarc.example.org", "TXT"): [text(f"v=DMARC1; {tags}; rua=mailto:x@example.org")]}, configuration)

    assert found.of("dmarc") == [("ok", f"lab.example.org: has a DMARC policy, {policy}, published for example.org")]
    assert [line[0] for line in found.of("alignment")] == [verdict]


@pytest.mark.parametrize(
    ("policy", "envelope", "verdict"),
    [
        ("p=reject", "bounces@mail.example.org", "ok"),
        ("p=reject; aspf=s", "bounces@mail.example.org", "problem"),
        ("p=reject", "bounces@mailexample.org", "problem"),
    ],
)
def test_two_domains_below_the_one_whose_policy_counts_speak_for_each_other(policy: str, envelope: str, verdict: str) -> None:
    configuration = OWN.replace("digest@example.org", "digest@lab.example.org").replace("[smtp]", f'bounce_address = "{envelope}"\n[smtp]')

    found = seen({("_dmarc.example.org", "TXT"): [text(f"v=DMARC1; {policy}; rua=mailto:x@example.org")]}, configuration)

    assert [line[0] for line in found.of("alignment")] == [verdict]


@pytest.mark.parametrize("value", ["v=DMARC1", "v=DMARC1; p=maybe"])
def test_a_policy_that_names_none_is_told(value: str) -> None:
    found = seen({("_dmarc.example.org", "TXT"): [text(value)]})

    assert found.of("dmarc") == [("problem", f"example.org: its DMARC record names no policy: {value}")]


def test_reports_that_nobody_gets_are_a_note() -> None:
    found = seen({("_dmarc.example.org", "TXT"): ['"v=DMARC1;p=reject"']})

    assert found.of("dmarc")[1] == ("note", "example.org: nobody gets the reports of receivers")


@pytest.mark.parametrize(
    ("policy", "envelope", "verdict"),
    [
        ("p=reject", "bounces@example.org", "ok"),
        ("p=reject", "bounces@mail.example.org", "ok"),
        ("p=reject; aspf=s", "bounces@mail.example.org", "problem"),
        ("p=reject", "bounces@example.net", "problem"),
        ("p=none", "bounces@example.net", "note"),
    ],
)
def test_the_envelope_speaks_for_the_sender_or_not(policy: str, envelope: str, verdict: str) -> None:
    configuration = OWN.replace("[smtp]", f'bounce_address = "{envelope}"\n[smtp]')

    found = seen({("_dmarc.example.org", "TXT"): [text(f"v=DMARC1; {policy}; rua=mailto:x@example.org")]}, configuration)

    assert [line[0] for line in found.of("alignment")] == [verdict]


# --- the rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ({}, "has no name (PTR), and Gmail refuses mail from such addresses"),
        ({("10.2.0.192.in-addr.arpa", "PTR"): ["host.example.net."]}, "is called host.example.net, but that name does not lead back to it"),
    ],
)
def test_an_address_without_a_good_name_is_a_problem(zone: Zone, sentence: str) -> None:
    found = seen(zone, OWN.replace("mail.example.org", "127.0.0.1"))

    assert found.of("ptr") == [("problem", f"{HERE}: {sentence}")]
    assert found.advice("ptr").endswith("to name it mail.example.org")
    assert "reverse DNS" in found.advice("ptr")


def test_a_name_server_that_fails_is_no_missing_record() -> None:
    found = seen({("example.org", "TXT"): ["SERVFAIL"], ("_dmarc.example.org", "TXT"): ["SERVFAIL"], **PTR})

    assert [f.publish for f in found.findings] == [None] * len(found.findings)
    assert found.of("spf") == [("problem", "example.org: the name server has no answer but a failure for example.org")]


def test_letters_that_go_into_a_folder_need_no_dns() -> None:
    with DnsServer({}) as server:
        read = parse(f'{OWN}[delivery]\ntransport = "folder"\n', "config.toml", {})

        assert list(domain(read, Resolver(server.address), ())) == []
        assert server.asked == []
