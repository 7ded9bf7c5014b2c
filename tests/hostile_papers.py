"""Papers in which every title, name and abstract is an attack or an extreme: as a feed to be parsed, and as no source should give them."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from digest.model import Author, Facts, Paper

TITLES = (
    "Calibration of language models",
    "=?utf-8?q?=0D=0ABcc:_v@evil.test?=",
    "Line end&#13;&#10;Bcc: v@evil.test&#13;&#10;&#13;&#10;body",
    "</mj-text><mj-raw><b>x</b>",
    "{{ 7*7 }} {% for x in y %}{% endfor %} {# gone? #}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!--[if mso]><form><![endif]--> ]]> <style>*{display:none}",
    "\u202eevil\u202c \u2066RTL\u2069 \u200bzero\u200f width",
    "Z" + "\u0300\u0301\u0302\u0303" * 20 + "algo",
    "None",
    "Pneumono" * 50,
    "T" * 50_000,
    "{" * 400,
    "$a<b$ & $c>d$ &amp; &lt;",
    "عنوان عن التعلم العميق",
    "深度学习" * 100,
    ".",
    "-- ",
    "# [a](javascript:alert(1)) *b*",
)
LINKS = (
    "javascript:alert(1)", "data:text/html,x", "http://127.0.0.1:8025/x", "https://localhost/x", "https://10.1/x", "https://u:p@evil.test/",
    'https://example.org/a"><b>{{x}}', "https://例え.example.org/ü?q=ß", "//evil.test/x",
)  # fmt: skip
ABSTRACTS = ("", "None", "We calibrate language models. " * 60, "<p>Mark-up</p> <script>x</script>", "x" * 9000, ".\n..\n.", "深" * 3000)


def listing(papers: int) -> bytes:
    """An Atom feed of that many entries."""
    entries = "".join(_entry(number) for number in range(papers))
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><id>x</id><title>&lt;script&gt;{{{{x}}}}</title>{entries}</feed>"
    return feed.encode()


def _entry(number: int) -> str:
    title = TITLES[number % len(TITLES)]
    title = escape(title).replace("&amp;#", "&#") if number < len(TITLES) else f"{escape(title[:120])} {number}"
    names = (TITLES[(number + i) % len(TITLES)][:500] for i in range((0, 1, 4, 40)[number % 4]))
    people = "".join(f"<author><name>{escape(name)}</name></author>" for name in names)
    day = ("2026-11-22", "1900-01-01", "2099-01-01")[number % 3]
    own = "" if number < len(ABSTRACTS) else "".join(f" own{number}x{word}" for word in range(60))  # else two would be one paper told twice
    abstract = escape(ABSTRACTS[number % len(ABSTRACTS)]) + own
    return (
        f"<entry><id>tag:{number}</id><title>{title}</title><link href={quoteattr(LINKS[number % len(LINKS)])}/>"
        f"<link href='https://example.org/{number}'/><published>{day}T00:00:00Z</published>"
        f"<category term={quoteattr(title[:200])}/><summary type='html'>{abstract}</summary>{people}</entry>"
    )


_MANY = tuple(Author(f"Ana {'Ünal ' * (number % 9)}{number} {{{{x}}}}", (TITLES[number % len(TITLES)][:200],)) for number in range(400))
_FACTS = Facts(
    organisation="<b>{{ 7*7 }}</b> " * 40, repository="https://github.com/a/b?<x>=\"{{y}}\"", votes=10**9, comments=10**6,
    submitter="=?utf-8?q?=0D=0ABcc:_v@evil.test?=", summary="\x00\r\n.\r\n</td></table><!-- " * 30, summary_by="gpt\x00-{{x}}",
    comment="12 pages\r\nBcc: v@evil.test " * 20, journal="$a<b$ <script>", keywords=("{{x}}",),
)  # fmt: skip
_LEFTWARDS = (Author("משה כהן"), Author("דוד לוי"))
_OLD = datetime(1, 1, 1, tzinfo=UTC)
_TEX = (
    r"On the $\mathcal{O}(n^{2}\log n)$ bound for $H_2O$ & $\frac{a<b}{c>d}$ in $\mathbb{R}^{n\times m}$",
    r"Unclosed $x^{2 and \frac{1}{ and {{ 7*7 }} cost $5 or $6 \' \unknown{<b>} $$",
    r"$\lambda_{\max}$-regularity, \'Etale maps, ``quotes'' -- and $\alpha^{\beta^{\gamma}}$ \textbf{bold} $e^{-x}$",
)


def _extreme(number: int, title: str, abstract: str = "", **changes: object) -> Paper:
    key = f"arxiv:2611.9{number:04}"
    fields: dict[str, object] = {"url": f"https://arxiv.org/abs/2611.9{number:04}", "categories": ("cs.LG",), "ids": (key,)}
    return Paper(key=key, title=title, abstract=abstract, **{**fields, **changes})  # type: ignore[arg-type]


EXTREMES = (
    _extreme(1, "An abstract that is empty"),
    _extreme(2, "Four hundred authors", "We are many. " * 50, authors=_MANY),
    _extreme(3, "Two thousand characters " + "of a title " * 180, "x" * 20_000),
    _extreme(4, "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c عنوان (AI) 123 \u2066x\u2069", "\u202e" + "עברית " * 90, authors=_LEFTWARDS),
    _extreme(5, "🦊👩‍🔬🏳️‍🌈 emoji " + "🦊" * 200, "👩‍👩‍👧‍👦 " * 200, authors=(Author("🦊"),), facts=_FACTS),
    _extreme(6, "<script>alert(1)</script></title></style><svg onload=alert(1)>", "</td></table></body></html><plaintext>", facts=_FACTS),
    _extreme(7, "<mj-raw>{{ letter.token }}</mj-raw>{% for x in y %}{# card #}{# others #}{{", "{{ 1/0 }}{%- raw -%}" * 40),
    _extreme(8, "=?utf-8?b?DQpCY2M6IHZAZXZpbC50ZXN0?= =?us-ascii?q?=00?= =?", "=?x?q?y?= " * 60),
    _extreme(9, "Line\r\nBcc: v@evil.test\r\n\r\n<b>body\u2028x\x85y\x0bz", "one\r\n.\r\nQUIT\r\n" * 40),
    _extreme(10, "Nul\x00 bell\x07 escape\x1b[31m delete\x7f c1\x9b31m", "\x00\x01\x02\x1f" * 100, authors=(Author("\x00"), Author(""))),
    *(_extreme(11 + place, title, title * 9, facts=_FACTS, authors=_MANY[:3]) for place, title in enumerate(_TEX)),
    _extreme(14, "--boundary\n\n.\n..\n-- \nFrom me", "= =3D =\n" * 90, categories=("}}{{x}}, x = {", "\x00"), published=_OLD),
    _extreme(15, "", "", url="javascript:alert(1)", pdf_url="file:///etc/passwd", categories=(), authors=()),
)
"""One paper for each thing that has broken somebody's mail, raw: nothing has cleaned them."""


def crowd(count: int) -> tuple[Paper, ...]:
    """So many more papers with hostile titles, no two alike, in five categories."""
    titles = [*TITLES, *_TEX, *(paper.title for paper in EXTREMES)]
    return tuple(
        _extreme(
            1000 + number,
            f"{titles[number % len(titles)][:160]} {number}",
            categories=("cs.LG", "stat.ML", "q-bio.PE", "<i>{{x}}</i>", "")[number % 5 :],
            url=LINKS[number % len(LINKS)] if number % 3 else f"https://example.org/{number}",
        )
        for number in range(count)
    )
