"""Decide which links may appear in a letter: absolute http(s) links to public hosts, and mailto for actions; nothing else."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from ..model import Paper
from ..tokens import BLANK

TOKEN = BLANK
"""Stands in a card's links for the token of its reader's letter: cards are the same for every reader, and the token is put in last."""
_LONGEST = 1000
_ARXIV = re.compile(r"arxiv:([A-Za-z0-9.\-/]+)")
_NUMERIC = re.compile(r"0x[0-9a-f]*|[0-9]+")
_MAIL = re.compile(r"mailto:[^\s<>\"{}\\@]+@[^\s<>\"{}\\@]+")
_KEPT = "%/:?#[]@!$&'()*+,;=~-._"


def web_link(address: str | None, *, anywhere: bool = False) -> str:
    """The address in ASCII if it may appear in a letter, else "".

    A link to this machine, to a private network, or with a user name in front of its host is refused, unless the caller made it itself
    (`anywhere`).
    """
    text = (address or "").strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or len(text) > _LONGEST or re.search(r"[\x00-\x20\x7f]", text):
        return ""
    if not anywhere and ("@" in parts.netloc or not _is_public(host)):
        return ""
    host = f"[{host}]" if ":" in host else quote(host, safe="-._~")
    rest = text.split(parts.netloc, 1)[1]
    return f"{parts.scheme}://{host}{port}{quote(rest, safe=_KEPT, errors='replace')}"


def is_mail_link(address: str) -> bool:
    """Whether it is a mailto for one address."""
    return bool(_MAIL.fullmatch(address))


def abstract_link(paper: Paper) -> str:
    """The address of the paper's abstract: its page, else arXiv's or the DOI's, else ""."""
    doi = next((name[4:] for name in paper.ids if name.startswith("doi:")), "")
    own = web_link(paper.url)
    return own or arxiv_link(paper, "abs") or (web_link(f"https://doi.org/{quote(doi, safe='/')}") if doi else "")


def pdf_link(paper: Paper) -> str:
    """The address of the paper itself, or ""."""
    return web_link(paper.pdf_url) or arxiv_link(paper, "pdf")


def code_link(paper: Paper) -> str:
    """The address of the paper's code, or ""."""
    return web_link(paper.facts.repository)


def arxiv_link(paper: Paper, what: str) -> str:
    """arXiv's page of that kind ("abs", "pdf", "bibtex") for the paper, or ""."""
    found = next((match for name in (paper.key, *paper.ids) if (match := _ARXIV.fullmatch(name))), None)
    return f"https://arxiv.org/{what}/{found[1]}" if found else ""


@lru_cache(maxsize=1024)  # a day's papers are on few hosts
def _is_public(host: str) -> bool:
    """Whether it is a name with a dot, or a public address; names of this machine and of private networks are not.

    A name that ends in a number is an address in a form that browsers understand and few people do ("127.1", "0x7f.1"), so it is refused.
    """
    bare = host.lower().rstrip(".")
    try:
        return ip_address(bare).is_global
    except ValueError:
        is_name = "." in bare.strip(".") and not _NUMERIC.fullmatch(bare.rpartition(".")[2])
        return is_name and not bare.endswith((".localhost", ".localdomain", ".local", ".internal", ".lan", ".home.arpa"))
