"""What ranking needs to know of texts: their words and a model's vectors, computed once and stored in the catalog."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from ...catalog import Catalog
from ...embedding import Embedder, Progress, Vector, packed_vectors, unpacked_vector
from ...model import Paper
from ...naming import text_key
from ...ranking import Known
from ...ranking.texts.words import READING, Words, is_stuffed, packed_words, read_words, unpacked_words, written
from ..parts import Parts, Report

FIRST, PORTION = 32, 512
"""Texts embedded and stored at a time, few at first and twice as many each time: what is stored stays, whatever happens to the rest."""

PATIENCE = 1_200.0
"""Seconds after which a model is given no further portion: a server that answers just in time would hold back the letters for hours."""

WORDS = 50_000
"""How many papers' words are kept: the ones asked for last. Any others are read again in a fifth of a millisecond each."""

TRUST: Mapping[str, float] = {"wordllama-1": 0.6}
"""The weight of vectors of models that are no sentence models, by the first part of the model's name; measured in `bench/README.md`."""

YOUNG = 300
"""With fewer papers than this before today, today's papers are added to the background."""


def text_of(paper: Paper, words: Words) -> str:
    """What a model reads of a paper with these words: title and abstract, or only the title if it is stuffed with keywords."""
    return f"{paper.title}. {'' if is_stuffed(words) else paper.abstract}".strip()


def usual(catalog: Catalog, now: datetime, limit: int = 4000) -> tuple[Paper, ...]:
    """The background that scores are standardised against: the last month's papers without the last day's, newest first.

    So a day that is rich in what a reader wants does not count as usual, and a floor means the same on every day.
    """
    before = catalog.papers.background(now - timedelta(days=1), limit)
    return before if len(before) >= min(YOUNG, limit) else catalog.papers.background(now, limit)


def trust_in(model: str) -> float:
    """The weight of the vectors of the model with that name; a sentence model's is 1."""
    return TRUST.get(model.partition("/")[0], 1.0)


def learn(
    parts: Parts,
    papers: Iterable[Paper],
    topics: Iterable[str],
    report: Report,
    *,
    background: Iterable[Paper] = (),
    monotonic: Callable[[], float] = time.monotonic,
) -> Known:
    """Look up the words of these papers and, if there is a model, the vectors of papers and topics; compute and store what is missing.

    For `background` only the words are looked up. A model that fails or takes too long is reported, and papers without a vector are ranked
    by their words.
    """
    unique = {paper.key: paper for paper in papers}
    words = _words(parts, {paper.key: paper for paper in background} | unique)
    if parts.embedder is None:
        return Known(words=words)
    texts = {key: text_of(paper, words[key]) for key, paper in unique.items()}
    asked = tuple(dict.fromkeys(topics))
    vectors = _vectors(parts, parts.embedder, [*asked, *texts.values()], report, monotonic)
    return Known(
        words=words,
        vectors={key: vectors[text] for key, text in texts.items() if text in vectors},
        topics={text: vectors[text] for text in asked if text in vectors},
        trust=trust_in(parts.embedder.name),
    )


def _words(parts: Parts, papers: Mapping[str, Paper]) -> dict[str, Words]:
    keys = {name: text_key(written(paper)) for name, paper in papers.items()}
    kept = parts.catalog.vectors.get(READING, keys.values())
    new = {key: packed_words(read_words(papers[name])) for name, key in keys.items() if key not in kept}
    if new:
        parts.catalog.vectors.put(READING, new)
        parts.catalog.vectors.thin(READING, kept | new, max(WORDS, 2 * len(keys)))
    return {name: unpacked_words(kept.get(key) or new[key]) for name, key in keys.items()}


def _vectors(parts: Parts, embedder: Embedder, texts: Sequence[str], report: Report, monotonic: Callable[[], float]) -> dict[str, Vector]:
    """The vectors of these texts, by text; those the model could not make are left out."""
    keys = {text: text_key(text) for text in texts}
    found = parts.catalog.vectors.get(embedder.name, keys.values())
    if not _are_alike(found.values()):
        parts.catalog.vectors.forget(embedder.name)
        found = {}
    missing = [text for text, key in keys.items() if key not in found]
    # Texts of one length share a portion, so that little of it is padding.
    missing.sort(key=len)
    began, done, size = monotonic(), 0, min(FIRST, PORTION)
    with report.guard():
        while done < len(missing):
            if monotonic() - began > PATIENCE:
                left = len(missing) - done
                report.quiet.append(f"{embedder.name} took {PATIENCE / 60:.0f} minutes: {left} texts are left to the next run")
                break
            portion = missing[done : done + size]
            rows = embedder.embed(portion, partial(_watch, report, done, len(missing)))
            new = dict(zip((keys[text] for text in portion), packed_vectors(rows), strict=True))
            parts.catalog.vectors.put(embedder.name, new)
            if not _are_alike([*found.values(), *new.values()]):
                return _vectors(parts, embedder, texts, report, monotonic)
            found |= new
            done, size = done + size, min(2 * size, PORTION)
    if any(key not in found for key in keys.values()):
        report.quiet.append("what the model has not read is ranked by its words alone")
    return {text: unpacked_vector(found[key]) for text, key in keys.items() if key in found}


def _are_alike(vectors: Collection[bytes]) -> bool:
    """Whether these vectors have one length; if not, a server has another model under the same name, and the old vectors are useless."""
    return len({len(vector) for vector in vectors}) < 2


def _watch(report: Report, done: int, total: int, progress: Progress) -> None:
    """Report a portion's progress as progress of the whole, assuming the rest takes as long per text."""
    left = progress.total - progress.done
    seconds = progress.seconds_left / left if left else 0.0
    report.watch(Progress(done + progress.done, total, seconds * (total - done - progress.done)))
