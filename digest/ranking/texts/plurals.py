"""Plurals folded into their singulars, so that "Gaussian processes" finds "a Gaussian process"."""

from __future__ import annotations

_SINGULARS = {
    "aches": "ache", "algae": "alga", "aliases": "alias", "antennae": "antenna", "apparatuses": "apparatus", "appendices": "appendix",
    "archaea": "archaeon", "atlases": "atlas", "automata": "automaton", "avalanches": "avalanche", "axes": "axis", "bacilli": "bacillus",
    "bacteria": "bacterium", "biases": "bias", "bonuses": "bonus", "buses": "bus", "caches": "cache", "calories": "calorie",
    "calves": "calf", "campuses": "campus", "canoes": "canoe", "canvases": "canvas", "censuses": "census", "children": "child",
    "cilia": "cilium", "cliches": "cliche", "consensuses": "consensus", "cookies": "cookie", "corpora": "corpus", "corpuses": "corpus",
    "cortices": "cortex", "cpus": "cpu", "crises": "crisis", "criteria": "criterion", "diagnoses": "diagnosis", "emphases": "emphasis",
    "equilibria": "equilibrium", "feet": "foot", "fetuses": "fetus", "foci": "focus", "focuses": "focus", "formulae": "formula",
    "fungi": "fungus", "gases": "gas", "genera": "genus", "gpus": "gpu", "halves": "half", "headaches": "headache", "helices": "helix",
    "hippocampi": "hippocampus", "imus": "imu", "indices": "index", "knives": "knife", "larvae": "larva", "leaves": "leaf",
    "lenses": "lens", "loci": "locus", "matrices": "matrix", "maxima": "maximum", "menus": "menu", "metastases": "metastasis",
    "mice": "mouse", "minima": "minimum", "mitochondria": "mitochondrion", "moduli": "modulus", "momenta": "momentum", "movies": "movie",
    "nebulae": "nebula", "neuroses": "neurosis", "niches": "niche", "npus": "npu", "nuclei": "nucleus", "oases": "oasis",
    "optima": "optimum", "phenomena": "phenomenon", "pies": "pie", "polyhedra": "polyhedron", "prairies": "prairie",
    "prognoses": "prognosis", "psychoses": "psychosis", "quanta": "quantum", "quizzes": "quiz", "radii": "radius", "relus": "relu",
    "schemata": "schema", "selfies": "selfie", "shelves": "shelf", "simplices": "simplex", "sinuses": "sinus", "spectra": "spectrum",
    "statuses": "status", "stenoses": "stenosis", "stimuli": "stimulus", "supernovae": "supernova", "symbioses": "symbiosis",
    "synopses": "synopsis", "teeth": "tooth", "thromboses": "thrombosis", "ties": "tie", "tori": "torus", "tpus": "tpu",
    "vertebrae": "vertebra", "vertices": "vertex", "viruses": "virus", "vortices": "vortex", "wolves": "wolf", "women": "woman",
    "zombies": "zombie",
    # No plurals.
    "alias": "alias", "atlas": "atlas", "bias": "bias", "canvas": "canvas", "does": "does", "lens": "lens", "news": "news", "sars": "sars",
    "series": "series", "species": "species",
    # Without the s they are most often another word: "a novel method", "the state of the art", "a dynamic scene".
    "aids": "aids", "analytics": "analytics", "arts": "arts", "basics": "basics", "classics": "classics", "currents": "currents",
    "dynamics": "dynamics", "electronics": "electronics", "extrinsics": "extrinsics", "futures": "futures", "generics": "generics",
    "intrinsics": "intrinsics", "logistics": "logistics", "means": "means", "novels": "novels", "semantics": "semantics",
    "specifics": "specifics", "statics": "statics", "systematics": "systematics",
}  # fmt: skip
"""What the endings do not tell."""

_ENDINGS = (
    ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("yses", "ysis"), ("theses", "thesis"),
    ("sis", "sis"), ("xis", "xis"), ("us", "us"), ("ss", "ss"), ("aies", "aies"), ("eies", "eies"), ("ies", "y"),
)  # fmt: skip
"""What an ending of a plural is in the singular, the first that fits; those of no plural stay."""


def singular(word: str) -> str:
    """The singular of a word in lower case; a word that is none stays as it is.

    Plurals alone are folded, so that names and terms stay themselves: by the S-stemmer of Harman, "How effective is suffixing?" (1991),
    and by what it leaves apart.
    """
    if len(word) < 4:
        return word
    found = _SINGULARS.get(word)
    if found or word[-1] != "s":
        return found or word
    for plural, one in _ENDINGS:
        if word.endswith(plural):
            return word[: -len(plural)] + one
    return word[:-2] if word.endswith("oes") and len(word) > 5 else word[:-1]  # "heroes"; but "shoes" and "MoEs"
