"""What comes from outside is made harmless, and what was harmless stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Author, Facts, Paper
from digest.net.addresses import bypasses_proxy, is_public
from digest.net.backoff import is_retryable, retry_after
from digest.net.markup import text_of
from digest.net.sanitise import harmless, line, link, moment, persons, repository

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("$a<b$ and x<y>z", "$a<b$ and x<y>z"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
        ("a\x00b\x07c\x1b[31md\x7fe\x85f", "abc[31mde f"),
        ("safe\u202egpj.exe\u202c \u2066x\u2069", "safegpj.exe x"),
        ("zero\u200bwid\u200dth\ufeff", "zerowidth"),
        ("مدل\u200cهای زبانی and क्\u200dष, \u200cwords\u200d", "مدل\u200cهای زبانی and क्\u200dष, words"),
        ("می\u200c\u200cروم, a\u200c\u200db and می\u200c\u200c", "می\u200cروم, ab and می"),
        ("a black cat 🐈\u200d⬛ nods 🙂\u200d↕\ufe0f", "a black cat 🐈\u200d⬛ nods 🙂\u200d↕\ufe0f"),
        ("a family 👩\u200d👧 or ❤\ufe0f\u200d🔥", "a family 👩\u200d👧 or ❤\ufe0f\u200d🔥"),
        ("line\u2028sep\u2029par", "line sep par"),
        ("lone \ud800 surrogate \udfff", "lone surrogate"),
        ("e\u0301", "\u00e9"),
        ("Z\u0335\u0336\u0337\u0338\u0334\u0321a\u0300", "Z\u0335\u0336\u0337\xe0"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("Gödel, 数学 и Ω", "Gödel, 数学 и Ω"),
        ("\\textbf{TeX} & {{ self }} {% x %}", "\\textbf{TeX} & {{ self }} {% x %}"),
        ("&amp;lt;b&gt;", "&amp;lt;b&gt;"),
        (None, ""),
        (7, ""),
    ],
)
def test_a_text_is_one_harmless_line(given_: object, kept: str) -> None:
    assert line(given_, 100) == kept


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("a <b>bold</b> claim", "a bold claim"),
        ("&lt;b&gt; &amp;amp; caf&eacute;", "<b> &amp; café"),
        ("x<script>alert(1)</script>y<style>p{}</style>z", "x y z"),
        ("<img src=x onerror=alert(1)>seen", "seen"),
        ("<svg onload=alert(1)><p>in</p></svg>out", "out"),
        ('<a href="http://x/?a>b">link</a>', "link"),
        ("$a<b$ and x<y>z", "$a<b$ and x<y>z"),
        ("kept <!-- hidden --> kept <!-- open", "kept kept"),
        ("<![CDATA[x]]>", ""),
        ("&#xD800;&#0;&#x202e;", "\ufffd\ufffd"),
        ("<mml:math><mml:mi>x</mml:mi></mml:math>", "x"),
    ],
)
def test_marked_up_text_loses_its_mark_up_once(given_: str, kept: str) -> None:
    assert line(given_, 100, html=True) == kept


def test_a_reference_to_a_number_without_end_becomes_a_sign_for_no_character() -> None:
    assert text_of("a&#" + "1" * 5_000 + ";b &#" + "0" * 5_000) == "a\ufffdb \ufffd"


def test_a_text_is_cut_at_its_limit() -> None:
    assert line("word " * 100, 12) == "word word w…"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert line(line(text, 50), 50) == line(text, 50)


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_what_is_clean_can_be_written_and_shown(text: str) -> None:
    clean = line(text, 100)

    clean.encode("utf-8")
    assert len(clean) <= 100
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b\u2028" for c in clean)


@given(st.text(alphabet="<>/abp!-='\" &;\n[]?", max_size=300))
def test_no_markup_breaks_the_reader(text: str) -> None:
    assert isinstance(text_of(text), str)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("  https://example.org/ü \n", "https://example.org/%C3%BC"),
        ("https://xn--exmple-cua.org/", "https://xn--exmple-cua.org/"),
        ("https://\u0430pple.com/", "https://xn--pple-43d.com/"),
        ("https://example.org/\"><script>", "https://example.org/%22%3E%3Cscript%3E"),
    ],
)
def test_a_link_to_the_open_internet_stays(given_: str, kept: str) -> None:
    assert link(given_) == kept


@pytest.mark.parametrize(
    "given_",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org/x",
     "/relative", "http://ana:secret@example.org/", "http://example.org@evil.example/", "https://example.org\\@evil.example/",
     "http://exa\nmple.org/", "http://ex\u202eample.org/", "http://127.0.0.1/", "http://0x7f.1/", "http://[::1]/", "http://localhost:80/",
     "http://10.1.2.3/", "http:///x", "http://", "mailto:a@example.org", "http://example.org:99999/", "https://" + "a" * 3000, "", None, 7,
     "http://exa<mple.org/", "http://..", "ftp://example.org/", "http://①②⑦.⓪.⓪.①/", "http://１０.1.2.3/"],
)  # fmt: skip
def test_anything_else_is_no_link(given_: object) -> None:
    assert link(given_) is None


@pytest.mark.parametrize("days", [-14_000, 3, 40_000])
def test_a_date_that_cannot_be_is_no_date(days: int) -> None:
    assert moment(NOON + timedelta(days=days), NOON) is None


@pytest.mark.parametrize("days", [-13_000, 0, 1.9])
def test_a_date_that_can_be_stays(days: float) -> None:
    assert moment(NOON + timedelta(days=days), NOON) == NOON + timedelta(days=days)


def test_of_a_row_of_names_the_first_two_hundred_that_are_some_are_kept() -> None:
    assert persons(["Ana\u202e Silva", "", None, 7, " Bo "]) == (Author("Ana Silva"), Author("Bo"))
    assert len(persons(["", *(f"Author {n}" for n in range(1000))])) == 200
    assert persons([""] * 400 + ["Late Comer"]) == ()


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (Author("Ana", orcid="https://orcid.org/0000-0002-1825-0097"), Author("Ana", orcid="0000-0002-1825-0097")),
        (Author("Ana", openalex_id="https://openalex.org/a5023888391"), Author("Ana", openalex_id="A5023888391")),
        (Author("Ana", orcid="A5023888391", openalex_id="<script>"), Author("Ana")),
    ],
)
def test_an_author_keeps_what_is_an_identity(given_: Author, kept: Author) -> None:
    assert harmless(Paper(key="k", title="T", authors=(given_,)), NOON).authors == (kept,)


def test_a_paper_from_hell_comes_out_harmless() -> None:
    hell = Paper(
        key="url:x\u202e",
        title="T" * 9_000_000,
        abstract="a" * 900_000,
        authors=tuple(Author(f"A\x00 {n}", ("x" * 9000,) * 99) for n in range(5000)) + (Author("\u200b"),),
        url="javascript:alert(1)",
        pdf_url="http://127.0.0.1/x.pdf",
        published=datetime(2099, 1, 1, tzinfo=UTC),
        version=-7,
        categories=("c" * 900,) * 900,
        ids=("url:x\u202e",),
        facts=Facts(repository="file:///x", stars=-1, votes=10**30, comments=True, keywords=("k\n",) * 99, comment="\x1b[31m"),
    )

    paper = harmless(hell, NOON)

    assert (len(paper.title), len(paper.abstract), len(paper.authors), len(paper.authors[0].affiliations)) == (500, 10_000, 200, 1)
    assert (paper.url, paper.pdf_url, paper.published, paper.version) == (None, None, None, 1)
    assert paper.authors[0].name == "A 0"
    assert (paper.facts.repository, paper.facts.stars, paper.facts.votes, paper.facts.comments) == (None, None, None, None)
    assert (paper.facts.keywords, paper.facts.comment, len(paper.categories)) == (("k",), "[31m", 1)
    assert harmless(paper, NOON) == paper


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Code: https://github.com/foo/bar.", "https://github.com/foo/bar"),
        ("(see www.gitlab.com/a/b.git)", "https://gitlab.com/a/b"),
        ("https://github.com/foo/bar/tree/main", "https://github.com/foo/bar"),
        ("https://github.com/foo", None),
        ("https://github.com/topics/llm", None),
        ("https://foo.github.io/bar", None),
        ("https://gist.github.com/foo/0123", None),
        ("https://docs.github.com/en/rest", None),
        ("https://my-github.com/foo/bar", None),
        ("notgithub.com/foo/bar", None),
        (r"\url{github.com/foo/bar}", "https://github.com/foo/bar"),
        ("available athttps://github.com/foo/bar", "https://github.com/foo/bar"),
        ("", None),
    ],
)
def test_a_repository_is_found_where_one_is_named(text: str, found: str | None) -> None:
    assert repository(text) == found


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_internet_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "127.9.9.9", "::1", "fe80::1%eth0", "100.127.0.1", "::ffff:10.0.0.1", "2002:a00:1::", "x"])
def test_what_is_not_the_open_internet_is_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("export.example.org", "*"),
        ("export.example.org", "example.org"),
        ("export.example.org", ".example.org"),
        ("export.example.org", "*.example.org"),
        ("export.example.org", "localhost, EXPORT.example.org:443"),
        ("export.example.org", "localhost 127.0.0.1\tEXPORT.example.org:443"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]", "[2001:db8::1]:443"),
        ("[2001:db8::1]", "2001:db8::/32"),
        ("[2001:db8::1]", "2001:0DB8:0:0:0:0:0:1"),
        ("[2001:db8:0::1]", "[2001:db8::1]:443"),
    ],
)
def test_no_proxy_names_a_host(host: str, rule: str) -> None:
    assert bypasses_proxy(host, 443, rule)


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("export.example.org", ""),
        ("export.example.org", ","),
        ("export.example.org", "example.com"),
        ("export.example.org", "port.example.org"),
        ("example.org", "export.example.org"),
        ("export.example.org", "example.org:8080"),
        ("export.example.org", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.0.0/33"),
        ("10.1.2.3", "192.168.0.0/16"),
        ("[2001:db8::1]", "[2001:db8::1]:8080"),
        ("[2001:db8::1]", "[2001:db8::2]"),
        ("export.example.org", "export.example.org:44³"),
    ],
)
def test_no_proxy_names_another_host(host: str, rule: str) -> None:
    assert not bypasses_proxy(host, 443, rule)


def test_what_may_be_answered_later_is_asked_again() -> None:
    later = [status for status in range(200, 700) if is_retryable(status)]

    assert later == [408, 425, 429, *range(500, 600)]


@given(st.text(max_size=60))
def test_no_wish_breaks_its_reader(wish: str) -> None:
    seconds = retry_after(wish, NOON)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        (r"Paulo Andr\'e Lima de Castro", "Paulo André Lima de Castro"),
        (r"P\'al Erd\H{o}s", "Pál Erdős"),
        (r"{\L}ukasz Wierzbo{\l}owski", "Łukasz Wierzbołowski"),
        (r"Mart\'{\i}n \~Nu\~nez \'\i to", "Martín Ñuñez íto"),
        (r"J\"org M\"{u}ller-Stra\ss e", "Jörg Müller-Straße"),
        (r"Conan O\'Brien", "Conan O'Brien"),
        (r"Marc d\'Ascoli of Dell\'Acqua, M\'Barek and O\'BRIEN", "Marc d'Ascoli of Dell'Acqua, M'Barek and O'BRIEN"),
        (r"IV\'AN GARC\'IA", "IVÁN GARCÍA"),
        (r"Nguy\~{\^e}n Tr\`{\^a}n", "Nguyễn Trần"),
        (r"{ }\'Angel {} Brun", "Ángel Brun"),
        ("Group {A}", "Group {A}"),
    ],
)
def test_a_name_has_the_letters_that_tex_writes_for_it(given_: str, name: str) -> None:
    assert [author.name for author in persons([given_])] == [name]
