"""Papers in quantity for the tests of ranking: made of a fixed stock of words, the same every time."""

from __future__ import annotations

from random import Random

from digest.model import Author, Paper

STOCK = (
    "calibration uncertainty conformal prediction language model retrieval ranking graph network protein folding galaxy lensing "
    "quantum circuit optimisation gradient privacy federated speech recognition vision segmentation diffusion reinforcement policy "
    "reward causal inference bayesian sampling kernel regression survey benchmark evaluation dataset translation dialogue planning "
    "robot control climate forecasting"
)
WORDS = tuple(STOCK.split())


def a_crowd(count: int, seed: int = 1) -> tuple[Paper, ...]:
    """That many papers on this and that, each with eight words of title and forty of abstract."""
    chance = Random(seed)
    return tuple(
        Paper(
            key=f"arxiv:{seed}.{number:05}",
            title=" ".join(chance.choices(WORDS, k=8)).capitalize(),
            abstract=" ".join(chance.choices(WORDS, k=40)),
            authors=(Author(f"Author {chance.choice('ABCDEF')}. Number{number}"),),
            categories=(chance.choice(("cs.LG", "cs.CL", "stat.ML", "astro-ph.GA")),),
        )
        for number in range(count)
    )
