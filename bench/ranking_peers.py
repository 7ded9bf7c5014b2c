"""How two well-known projects rank, done again from their published rules; neither's code is used.

arxiv-sanity-lite (Karpathy, `compute.py` and `serve.py`): tf-idf of all papers and a linear SVM for each reader, liked papers against all
the others; a text is searched for by counting its words.
zotero-arxiv-daily (TideDra, `reranker/base.py`): the mean similarity of vectors to the library's papers, the most recent weighing most.
It knows no topics, so a topic stands for the one liked paper there is. Its own models need torch; here it gets MiniLM at that model's own
256 tokens, and title and abstract of both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.model import Paper

Numbers = NDArray[np.float64]


class Sanity:
    """arxiv-sanity-lite over all papers of a set."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # only this peer needs it

        features = TfidfVectorizer(
            strip_accents="unicode",
            stop_words="english",
            token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",
            ngram_range=(1, 2),
            max_features=20_000,
            sublinear_tf=True,
            max_df=0.1,
            min_df=min(5, max(1, len(papers) // 100)),  # 5, but for a handful of papers
        )
        self._place = {paper.key: place for place, paper in enumerate(papers)}
        self._papers = papers
        texts = [" ".join((paper.title, paper.abstract, *(author.name for author in paper.authors))) for paper in papers]
        self._features: Any = features.fit_transform(texts)

    def by_likes(self, liked: Sequence[str], candidates: Sequence[str], background: Sequence[str]) -> Numbers:
        """(candidates,) the decision of the SVM that is trained on all of both lists."""
        from sklearn.svm import LinearSVC

        known = sorted({self._place[key] for key in (*candidates, *background, *liked)})
        positive = np.isin(known, [self._place[key] for key in liked])
        machine = LinearSVC(class_weight="balanced", C=0.01, max_iter=10_000, tol=1e-6, random_state=0, dual="auto")
        machine.fit(self._features[known], positive)
        decision: Numbers = machine.decision_function(self._features[[self._place[key] for key in candidates]])
        return decision

    def by_text(self, text: str, candidates: Sequence[str]) -> Numbers:
        """(candidates,) how often the words of a search are found: 10 in an author, 20 in the title, up to 3 in the abstract."""
        words = text.lower().split()
        found = []
        for paper in (self._papers[self._place[key]] for key in candidates):
            names, title, abstract = " ".join(author.name for author in paper.authors).lower(), paper.title.lower(), paper.abstract.lower()
            found.append(sum(10 * (word in names) + 20 * (word in title) + min(3, abstract.count(word)) for word in words))
        return np.array(found, dtype=np.float64)


def zotero(library: NDArray[np.float32], candidates: NDArray[np.float32]) -> Numbers:
    """(candidates,) the mean cosine to the library's papers, most recent first, each weighing 1 / (1 + log₁₀ of its place)."""
    weight = 1 / (1 + np.log10(np.arange(len(library)) + 1))
    scores: Numbers = (candidates @ library.T) @ (weight / weight.sum()) * 10
    return scores
