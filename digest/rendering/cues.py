"""Cue phrases for and against a sentence being the one that says what is new, with their points, in one table per kind.

The numbers are not learned: they are few and readable, and `bench/README.md` says how well they do on abstracts labelled by hand.
"""

from __future__ import annotations

from collections.abc import Iterable

from .sentences import word_set

# Verbs after "we", "this paper" or "the authors": the more clearly one announces something made or found, the more points.
_VERBS = {
    5.0: "propose proposes proposed introduce introduces introduced present presents presented",
    4.5: "develop develops developed prove proves proved devise devises devised invent invented",
    4.0: "describe describes described review reviews reviewed initiate design designed formalize formalise construct constructed "
    "establish",
    3.5: "show shows showed demonstrate demonstrates demonstrated find found report reports reported investigate investigates investigated "
    "survey surveys derive derived reveal reveals formulate extends extend built build create created identify identified examine "
    "examines examined conclude concludes concluded analyze analyzes analyse analyses analyzed characterize characterise discover",
    3.0: "study studies studied explore explores explored provide provides argue argues compare compares "
    "combine combines define defined suggest estimate determine determined offers offer collect implement implemented focuses redefines",
    2.0: "address addresses addressed consider considers discuss discusses adapt adopt apply applied conduct conducted perform performed "
    "evaluate evaluates evaluated measure measured observe observed assess assessed quantify quantified test tested revisit ask use used "
    "hypothesize give obtain",
    1.0: "release releases achieve achieves illustrate illustrates aim aims validate",
    0.0: "are can may might could must need know see do cannot were was am",
    -2.0: "hope believe note expect plan thank",
}
_VERB = {verb: points for points, verbs in _VERBS.items() for verb in verbs.split()}
_ADVERBS = word_set(
    "also then first firstly further furthermore here thus therefore formally systematically additionally next finally instead now have "
    "has been newly empirically theoretically explicitly both successfully carefully jointly experimentally rigorously directly and "
    "comprehensively subsequently simply attempt attempts always recently briefly will aim aims to seek seeks hence particularly"
)
_WRITTEN = word_set(
    "paper work study article review book survey chapter thesis report letter note investigation research contribution monograph volume "
    "tutorial collection text"
)
_WORKS = _WRITTEN | word_set("method framework results findings experiments analysis analyses")
_OURS = word_set("this our the present")
_PASSIVE = {
    **dict.fromkeys(word_set("proposed introduced presented developed described designed reported"), 2.0),
    **dict.fromkeys(word_set("shown proved proven demonstrated discussed examined explored analyzed analysed reviewed investigated"), 1.0),
}

# By the first word of a sentence.
_OPENINGS = {
    -3.0: "recent recently existing prior previous previously traditional traditionally current currently conventional most many "
    "unfortunately nevertheless copyright since",
    -2.5: "however but yet although while despite code codes",
    -2.0: "specifically moreover furthermore additionally second secondly third thirdly finally consequently subsequently lastly",
    -1.5: "this these it they such those also hence then next besides similarly likewise concretely its their thus therefore "
    "accordingly meanwhile conversely instead crucially notably first firstly extensive experiments experimental",
}
# By the heading before a colon, as medical journals have them.
_HEADINGS = {"background": -2.0, "motivation": -2.0, "introduction": -2.0, "context": -2.0, "availability": -4.0, "contact": -4.0,
             "results": 2.0, "conclusion": 1.0, "conclusions": 1.0, "objective": 1.0, "aim": 1.0, "purpose": 1.0}  # fmt: skip
_OPENING = {word: points for points, words in _OPENINGS.items() for word in words.split()}
DANGLING = word_set("this these it they such those its their both he she")
"""A sentence that begins so speaks of the one before it."""
_RESULTS = word_set(
    "outperforms outperform outperforming achieves achieving achieve improves improve improvement improvements state-of-the-art accuracy "
    "results experiments experimental reduces reducing faster gains superior reveals reveal findings show demonstrate find prove "
    "conclude"
)
_NEW = word_set("novel new first")
_FOREIGN_CUES = (
    "本文", "本研究", "我们提出", "提案", "本論文", "nous proposons", "nous présentons", "nous montrons", "cet article",
    "wir stellen", "wir zeigen", "in dieser arbeit", "diese arbeit", "proponemos", "presentamos", "en este trabajo", "este artículo",
    "neste trabalho", "este artigo", "в работе", "в статье", "мы предлагаем",
)  # fmt: skip
_DOERS = _WORKS | _PASSIVE.keys() | {"we", "authors"}
_PUNCTUATION = str.maketrans("", "", ",.;:()[]{}\"'“”‘’!?*~")
_HEAD = 200
"""Characters of a sentence in which cues are looked for."""


def words_of(text: str) -> list[str]:
    """The words at the beginning of a sentence, in lower case and without punctuation."""
    return text[:_HEAD].lower().translate(_PUNCTUATION).split()


def points(sentence: str, words: list[str], title: frozenset[str]) -> float:
    """How strongly the words suggest that the sentence says what is new; `title` holds the title's own words."""
    if not words:
        return -9.0
    opening = (_HEADINGS if sentence[len(words[0]) : len(words[0]) + 1] == ":" else _OPENING).get(words[0], 0.0)
    total = _deeds(words) + opening + 0.6 * (not _NEW.isdisjoint(words))
    if title:
        total += 2.0 * len(title.intersection(words)) / len(title)
    if "http" in sentence or "available" in words and ("code" in words or "github" in words):
        total -= 4.0
    if sentence.endswith("?"):
        total -= 2.0
    return total + _length(len(sentence))


def tells_results(words: Iterable[str]) -> bool:
    """Whether a sentence reports results."""
    return not _RESULTS.isdisjoint(words)


def announces_in_foreign_words(sentence: str) -> bool:
    """Whether a sentence in another language than English says that something is proposed or shown."""
    small = sentence.lower()
    return any(phrase in small for phrase in _FOREIGN_CUES)


def _deeds(words: list[str]) -> float:
    """The points for what the authors say they do: for the best verb, and for a sign that it is about this paper."""
    best, here = 0.0, 0.0
    if _DOERS.isdisjoint(words):
        return 0.0
    for place, word in enumerate(words):
        if word == "we" or word == "authors":
            best = max(best, _deed(words, place + 1), key=abs)
        elif word in _WORKS and not _OURS.isdisjoint(words[max(0, place - 2) : place]):
            if place < 5 and word in _WRITTEN:
                here = 1.5
            best = max(best, _deed(words, place + 1) - 0.5 * (word not in _WRITTEN), key=abs)
        elif word in _PASSIVE and (words[place - 1] in ("is", "are", "was", "were") or words[max(0, place - 2) : place] == ["has", "been"]):
            best = max(best, _PASSIVE[word])
    if words[0] == "here" and best > 0:
        here = 1.5
    if best > 0 and words[0] in ("this", "these") and here:
        here += 1.5  # "This paper presents" does not dangle
    return best + here


def _deed(words: list[str], place: int) -> float:
    for word in words[place : place + 4]:
        if word not in _ADVERBS:
            return _VERB.get(word, 1.0)
    return 0.0


def _length(count: int) -> float:
    """The points for length: a very short sentence says little, and a very long one has no room on a card."""
    if count < 40:
        return -3.0 if count < 25 else -1.0
    return 0.0 if count <= 300 else max(-2.0, (300 - count) / 150)
