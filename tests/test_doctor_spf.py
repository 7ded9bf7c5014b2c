"""SPF, asked of a real DNS server: RFC 7208's rules, its limits, and records that cannot be used."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.doctor.macros import Asked, expanded
from digest.doctor.policies import with_term
from digest.doctor.resolver import NoAnswer, Resolver
from digest.doctor.spf import Verdict, check
from digest.doctor.spf_records import Broken, parse
from digest.errors import UsageError
from tests.dns_server import DnsServer, Zone, text

HERE = "192.0.2.10"


def verdict(records: dict[str, str], address: str = HERE, more: Zone | None = None) -> Verdict:
    """What becomes of mail from digest@example.org, with these TXT records by domain."""
    zone = {(domain, "TXT"): [text(value)] for domain, value in records.items()} | dict(more or {})
    with DnsServer(zone) as server:
        return check(Resolver(server.address), "example.org", address, "digest@example.org")


@pytest.mark.parametrize(
    ("record", "result", "by"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", "pass", "ip4:192.0.2.10"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass", "ip4:192.0.2.0/24"),
        ("v=spf1 IP4:192.0.2.0/28 ~ALL", "pass", "IP4:192.0.2.0/28"),
        ("v=spf1 ip4:198.51.100.0/24 -all", "fail", "-all"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "softfail", "~all"),
        ("v=spf1 -ip4:192.0.2.10 +all", "fail", "-ip4:192.0.2.10"),
        ("v=spf1 ?all", "neutral", "?all"),
        ("v=spf1", "neutral", ""),
        ("v=spf1 exp=explain.example.org unknown=1 -all", "fail", "-all"),
        ("v=spf10 -all", "none", ""),
        ("another text", "none", ""),
    ],
)
def test_a_record_says_whether_an_address_may_send(record: str, result: str, by: str) -> None:
    found = verdict({"example.org": record})

    assert (found.result, found.by) == (result, by)


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 a -all", "192.0.2.1", "pass"),
        ("v=spf1 a -all", "192.0.2.2", "fail"),
        ("v=spf1 a/24 -all", "192.0.2.2", "pass"),
        ("v=spf1 a:mail.example.org -all", HERE, "pass"),
        ("v=spf1 a -all", "2001:db8::1", "pass"),
        ("v=spf1 a//64 -all", "2001:db8::99", "pass"),
        ("v=spf1 mx -all", HERE, "pass"),
        ("v=spf1 mx/30 -all", "192.0.2.9", "pass"),
        ("v=spf1 mx -all", "192.0.2.1", "fail"),
        ("v=spf1 ptr -all", HERE, "pass"),
        ("v=spf1 exists:%{ir}.%{l}.ok.%{d} -all", HERE, "pass"),
        ("v=spf1 exists:%{i}.%{l}.ok.%{d} -all", HERE, "fail"),
    ],
)
def test_mechanisms_that_ask_the_dns(record: str, address: str, result: str) -> None:
    more: Zone = {
        ("example.org", "A"): ["192.0.2.1"],
        ("example.org", "AAAA"): ["2001:db8::1"],
        ("example.org", "MX"): ["10 mail.example.org."],
        ("mail.example.org", "A"): [HERE],
        ("10.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org."],
        ("10.2.0.192.digest.ok.example.org", "A"): ["127.0.0.2"],
    }

    assert verdict({"example.org": record}, address, more).result == result


@pytest.mark.parametrize(
    ("inner", "result"), [("v=spf1 ip4:192.0.2.10 -all", "pass"), ("v=spf1 -all", "softfail"), ("v=spf1 ?all", "softfail")]
)
def test_an_include_matches_only_where_the_other_record_passes(inner: str, result: str) -> None:
    assert verdict({"example.org": "v=spf1 include:_spf.example.net ~all", "_spf.example.net": inner}).result == result


def test_a_redirect_decides_only_where_nothing_else_did() -> None:
    other = {"other.example.net": "v=spf1 -all"}

    assert verdict({"example.org": "v=spf1 redirect=other.example.net", **other}).result == "fail"
    assert verdict({"example.org": "v=spf1 ip4:192.0.2.10 redirect=other.example.net", **other}).result == "pass"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=spf1 ipv4:192.0.2.10 -all", "'ipv4:192.0.2.10' is nothing that SPF knows"),
        ("v=spf1 ip4:192.0.2.300 -all", "'ip4:192.0.2.300' holds no such address"),
        ("v=spf1 a/33 -all", "'a/33' is not how 'a' is written"),
        ("v=spf1 include: -all", "'include:' is not how 'include' is written"),
        ("v=spf1 include:nobody.example.net -all", "include:nobody.example.net names a domain without an SPF record"),
        ("v=spf1 redirect=nobody.example.net", "redirect=nobody.example.net leads to a domain without an SPF record"),
        ("v=spf1 redirect=a.example.org redirect=b.example.org", "redirect= stands there twice"),
        ("v=spf1 include:example.org -all", "it asks the DNS more than 10 times, includes counted with what they include"),
        ("v=spf1 a:x1.example.org a:x2.example.org a:x3.example.org -all", "more than two of its terms name hosts that do not exist"),
        ("v=spf1 exists:%(i).example.org -all", "'exists:%(i).example.org' is not how 'exists' is written"),
        ("v=spf1 a:example.com:8080 -all", "'a:example.com:8080' is not how 'a' is written"),
        ("v=spf1 a: -all", "'a:' is not how 'a' is written"),
        ("v=spf1 ip4:192.0.2.0/024 -all", "'ip4:192.0.2.0/024' holds no such address"),
        ("v=spf1 redirect=-all", "'redirect=-all' names no domain"),
        ("v=spf1 note=%abc -all", "'note=%abc' is not how it is written"),
        (f"v=spf1 a:{'a' * 501} -all", f"'a:{'a' * 38}'… is too long"),
    ],
)
def test_a_record_that_no_receiver_can_use_says_why(record: str, why: str) -> None:
    found = verdict({"example.org": record})

    assert (found.result, found.why) == ("permerror", why)


def test_a_record_with_other_characters_than_ascii_is_none() -> None:
    with DnsServer({("example.org", "TXT"): ['"v=spf1 a:m\\195\\188nchen.example.org -all"']}) as server:
        found = check(Resolver(server.address), "example.org", HERE, "digest@example.org")

    assert (found.result, found.why) == ("permerror", "it holds characters that are not plain ASCII")


def test_an_ipv4_address_within_an_ipv6_one_is_itself() -> None:
    assert verdict({"example.org": "v=spf1 ip4:192.0.2.10 -all"}, "::ffff:192.0.2.10").result == "pass"


def test_two_records_are_none() -> None:
    with DnsServer({("example.org", "TXT"): ['"v=spf1 -all"', '"v=spf1 +all"', '"else"']}) as server:
        found = check(Resolver(server.address), "example.org", HERE, "digest@example.org")

    assert (found.result, found.why) == ("permerror", "example.org has 2 SPF records; there may be one")


def test_ten_lookups_are_allowed_and_eleven_are_not() -> None:
    def chain(length: int) -> dict[str, str]:
        links = {f"s{n}.example.net": f"v=spf1 include:s{n + 1}.example.net -all" for n in range(1, length)}
        return {"example.org": "v=spf1 include:s1.example.net -all", **links, f"s{length}.example.net": "v=spf1 +all"}

    assert verdict(chain(10)) == Verdict("pass", "include:s1.example.net", lookups=10)
    assert verdict(chain(11)).result == "permerror"


def test_a_name_server_that_fails_is_no_verdict() -> None:
    with DnsServer({("example.org", "TXT"): ["SERVFAIL"]}) as server:
        assert check(Resolver(server.address, seconds=1), "example.org", HERE, "digest@example.org").result == "temperror"


@pytest.mark.parametrize("silent", [("10.2.0.192.in-addr.arpa", "PTR"), ("gone.example.org", "A")])
def test_where_ptr_gets_no_answer_the_next_term_decides(silent: tuple[str, str]) -> None:
    more = {("10.2.0.192.in-addr.arpa", "PTR"): ["gone.example.org."], silent: ["SERVFAIL"]}

    assert verdict({"example.org": "v=spf1 ptr ip4:192.0.2.10 -all"}, more=more).by == "ip4:192.0.2.10"


# The examples of RFC 7208 §7.4.
@pytest.mark.parametrize(
    ("macro", "meant"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%%%_%-", "% %20"),
    ],
)
def test_macros_are_those_of_the_rfc(macro: str, meant: str) -> None:
    asked = Asked(ip=ipaddress.ip_address("192.0.2.3"), sender="strong-bad@email.example.com", domain="email.example.com")

    assert expanded(macro, asked) == meant


def test_a_macro_of_an_ipv6_address_is_its_digits() -> None:
    asked = Asked(ip=ipaddress.ip_address("2001:db8::cb01"), sender="a@example.com", domain="example.com")

    assert expanded("%{ir}.%{v}", asked) == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser_otherwise_than_by_saying_so(words: str) -> None:
    asked = Asked(ip=ipaddress.ip_address(HERE), sender="a@example.org", domain="example.org")

    with contextlib.suppress(Broken):
        assert all(len(expanded(term.value, asked)) <= 253 for term in parse(f"v=spf1 {words}").terms if "." in term.value)


@given(
    st.lists(st.sampled_from(["mx", "a", "include:_spf.example.net", "ip4:198.51.100.0/24"]), max_size=4),
    st.sampled_from(["-all", "~all", "redirect=x.example"]),
)
def test_a_record_that_we_advise_holds_the_term_first_and_all_the_rest(terms: list[str], end: str) -> None:
    advised = with_term([" ".join(["v=spf1", *terms, end])], "ip4:192.0.2.10")

    assert advised.split() == ["v=spf1", "ip4:192.0.2.10", *terms, end]


@pytest.mark.parametrize("server", ["localhost", "192.0.2.1:0", "192.0.2.1:x", "192.0.2.1:" + "5" * 5000, "[::1]:", "1.2.3"])
def test_a_name_server_is_an_address(server: str) -> None:
    with pytest.raises(UsageError, match="is no name server's address"):
        Resolver(server)


@pytest.mark.parametrize("server", ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:53"])
def test_a_name_server_may_have_a_port(server: str) -> None:
    Resolver(server)


def test_what_cannot_be_a_name_has_no_record_and_nobody_is_asked_about_it() -> None:
    assert Resolver("127.0.0.1:9").texts("\\300.example.org") == ()


def test_a_machine_without_a_name_server_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="this machine names no DNS server"):
        Resolver(file=str(tmp_path / "resolv.conf"))


@pytest.mark.parametrize("content", [b"nameserver dns.example.org\n", b"nameserver 192.0.2.1\n# caf\xe9\n"])
def test_a_machine_whose_name_servers_cannot_be_read_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "resolv.conf").write_bytes(content)

    with pytest.raises(NoAnswer, match="this machine names no DNS server that can be asked"):
        Resolver(file=str(tmp_path / "resolv.conf"))


def test_a_record_can_do_nothing_to_a_terminal() -> None:
    with DnsServer({("example.org", "TXT"): ['"v=spf1 \\027[31m -all"']}) as server:
        assert Resolver(server.address).texts("example.org") == ("v=spf1 \N{REPLACEMENT CHARACTER}[31m -all",)
