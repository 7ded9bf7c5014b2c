"""What bioRxiv's export leaves in titles and abstracts is taken off; the forms are those of answers that were seen, with other words."""

from __future__ import annotations

import pytest

from digest.sources.highwire import plain

FIGURE = """O_FIG O_LINKSMALLFIG WIDTH=200 HEIGHT=111 SRC="FIGDIR/small/697994v4_ufig1.gif" ALT="Figure 1">
View larger version (51K):
org.highwire.dtl.DTLVardef@d8c6cborg.highwire.dtl.DTLVardef@1e34211_HPS_FORMAT_FIGEXP  M_FIG C_FIG"""


def one_line(text: str) -> str:
    return " ".join(plain(text).split())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("AO_SCPLOWBSTRACTC_SCPLOWFoxes are red.", "Foxes are red."),
        ("We built FO_SCPLOWOXC_SCPLOWNO_SCPLOWETC_SCPLOW, a tool.", "We built FOXNET, a tool."),
        ("Abstract/SummaryO_ST_ABSBackgroundC_ST_ABSFoxes are red.", "Background: Foxes are red."),
        ("AbstractO_ST_ABSAim:C_ST_ABSFoxes", "Aim: Foxes"),
        ("Intro.\n\nMethodsWe asked foxes.\n\nResults50% ran.", "Intro. Methods: We asked foxes. Results: 50% ran."),
        ("Intro.\n\nResultsmRNA of foxes.\nConclusions\nThey ran.", "Intro. Results: mRNA of foxes. Conclusions: They ran."),
        ("They ran.\n\nHighlightsO_LIA fox ran.\nC_LIO_LIA hen did not\nC_LI", "They ran. Highlights: A fox ran. A hen did not."),
        (f"They ran.\n\nGraphical Abstract\n\n{FIGURE}", "They ran."),
        (f"They ran. {FIGURE} Practitioner points", "They ran. Practitioner points"),
        ("O_TBL View this table: org.highwire.dtl.DTLVardef@1 M_TBL C_TBL They ran.", "They ran."),
        ("They ran.\n\nO_TEXTBOXSIGNIFICANCEFoxes matter.\n\nC_TEXTBOX", "They ran. SIGNIFICANCE: Foxes matter."),
        ("x: O_FD O_INLINEFIG[Formula 1]C_INLINEFIGM_FD(1)C_FD where", "x: [Formula 1] (1) where"),
        ("TGF-{beta}, {Delta}G, {lambda}, {Sigma}, {+/-}3%, 5 {micro}m", "TGF-β, ΔG, λ, Σ, ±3%, 5 µm"),
        ("n [&ge;] 5, P [&le;]0.05, [~]10 m, a [-&gt;] b, [-]0.4, 5[prime]", "n ≥ 5, P ≤0.05, ~10 m, a → b, −0.4, 5′"),
        ("On <i>V. vulpes</i> and CO<sub>2</sub>", "On V. vulpes and CO2"),
    ],
)
def test_marks_of_the_export_are_taken_off(given: str, said: str) -> None:
    assert one_line(given) == said


@pytest.mark.parametrize(
    "text",
    [
        "AlphaFold3 and DesignMaster: results of ResultsDB",
        "Aim.\nAIM2 is a gene.\nRESULTS: they ran.\nResults were good.",
        "[E] > 0, [18F]FDG, {0, 1}, CI [-3.6, 2], p<0.01, {two words}, F_{e}^{beta}",
        r"\mathrm{Delta}, \text{pi}",
        "We show that foxes run.",
        "NC_001 and O_2",
        "[ATP], [ADP] and [Pi]",
        "NO_LIMIT is at https://example.org/BIO_LINK",
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert one_line(text) == " ".join(text.split())


def test_a_mark_that_is_not_closed_takes_nothing_with_it() -> None:
    assert one_line("They ran. O_FIG They slept. O_ST_ABS They woke. C_LI") == "They ran. They slept. They woke. C_LI"
