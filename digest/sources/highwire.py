"""Clean titles and abstracts of bioRxiv and medRxiv: their export (by HighWire) leaves marks of the article's markup in the text.

    tags       written as words: "O_LI … C_LI" an item, "O_ST_ABS … C_ST_ABS" a heading, "O_FIG … C_FIG" a figure, which is left out
    headings   run into the text that follows, at the beginning of a line: "MethodsWe asked foxes."
    letters    that the export cannot encode are named: "TGF-{beta}", "[&ge;]5", "{+/-}"
    mark-up    "<i>E. coli</i>"

None of this is documented; these forms were seen in the API's answers. An unknown name or tag stays as it is.
"""

from __future__ import annotations

import re

from ..net.markup import text_of
from ..typesetting import GREEK

_LEFT_OUT = ("FIG_DISPLAY", "FIG", "TBL")
_SMALL_CAPITALS = re.compile("[OC]_SCP(?:LOW|CAP)")
_HEADING = re.compile("O_ST_ABS(.{0,200}?)C_ST_ABS", re.DOTALL)
_MARKS = re.compile(
    r"[OMC]_(?:FIG_DISPLAY(?:_L)?|FIG|TBL|LINKSMALLFIG|INLINEFIG|FD|TEXTBOX|QD|LST|FLOATNO|TABLECAPTION|ST_ABS)|org\.highwire\.dtl\.\S+"
)
_HEADINGS = (
    "Aim", "Aims", "Author summary", "Availability", "Availability and implementation", "Background", "Conclusion", "Conclusions",
    "Contact", "Context", "Data availability", "Design", "Discussion", "Findings", "Funding", "Highlights", "Implications", "Importance",
    "In brief", "Interpretation", "Introduction", "Key messages", "Key points", "Lay summary", "Limitations", "Main outcomes",
    "Materials and methods", "Measurements", "Method", "Methods", "Methods and results", "Motivation", "Objective", "Objectives",
    "One sentence summary", "Participants", "Practitioner points", "Principal findings", "Purpose", "Rationale", "Result", "Results",
    "Setting", "Significance", "Significance statement", "Summary", "Supplementary information", "Teaser", "Trial registration",
)  # fmt: skip
_SPELT, _CAPITALS = (
    "|".join(sorted({way(one) for one in _HEADINGS for way in ways}, key=len, reverse=True)) for ways in ((str, str.title), (str.upper,))
)
# What may follow a glued heading: a capital, a digit ("Results50%", but AIM2 is a gene), a word like mRNA, or nothing.
_GLUED = re.compile(
    rf"^(?:({_SPELT})(?=[A-Z]|[a-z]{{1,2}}[A-Z]|(?<!Aim)[0-9])|({_CAPITALS})(?=[A-Z][a-z])|({_SPELT}|{_CAPITALS}) ?:?$)",
    re.MULTILINE,
)
_ABSTRACT = re.compile(
    r"^(?:Structured |Graphical |STRUCTURED |GRAPHICAL )?A(?:bstract|BSTRACT)(?:/Summary)?(?: ?:?$|(?=[A-Z0-9]))", re.MULTILINE
)
_LETTERS = {
    **GREEK,
    **{name.capitalize(): letter.upper() for name, letter in GREEK.items()},
    "varepsilon": "ε", "varphi": "φ", "vartheta": "ϑ", "+/-": "±", "degrees": "°", "micro": "µ", "middle dot": "·", "times": "×",
    "prime": "′", "approx": "≈", "infty": "∞", "gtrsim": "≳", "lesssim": "≲", "cap": "∩", "cup": "∪", "isin": "∈", "Rightarrow": "⇒",
    "rightarrow": "→", "leftarrow": "←", "uparrow": "↑", "downarrow": "↓", "superscript 1": "¹", "superscript 2": "²",
    "superscript 3": "³", "pound": "£", "euro": "€", "paragraph": "¶", "bullet": "•", "whitebullet": "◦", "triangleup": "△", "≥": "≥",
    "≤": "≤", "~": "~", "~=": "≃", "->": "→", "<-": "←",
}  # fmt: skip
_MINUS = re.compile(r"\[-\](?=[0-9])")
# After "_", "^" or a command, braces are TeX; and [Pi] is a concentration of phosphate.
_NAMED = re.compile(r"\\[A-Za-z]+\{[^{}]*\}|(?<![_^{])\{([^{}]{1,24})\}|\[(?!Pi\])([^\[\]\s]{1,24})\]")


def plain(text: str, *, has_headings: bool = True) -> str:
    """The text without export marks, in lines; a title has no headings. The time taken grows linearly with the length."""
    text = _SMALL_CAPITALS.sub("", text_of(text))
    for block in _LEFT_OUT:
        text = _without(text, f"O_{block}", f"C_{block}")
    text = _MARKS.sub("\n", _HEADING.sub(lambda found: f"\n{found[1].strip(': ')}\n", text))
    text = "\n".join(filter(None, (" ".join(one.split()) for one in text.splitlines())))
    if has_headings:
        text = _ABSTRACT.sub("", text)
    if has_headings and "\n" in text:  # an abstract of one paragraph may begin with "DesignMaster"
        text = _GLUED.sub(lambda found: f"{found[1] or found[2] or found[3]}: ", text)
    return _MINUS.sub("−", _NAMED.sub(lambda found: _LETTERS.get(found[1] or found[2], found[0]), _items(text)))


def _without(text: str, opening: str, closing: str) -> str:
    """The text without what stands between the two marks; an unclosed mark alone is removed later."""
    kept: list[str] = []
    start = 0
    while (begin := text.find(opening, start)) >= 0 and (end := text.find(closing, begin)) >= 0:
        kept.append(text[start:begin])
        start = end + len(closing)
    return " ".join([*kept, text[start:]])


def _items(text: str) -> str:
    """Turn list items into sentences, also the first one, which is glued to its heading."""
    if "O_LI" not in text or "C_LI" not in text:  # a word such as BIO_LINK
        return text
    text = re.sub(r"([^\s.!?:;,])?\s?C_LI", lambda found: f"{found[1]}. " if found[1] else " ", text)
    return re.sub(r"(?<=\w)O_LI", ": ", text).replace("O_LI", " ")
