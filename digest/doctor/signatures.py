"""Check DKIM: whether the keys that sign our letters are published, and what a relay must sign if we do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..config import Dkim, pem_in
from ..delivery.dkim_keys import Record, load, record
from ..errors import ConfigurationError
from .findings import DnsRecord, Finding, note, ok, problem
from .policies import tags_of
from .resolver import LATER, Lookup, NoAnswer

LIST_FIELDS = ("List-Unsubscribe", "List-Unsubscribe-Post")
H_TAG = "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:List-Id:List-Unsubscribe:List-Unsubscribe-Post"
_WHERE = "publish this record where the domain's DNS is kept (the registrar's or host's web page)"


def signatures(lookup: Lookup, dkim: Dkim | None) -> Iterator[Finding]:
    """What the DNS says about each of our keys; without keys, what the relay has to do."""
    if dkim is None:
        yield unsigned()
        return
    for selector, path in dkim.files:
        try:
            wanted = record(dkim.domain, selector, load(pem_in(path), str(path)))
        except ConfigurationError as error:
            yield problem("dkim", str(path), error.message, error.hint)
            continue
        try:
            yield compared(wanted, lookup.texts(wanted.name))
        except NoAnswer as error:
            yield problem("dkim", wanted.name, str(error), LATER)
    yield ok("dkim", dkim.domain, f"our signature covers {LIST_FIELDS[0]} and {LIST_FIELDS[1]}, as one-click unsubscribe needs")


def unsigned() -> Finding:
    """The finding when digest does not sign."""
    sentence = f"digest does not sign, so the relay must, and its signature's h= must name {LIST_FIELDS[0]} and {LIST_FIELDS[1]}: h={H_TAG}"
    advice = (
        "save a letter that digest run sent, as it arrived, and see what covers it: digest doctor --letter FILE.eml;"
        " if the relay does not sign both, digest can: digest dkim keygen"
    )
    return note("dkim", "relay", sentence, advice)


def compared(wanted: Record, found: Sequence[str]) -> Finding:
    """Whether the record published under a key's name is that key's."""
    publish = DnsRecord(wanted.name, "TXT", wanted.value)
    keys = [tags for tags in map(tags_of, found) if "p" in tags]
    if not keys:
        sentence = "is not published, so receivers cannot check our signature"
        return problem("dkim", wanted.name, sentence, f"{_WHERE}; it may take an hour to be seen", publish)
    ours = tags_of(wanted.value)
    published = keys[0]
    if len(keys) > 1:
        return problem("dkim", wanted.name, f"{len(keys)} keys are published there; there may be one", "keep this one alone", publish)
    if not published["p"]:
        return problem("dkim", wanted.name, "the key is withdrawn (an empty p=)", f"{_WHERE}, or sign with a new key", publish)
    if published["p"] != ours["p"] or published.get("k", "rsa") != ours["k"]:
        advice = "put this record in its place, or name the key that belongs to it in [dkim] key_file"
        return problem("dkim", wanted.name, "another key than ours is published there, so our signatures look forged", advice, publish)
    if "h" in published and "sha256" not in published["h"].split(":"):
        return problem("dkim", wanted.name, f"the record allows only h={published['h']}, and we sign with sha256", "take h= out", publish)
    if "y" in published.get("t", "").split(":"):
        return note("dkim", wanted.name, "is published as a test (t=y): receivers may not count it", "take t=y out of the record")
    return ok("dkim", wanted.name, "is published, and is our key")
