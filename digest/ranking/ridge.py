"""What a reader's liked papers say about every other paper: a class-balanced ridge, in closed form, for a block of readers at once.

Positives are the liked papers, negatives one sample of the catalog shared by everybody (and what the reader disliked):
(K + 1 + diag(λ / (20 w))) a = y, y = ±1, w = 0.5 / papers of the class, λ = clip(3 / liked, 0.3, 3); a paper scores K a.

The shared negatives enter by the eigenvectors of their own system, which serve every λ: with K + 1 = Q Λ Qᵀ among them, a reader's k papers
solve the k × k Schur complement K + 1 + diag(…) − q (Λ + 30 λ)⁻¹ qᵀ, where q = (K + 1) Q between theirs and the negatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .space import Space
from .sparse import Floats, Sparse
from .words import Ints

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """What one reader said, as places among the readers' own papers, no paper twice; `named` are places among the negatives."""

    liked: tuple[int, ...]
    disliked: tuple[int, ...] = ()
    named: tuple[int, ...] = ()

    @property
    def said(self) -> tuple[int, ...]:
        """The liked ones, then the disliked ones."""
        return self.liked + self.disliked


@dataclass(frozen=True, eq=False)
class Factor:
    """The negatives' side of the system, the same for all readers whose flat dimensions weigh alike.

    `scale` (dimensions,): what each flat dimension counts in K. `vectors` Q and `values` Λ; `ones` = Qᵀ 1.
    """

    scale: Floats
    values: Doubles
    vectors: Doubles
    ones: Doubles


@dataclass(frozen=True, eq=False)
class Fit:
    """The decision functions of some examples.

    `own` are the coefficients of the said papers, those of example i at start[i]:start[i + 1]; `shared` (examples, negatives) those of the
    negatives as multiples of Q; `flat` (examples, dimensions) is the said papers' sum in the flat dimensions.
    """

    start: Ints
    own: Doubles
    shared: Floats
    flat: Floats


def factor(between: Floats, scale: Floats) -> Factor:
    """Of K + 1 among the negatives: everything about them that does not depend on the reader."""
    values, vectors = np.linalg.eigh(between.astype(np.float64))
    return Factor(scale, values, vectors, vectors.sum(axis=0))


def fit(own: Space, shared: Factor, examples: Sequence[Example], across: Floats) -> Fit:
    """Solve every example against the same negatives; a negative that an example names is left out for it, exactly.

    `across` (said papers, negatives) = (K + 1) Q of all papers of all examples, one after the other.
    """
    said = np.array([place for example in examples for place in example.said], dtype=np.int64)
    start = np.concatenate(([0], np.cumsum([len(example.said) for example in examples], dtype=np.int64)))
    out = Fit(
        start,
        np.zeros(len(said)),
        np.empty((len(examples), len(shared.values)), dtype=np.float32),
        np.empty((len(examples), len(shared.scale)), dtype=np.float32),
    )
    alike: dict[tuple[int, int, int], list[int]] = {}
    for place, example in enumerate(examples):
        alike.setdefault((len(example.liked), len(example.disliked), len(example.named)), []).append(place)
    for (liked, disliked, named), places in alike.items():
        at = start[places][:, None] + np.arange(liked + disliked)
        left_out = np.array([examples[place].named for place in places], dtype=np.int64).reshape(len(places), named)
        flat = own.flat[said[at]]
        among = gram(own.lexical, flat, said[at], shared.scale)
        answer, out.shared[places] = _solve(shared, among, across[at], left_out, liked)
        out.own[at] = answer
        out.flat[places] = np.matmul(answer[:, None].astype(np.float32), flat)[:, 0]
    return out


def _solve(shared: Factor, among: Floats, across: Floats, left_out: Ints, liked: int) -> tuple[Doubles, Floats]:
    """The coefficients of examples of one shape: `among` (examples, said, said) = K, `across` (examples, said, negatives)."""
    count, said, named = len(among), among.shape[1], left_out.shape[1]
    damping = 1 / (shared.values + strength(liked) * len(shared.values) / 10)
    root = np.sqrt(damping).astype(np.float32)
    if named:
        # A named negative gets a row that forces its coefficient to 0 (a Lagrange multiplier).
        across = np.concatenate((across, shared.vectors[left_out].astype(np.float32)), axis=1)
    damped = across * root
    # Without a liked paper there is no class to tell from the catalog: only the disliked ones are pushed down.
    common = shared.ones * (-1.0 if liked else 0.0)
    system = -np.matmul(damped, damped.swapaxes(1, 2)).astype(np.float64)
    system[:, :said, :said] += among + 1.0
    noise = strength(liked) * np.array([liked] * liked + [said - liked] * (said - liked) + [0] * named) / 10
    system += np.diag(noise)
    wanted = np.array([1.0] * liked + [-1.0] * (said - liked) + [0.0] * named) - damped @ (root * common)
    found = np.linalg.solve(system, wanted[..., None])[..., 0]
    rest = np.matmul(found[:, None].astype(np.float32), damped)[:, 0] * root
    return found[:, :said], (damping * common).astype(np.float32) - rest.reshape(count, -1)


def strength(liked: int) -> float:
    """λ: the fewer liked papers, the less each is believed."""
    return float(np.clip(3 / max(liked, 1), 0.3, 3))


def gram(lexical: Sparse, flat: Floats, said: Ints, scale: Floats) -> Floats:
    """(readers, papers, papers) inner products among the papers that each reader named; `said` (readers, papers), `flat` of them."""
    readers, papers = said.shape
    return np.matmul(flat * scale, flat.swapaxes(1, 2)) + _lexical_gram(lexical.rows(said.ravel()), readers, papers)


def _lexical_gram(rows: Sparse, readers: int, papers: int) -> Floats:
    """The same of the sparse rows: what at least two papers of a reader have in common is spread out, reader by reader."""
    owner = rows.row
    bits = max(len(rows.value) - 1, 1).bit_length()
    keys = ((owner // papers) * rows.width + rows.column) << bits | np.arange(len(rows.value))
    keys.sort()
    term = keys >> bits
    again = np.append(False, term[1:] == term[:-1])
    kept = np.flatnonzero(again | np.append(again[1:], False))
    number = np.cumsum(~again[kept])
    entry = keys[kept] & ((1 << bits) - 1)
    reader, paper = np.divmod(owner[entry], papers)
    number -= number[np.searchsorted(reader, np.arange(readers))[reader]] if len(number) else 0
    spread = np.zeros((readers, papers, int(number.max(initial=0)) + 1), dtype=np.float32)
    spread[reader, paper, number] = rows.value[entry]
    out = np.matmul(spread, spread.swapaxes(1, 2))
    diagonal = np.arange(papers)
    out[:, diagonal, diagonal] = np.bincount(owner, weights=rows.value**2, minlength=readers * papers).reshape(readers, papers)
    return out
