"""Liked papers without a home, grouped by likeness, each group with a name from its titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..model import Interest, Profile
from .ground import Ground
from .shares import cosines
from .space import Space
from .sparse import Floats, Sparse
from .texts.text import says_something, singular, surfaces
from .texts.words import Ints

FEWEST, MOST, LEAST = 10, 300, 5
"""Papers that are grouped at all, those that make the groups (the latest; others join them), and papers of a group."""

APART, COVERED = 0.2, 0.7
"""How like two groups may be, against the papers within them, and the share of all papers that groups hold.

With these, two readers' lists (`arx`) joined come apart in 57 of 100 cases, and then always as they were; of 18 single lists one. With
groups of three papers two of three pairs came apart, but libraries that are one reader's (`cul`) lost .02 to .03 of nDCG@10.
"""

Group = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A group of likes, the topics that go with it, and what it is called until somebody knows better."""

    name: str
    liked: tuple[str, ...]
    topics: tuple[str, ...] = ()


def group_likes(ground: Ground, interest: Interest) -> tuple[Grouped, ...]:
    """The groups among an interest's liked papers, largest first; none where they are few or of one kind.

    A topic goes with the group whose papers answer it best; papers of no group and topics that none answers stay where they are.
    """
    known = [key for key in interest.liked if key in ground.library]
    if len(known) < FEWEST:
        return ()
    places = np.array([ground.library[key] for key in known], dtype=np.int64)
    first = ground.own.rows(places[:MOST])
    groups = apart(cosines(np.hstack((first.lexical.packed(), first.flat))))
    if not groups:
        return ()
    groups = _joined(groups, ground, places)
    nearest = _nearest(ground, places, groups, interest.topics)
    names = _names(tuple(tuple(ground.titles[int(places[number])] for number in group) for group in groups))
    return tuple(
        Grouped(name, tuple(known[number] for number in group), tuple(topic for topic in interest.topics if nearest.get(topic) == at))
        for at, (name, group) in enumerate(zip(names, groups, strict=True))
    )


def with_groups(profile: Profile, groups: Sequence[Grouped]) -> Profile:
    """The profile with each group as an interest of its own, its weight by its likes; what is in none stays in the one without a name.

    What is disliked is disliked in each.
    """
    rest = next((interest for interest in profile.interests if not interest.name), None)
    if rest is None or not groups:
        return profile
    homed = {key for group in groups for key in group.liked}
    spoken = {topic for group in groups for topic in group.topics}
    liked, topics = (tuple(key for key in rest.liked if key not in homed), tuple(topic for topic in rest.topics if topic not in spoken))
    named = [interest for interest in profile.interests if interest.name]
    taken = {interest.name.casefold() for interest in named}
    share = rest.weight / max(len(group.liked) for group in groups)
    added = [
        replace(rest, name=_free(group.name, taken), topics=group.topics, liked=group.liked, weight=share * len(group.liked))
        for group in groups
    ]
    left = replace(rest, topics=topics, liked=liked, weight=rest.weight if topics else share * len(liked))
    return replace(profile, interests=(*named, *added, *([left] if liked or topics else [])))


def apart(likeness: Floats) -> tuple[Group, ...]:
    """The groups of a (papers, papers) likeness, largest first: by average linkage (Sokal and Michener, 1958), cut where most hold.

    They hold where each has five papers, all together most, and no two are more alike than a fifth of what papers within them are; what is
    no more like its nearest group than that is in none.
    """
    tree = _Tree(likeness)
    best: tuple[Group, ...] = ()
    least = float(np.finfo(np.float64).tiny)  # papers that have nothing in common are of no kind
    while tree.left > 1 and tree.nearest() >= least:
        tree.merge()
        big = np.flatnonzero(tree.size >= LEAST)
        if (
            tree.size[big].sum() >= COVERED * len(likeness)
            and len(big) >= max(len(best), 2)
            and tree.between(big) < APART * tree.within(big)
        ):
            best = tuple(sorted((tuple(sorted(tree.members[number])) for number in big), key=lambda group: (-len(group), group)))
            least = APART * tree.within(big)
    return best


class _Tree:
    """Clusters as they are merged; `size` (clusters,) is 0 for those that are merged into another."""

    def __init__(self, likeness: Floats) -> None:
        self.left = len(likeness)
        self.size = np.ones(self.left, dtype=np.int64)
        self.members = [[number] for number in range(self.left)]
        self._mean = likeness.astype(np.float64)  # between two clusters
        np.fill_diagonal(self._mean, -np.inf)
        self._inner = np.zeros(self.left)  # the sum over pairs within a cluster

    def nearest(self) -> float:
        """The likeness of the two clusters that are next."""
        return float(self._mean.max())

    def merge(self) -> None:
        """Make one of these two."""
        one, other = divmod(int(self._mean.argmax()), len(self._mean))
        sizes = self.size[[one, other]]
        self._inner[one] += self._inner[other] + sizes.prod() * self._mean[one, other]
        self._mean[one] = self._mean[:, one] = (sizes @ self._mean[[one, other]]) / sizes.sum()
        self._mean[other], self._mean[:, other], self._mean[one, one] = -np.inf, -np.inf, -np.inf
        self.members[one] += self.members[other]
        self.size[one], self.size[other] = sizes.sum(), 0
        self.left -= 1

    def between(self, some: Ints) -> float:
        """The likeness of the two of these that are most alike."""
        return float(self._mean[np.ix_(some, some)].max())

    def within(self, some: Ints) -> float:
        """The mean likeness of two papers of one of these clusters."""
        sizes = self.size[some]
        return float(self._inner[some].sum() / (sizes * (sizes - 1) / 2).sum())


def _joined(groups: Sequence[Group], ground: Ground, places: Ints) -> tuple[Group, ...]:
    """The groups with the papers behind the first 300 in the one whose mean each lies nearest to."""
    found = [list(group) for group in groups]
    others = ground.own.rows(places[MOST:])
    if len(others):
        near = np.stack([_near(others, ground.own.rows(places[list(group)])) for group in groups])
        for number in np.flatnonzero(near.max(axis=0) > 0).tolist():
            found[int(near[:, number].argmax())].append(MOST + number)
    return tuple(map(tuple, found))


def _near(rows: Space, group: Space) -> Floats:
    """(rows,) how near each lies to the mean of a group."""
    flat: Floats = rows.flat @ group.flat.mean(axis=0)
    return flat + _answers(rows.lexical, group.lexical)


def _answers(rows: Sparse, group: Sparse) -> Floats:
    """(rows,) the product of each with the mean of a group's words."""
    mean = np.bincount(group.column, weights=group.value, minlength=group.width) / len(group)
    sums = np.bincount(rows.row, weights=rows.value * mean[rows.column], minlength=len(rows))
    return sums.astype(np.float32)


def _nearest(ground: Ground, places: Ints, groups: Sequence[Group], topics: Sequence[str]) -> dict[str, int]:
    """The group whose papers have most of a topic's words, where one has any."""
    if not topics:
        return {}
    queries = ground.vocabulary.queries(topics)
    near = np.stack([_answers(queries, ground.own.lexical.rows(places[list(group)])) for group in groups])
    return {topic: int(near[:, at].argmax()) for at, topic in enumerate(topics) if near[:, at].max() > 0}


def _names(titles: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """For each group up to three words that most of its titles have and the other groups' titles have not, as they are written there."""
    counts = [Counter(word for title in group for word in _words(title)) for group in titles]
    everywhere = sum(counts, Counter[str]())
    names: list[str] = []
    for group, count in zip(titles, counts, strict=True):
        ranked = sorted(count, key=lambda word: (-count[word] * count[word] / everywhere[word], -len(word), word))
        shared = [word for word in ranked[:3] if count[word] > 1] or ranked[:3]
        written = [Counter(form for title in group for stem, form in _words(title).items() if stem == word) for word in shared]
        names.append(_free(" · ".join(forms.most_common(1)[0][0] for forms in written) or "more", {name.casefold() for name in names}))
    return tuple(names)


def _words(title: str) -> dict[str, str]:
    """The words of a title that say something, folded, and each as it is written."""
    written = {singular(word): word for word in surfaces(title)[0]}
    return {word: form for word, form in written.items() if says_something(word) and not word.isdigit()}


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name} {number}"
    taken.add(free.casefold())
    return free
