"""TeX in titles and abstracts becomes text that anybody can read, plain and as HTML; nothing is lost, nothing is slow."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from digest.rendering.mathematics import html, plain

from .tex_texts import lasting_letters, recorded_texts, shown, stands_in, without_signs


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        ("at $10^{-15}$ s", "at 10⁻¹⁵ s"),
        ("$10^-15$ and $2^32$", "10⁻¹⁵ and 2³²"),
        ("H$_2$O, H_2O, $x_1$, $n^2$, ME$^3$-BEV", "H₂O, H₂O, x₁, n², ME³-BEV"),
        (r"$x_{i}^{(t)}$ and $h_{t-1}$", "xᵢ⁽ᵗ⁾ and hₜ₋₁"),
        (r"$\alpha \to \beta$, $\Delta R$, $\lambda x$", "α → β, ΔR, λx"),
        (r"$8 \times 8$ or $8\times8$, $3.2\times$ faster", "8 × 8 or 8×8, 3.2× faster"),
        (r"$a\leq b$, $\geq 0.6$, $\sim 77%$, $x \in\mathbb{R}$", "a≤b, ≥0.6, ∼77%, x ∈ ℝ"),
        (r"$\mathcal{O}(n\log n)$, $n\ln\ln T$, $\log\alpha$, $\max\{a,b\}$", "O(n log n), n ln ln T, log α, max{a,b}"),
        (r"$\frac{a+b}{2n}$, $\frac12$, $1/\sqrt{n}$, $\sqrt[3]{x+1}$", "(a+b)/(2n), 1/2, 1/√n, ∛(x+1)"),
        (r"$x\frac{a}{b}$, $\frac{a}{b}c$, $\left(\frac{n}{2}\right)^2$", "x(a/b), (a/b)c, (n/2)²"),
        (r"$360^\circ$, 360{\deg}, $90^{\circ}$C, $f'(x)$", "360°, 360°, 90°C, f′(x)"),
        (r"$\hat{X} = (u_i - c_x)\bar{Z}$, $\widehat{FDR}$", r"X̂ = (uᵢ - cₓ)Z̄, \widehat{FDR}"),
        (r"$\not\in$, $\neq$, $\|x\|_2$, $\langle x, y \rangle$", "∉, ≠, ‖x‖₂, ⟨x, y⟩"),
        (r"$K \in {50, 100}$, $9{,}913$, $K{\times}K$, $\{1,\dots,k\}$", "K ∈ {50, 100}, 9,913, K×K, {1,…,k}"),
        (r"$98^{\text{th}}$, $p_{\text{high}} \text{ if } x$", "98ᵗʰ, p_high if x"),
        (r"\(O(n^2)\) and \[x_1\] and $$y^2$$", "O(n²) and x₁ and y²"),
        (r"$\sum_{i=1}^\infty x_i$, $\int f\,dx$, $f\colon X \to Y$, $\ket{\psi}$", "∑ᵢ₌₁^∞ xᵢ, ∫ f dx, f: X → Y, |ψ⟩"),
        (r"$B^0_s \to \mu^+\mu^-$, La$_{2-x}$Sr$_x$CuO$_4$", "B⁰ₛ → μ⁺μ⁻, La₂₋ₓSrₓCuO₄"),
        (r"$\unicode{x2014}$ $\operatorname*{arg\,max}_x f$", "— arg maxₓ f"),
        (r"$2\binom{n}{k}x$, $\tbinom n 2$, $a \stackrel{d}{=} b$, $\underset{x}{\min} f$", "2(n choose k)x, (n choose 2), a =ᵈ b, minₓ f"),
        (r"$\left. f \right|_{0}$, $\\alpha + 1$, $a \\ b$, $x^{}$, \alpha{}-stable, \bf{}bold", r"f |₀, α + 1, a \\ b, x, α-stable, bold"),
    ],
)  # fmt: skip
def test_mathematics_becomes_unicode(tex: str, text: str) -> None:
    assert plain(tex) == text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Schr\"odinger, Fr\'echet, M\"{o}bius, \v{C}ech, na{\"\i}ve, Stra\ss e", "Schrödinger, Fréchet, Möbius, Čech, naïve, Straße"),
        (r"Turing\'s machine", "Turing's machine"),
        (r"Spearman \r{ho} = 0.65, \b{eta}=0.2", "Spearman ρ = 0.65, β=0.2"),
        (r"23\% of \$5 \& a\_b \#1", "23% of $5 & a_b #1"),
        ("a ``quoted'' word, a ``half\" one, ''other'' ones", "a “quoted” word, a “half” one, ''other'' ones"),
        ("5--20 -- and --- so, --help, <!-- x -->", "5–20 – and — so, --help, <!-- x -->"),
        ("Winter~2026, models~(LLMs), S&P~500", "Winter 2026, models (LLMs), S&P 500"),
        ("~12 h, 10~30%, http://a.b/~ivo, y~x", "~12 h, 10~30%, http://a.b/~ivo, y~x"),
        (r"\textbf{G}roup \textsc{\textbf{Canto}} {\sc pos} \underline{R}etrieval", "Group Canto pos Retrieval"),
        ("{T}he {S}wiss-{P}rot {DNA} {a, b} {{ 7*7 }}", "The Swiss-Prot DNA {a, b} {{ 7*7 }}"),
        ("{Going beyond the information given}", "Going beyond the information given"),
        (r"\ie, faster; \eg, this~\cite{a2025,b}", "i.e., faster; e.g., this [a2025,b]"),
        (r"code\footnote{Not yet.} at \url{https://a.b/c_d}", "code (Not yet.) at https://a.b/c_d"),
        (r"\href{https://a.b/c\_d}{here}, \href{https://a.b}{\texttt{a.b}}", "here (https://a.b/c_d), https://a.b"),
        ("R^2=0.97, 10^-10, n^{2}, x_{ij}, QK^T", "R²=0.97, 10⁻¹⁰, n², xᵢⱼ, QKᵀ"),
        ("snake_case, O_FT, p_theta(x)^alpha, file_1, https://a.b/x_1", "snake_case, O_FT, p_theta(x)^alpha, file_1, https://a.b/x_1"),
        (r"2.80 \times, {\sigma} = 50, \ell^{1}", "2.80 ×, σ = 50, ℓ¹"),
        (r"field{\\textendash}wide", "field–wide"),
    ],
)  # fmt: skip
def test_tex_outside_of_mathematics_is_read(tex: str, text: str) -> None:
    assert plain(tex) == text


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $10", "from US$ to CA$", "a $42 training cost", "the $1,000 genome with a $20,000 price tag", "$5-$10", "$$$",
        "$AMD and $NVDA", "Commercial scribes cost $99-600 per month, less than $30 here", "only $1", "the $ sign and the $ name",
        "US$5 and US$6 a day", "HK$5/US$1",
    ],
)  # fmt: skip
def test_money_is_no_mathematics(text: str) -> None:
    assert plain(text) == text


def test_money_beside_mathematics_stays_money() -> None:
    text = plain(r"$\leq$ 1/200 of the cost ($500 vs. $\geq$ $100,000) and $\leq$ 1/2500")

    assert text == "≤ 1/200 of the cost ($500 vs. ≥ $100,000) and ≤ 1/2500"


@pytest.mark.parametrize(
    "text",
    [
        r"we introduce \ours, better than \foo{bar} and \Syn", r"\textbf{never closed", "a } b { c", "x^ and _ and ^^", "$", "\\",
        r"\\server\share", r"\(never closed", "{", "}", "$x", r"\frac", r"\begin{itemize}",
    ],
)  # fmt: skip
def test_what_is_not_known_stays_as_it_is_written(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"$\foo{x_1} + \bar{ab}$", r"\foo{x₁} + \bar{ab}"),
        (r"$\frac$, $x^$, $\sqrt$", r"\frac, x^, \sqrt"),
        (r"$a<b$ & $c>d$", "a<b & c>d"),
        (r"$x^{a<b}$", "x^(a<b)"),
    ],
)
def test_what_cannot_be_converted_keeps_all_its_characters(tex: str, text: str) -> None:
    assert plain(tex) == text


@pytest.mark.parametrize(
    ("tex", "text", "page"),
    [
        (r"$M_{\mathrm{eff}}$ tracks", "M_eff tracks", "M<sub>eff</sub> tracks"),
        (r"x$^{q+1}$y", "x^(q+1)y", "x<sup>q+1</sup>y"),
        (r"$x^q y$, $x_{qr}s$", "x^q y, x_(qr)s", "x<sup>q</sup> y, x<sub>qr</sub>s"),
        (r"$x^{q^2_{c}}$", "x^(q²_c)", "x<sup>q²<sub>c</sub></sup>"),
        (r"\emph{very \textit{much}} so", "very much so", "<i>very much</i> so"),
        (r"{\it E. coli}", "E. coli", "<i>E. coli</i>"),
        (r"\emph{a $x^{q}$} b", "a x^q b", "<i>a x<sup>q</sup></i> b"),
        (r"<b>$a<b$</b>", "<b>a<b</b>", "&lt;b&gt;a&lt;b&lt;/b&gt;"),
        (r"$10^{-15}$ & \alpha", "10⁻¹⁵ & α", "10⁻¹⁵ &amp; α"),
        (r"$\text{<script>}^{\text{</sup><script>}}$", "<script>^(</sup><script>)", "&lt;script&gt;<sup>&lt;/sup&gt;&lt;script&gt;</sup>"),
    ],
)  # fmt: skip
def test_html_raises_lowers_and_slants_what_no_character_can(tex: str, text: str, page: str) -> None:
    assert (plain(tex), str(html(tex))) == (text, page)


HOSTILE = {
    "braces": "{" * 2000,
    "closed braces": "{" * 2000 + "}" * 2000,
    "commands in braces": "{\\" * 2000 + "}" * 2000,
    "braces in a formula": "$" + "{" * 2000 + "}" * 2000 + "$",
    "scripts": "$x" + "^{x_{" * 1000 + "}}" * 1000 + "$",
    "bare scripts": "x" + "^{x_{" * 1000 + "}}" * 1000,
    "fractions": "$" + r"\frac{a}{" * 1000 + "}" * 1000 + "$",
    "fractions without braces": "$" + r"\frac" * 2000 + "$",
    "hats": "$" + r"\hat" * 2000 + "x$",
    "texts": "$" + r"\text{$" * 700 + "$}" * 700 + "$",
    "texts in texts": "$" + r"\text{" * 1000 + "}" * 1000 + "$",
    "slants": r"\emph{" * 1000 + "}" * 1000,
    "links": r"\href{a}{" * 1000 + "}" * 1000,
    "roots": "$" + r"\sqrt[" * 2000 + "$",
    "openings": r"\(" * 2000 + r"\[" * 2000,
    "dollars": "$ " * 2000,
    "pairs of dollars": "$$" * 2000,
    "escaped dollars": "$" + r"\$" * 2000,
    "backslashes": "\\" * 4001,
    "carets": "^" * 2000 + "_" * 2000,
    "quotes": "``" * 2000 + "''" * 2000,
    "groups never closed": r"\frac{x" * 2000,
    "footnotes": r"\footnote{" * 2000,
    "nots": "$" + r"\not" * 2000 + "$",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_length_alone(text: str) -> None:
    """Ten times as long takes ten times as long, not a hundred times; a tenth of a second is far above what either needs."""
    started = process_time()
    page = html(text)
    once = process_time() - started
    html(text * 10)
    longer = process_time() - started - once

    assert without_signs(shown(page)) == without_signs(plain(text))
    assert longer < max(30 * once, 0.5)


TEX = st.lists(
    st.sampled_from([
        "$", "$$", "\\", "{", "}", "^", "_", "~", "--", "``", "''", '"', " ", "a", "B", "10", "-", "(", ")", "[", "]", ",", "<", ">", "&",
        "'", "\\frac", "\\sqrt", "\\text", "\\emph", "\\hat", "\\alpha", "\\leq", "\\log", "\\left", "\\mathbb", "\\foo", "\\not", "\\(",
        "\\)",
        "\\href", "\\cite", "\\it", "\\unicode", "\\char", "\\\\", "\\operatorname", "\\footnote", "\\binom", "\\underset", "ü", "深",
        "\u0301", "\n",
    ]),
    max_size=40,
).map("".join)  # fmt: skip


@given(TEX | st.text(max_size=60))
def test_html_of_anything_is_balanced_and_says_what_the_plain_text_says(text: str) -> None:
    page = str(html(text))

    assert without_signs(shown(page.replace("\r", " "))) == without_signs(plain(text).replace("\r", " "))


_ANY_ORDER = re.compile(r"\\\\(?:underset|href|unicode|char|cite)")


@given(TEX.filter(lambda text: not _ANY_ORDER.search(text)))
def test_every_letter_digit_and_sign_of_anything_is_still_there_in_order(text: str) -> None:
    # A command ends where its blank does: what is glued to its name is its name.
    text = re.sub(r"(\\[A-Za-z]+)(?=[aB])", r"\1 ", text)
    wanted = [character for character in re.sub(r"\\\\|\\[A-Za-z]+", "", text) if character in "B10<>深"]

    assert stands_in("".join(wanted), unicodedata.normalize("NFKD", plain(text)))


@given(st.text(max_size=60).filter(lambda text: not re.search(r"[$\\{^_~]|--|``", text)))
def test_text_without_tex_stays_as_it_is(text: str) -> None:
    assert (plain(text), html(text)) == (text, escape(text))


def test_nothing_is_lost_in_any_title_or_abstract(test_data: Path) -> None:
    texts = recorded_texts(test_data)

    changed = [text for text in texts if plain(text) != text]
    lost = [text for text in changed if not stands_in(lasting_letters(text), lasting_letters(plain(text)))]

    assert len(texts) > 20_000
    assert lost == []


def test_no_sign_of_comparison_is_lost_in_any_title_or_abstract(test_data: Path) -> None:
    assert [text for text in recorded_texts(test_data) if plain(text).count("<") < text.count("<")] == []


def test_the_html_of_every_title_and_abstract_says_what_its_plain_text_says(test_data: Path) -> None:
    texts = [text for text in recorded_texts(test_data) if plain(text) != text]

    differing = [text for text in texts if without_signs(shown(str(html(text)))) != without_signs(plain(text))]

    assert len(texts) > 1_500
    assert differing == []


def test_no_formula_stays_between_dollars_in_any_title_or_abstract(test_data: Path) -> None:
    """What is left are prices, and three texts of CiteULike whose dollars are escaped twice."""
    left = [text for text in recorded_texts(test_data) if re.search(r"\$(?![0-9])", plain(text))]

    assert len(left) <= 4


def test_few_texts_with_commands_keep_one(test_data: Path) -> None:
    """Names of authors' own, \\ours and \\name, are all that is left."""
    with_commands = [text for text in recorded_texts(test_data) if re.search(r"\\[A-Za-z]", text)]
    kept = [text for text in with_commands if re.search(r"\\[A-Za-z]", plain(text))]

    assert len(with_commands) > 700
    assert len(kept) < 60


def test_abstracts_with_mathematics_take_microseconds(test_data: Path) -> None:
    texts = [text for text in recorded_texts(test_data) if "$" in text]

    started = process_time()
    for text in texts:
        plain(text)
    each = (process_time() - started) / len(texts)

    assert each < 400e-6
