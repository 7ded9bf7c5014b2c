"""The known categories and their names, so that a misspelt one is noticed: a source asked for it would bring nothing, without an error.

They are the 155 categories of https://arxiv.org/category_taxonomy, and the subject areas of bioRxiv and medRxiv, whose names may have
several words. arXiv may add categories, so an unknown one is warned about ("doubt"), never refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

KINDS_WITHOUT_CATEGORIES = ("feed", "huggingface")
"""Kinds of sources that have no categories to choose from."""
_PREPRINT_KINDS = ("biorxiv", "medrxiv")
_TAXONOMY = """
cs AI Artificial Intelligence; AR Hardware Architecture; CC Computational Complexity; CE Computational Engineering, Finance, and Science
cs CG Computational Geometry; CL Computation and Language; CR Cryptography and Security; CV Computer Vision and Pattern Recognition
cs CY Computers and Society; DB Databases; DC Distributed, Parallel, and Cluster Computing; DL Digital Libraries
cs DM Discrete Mathematics; DS Data Structures and Algorithms; ET Emerging Technologies; FL Formal Languages and Automata Theory
cs GL General Literature; GR Graphics; GT Computer Science and Game Theory; HC Human-Computer Interaction; IR Information Retrieval
cs IT Information Theory; LG Machine Learning; LO Logic in Computer Science; MA Multiagent Systems; MM Multimedia
cs MS Mathematical Software; NA Numerical Analysis; NE Neural and Evolutionary Computing; NI Networking and Internet Architecture
cs OH Other Computer Science; OS Operating Systems; PF Performance; PL Programming Languages; RO Robotics; SC Symbolic Computation
cs SD Sound; SE Software Engineering; SI Social and Information Networks; SY Systems and Control
econ EM Econometrics; GN General Economics; TH Theoretical Economics
eess AS Audio and Speech Processing; IV Image and Video Processing; SP Signal Processing; SY Systems and Control
math AC Commutative Algebra; AG Algebraic Geometry; AP Analysis of PDEs; AT Algebraic Topology; CA Classical Analysis and ODEs
math CO Combinatorics; CT Category Theory; CV Complex Variables; DG Differential Geometry; DS Dynamical Systems; FA Functional Analysis
math GM General Mathematics; GN General Topology; GR Group Theory; GT Geometric Topology; HO History and Overview
math IT Information Theory; KT K-Theory and Homology; LO Logic; MG Metric Geometry; MP Mathematical Physics; NA Numerical Analysis
math NT Number Theory; OA Operator Algebras; OC Optimization and Control; PR Probability; QA Quantum Algebra
math RA Rings and Algebras; RT Representation Theory; SG Symplectic Geometry; SP Spectral Theory; ST Statistics Theory
astro-ph CO Cosmology and Nongalactic Astrophysics; EP Earth and Planetary Astrophysics; GA Astrophysics of Galaxies
astro-ph HE High Energy Astrophysical Phenomena; IM Instrumentation and Methods for Astrophysics; SR Solar and Stellar Astrophysics
cond-mat dis-nn Disordered Systems and Neural Networks; mes-hall Mesoscale and Nanoscale Physics; mtrl-sci Materials Science
cond-mat other Other Condensed Matter; quant-gas Quantum Gases; soft Soft Condensed Matter; stat-mech Statistical Mechanics
cond-mat str-el Strongly Correlated Electrons; supr-con Superconductivity
nlin AO Adaptation and Self-Organizing Systems; CD Chaotic Dynamics; CG Cellular Automata and Lattice Gases
nlin PS Pattern Formation and Solitons; SI Exactly Solvable and Integrable Systems
physics acc-ph Accelerator Physics; ao-ph Atmospheric and Oceanic Physics; app-ph Applied Physics; atm-clus Atomic and Molecular Clusters
physics atom-ph Atomic Physics; bio-ph Biological Physics; chem-ph Chemical Physics; class-ph Classical Physics
physics comp-ph Computational Physics; data-an Data Analysis, Statistics and Probability; ed-ph Physics Education; flu-dyn Fluid Dynamics
physics gen-ph General Physics; geo-ph Geophysics; hist-ph History and Philosophy of Physics; ins-det Instrumentation and Detectors
physics med-ph Medical Physics; optics Optics; plasm-ph Plasma Physics; pop-ph Popular Physics; soc-ph Physics and Society
physics space-ph Space Physics
q-bio BM Biomolecules; CB Cell Behavior; GN Genomics; MN Molecular Networks; NC Neurons and Cognition; OT Other Quantitative Biology
q-bio PE Populations and Evolution; QM Quantitative Methods; SC Subcellular Processes; TO Tissues and Organs
q-fin CP Computational Finance; EC Economics; GN General Finance; MF Mathematical Finance; PM Portfolio Management
q-fin PR Pricing of Securities; RM Risk Management; ST Statistical Finance; TR Trading and Market Microstructure
stat AP Applications; CO Computation; ME Methodology; ML Machine Learning; OT Other Statistics; TH Statistics Theory
"""
_UNDIVIDED_ARCHIVES = {
    "gr-qc": "General Relativity and Quantum Cosmology",
    "hep-ex": "High Energy Physics - Experiment",
    "hep-lat": "High Energy Physics - Lattice",
    "hep-ph": "High Energy Physics - Phenomenology",
    "hep-th": "High Energy Physics - Theory",
    "math-ph": "Mathematical Physics",
    "nucl-ex": "Nuclear Experiment",
    "nucl-th": "Nuclear Theory",
    "quant-ph": "Quantum Physics",
}
_PREPRINT_SUBJECTS = """
animal behavior and cognition; biochemistry; bioengineering; bioinformatics; biophysics; cancer biology; cell biology; clinical trials
developmental biology; ecology; epidemiology; evolutionary biology; genetics; genomics; immunology; microbiology; molecular biology
neuroscience; paleontology; pathology; pharmacology and toxicology; physiology; plant biology; scientific communication and education
synthetic biology; systems biology; zoology; addiction medicine; allergy and immunology; anesthesia; cardiovascular medicine
dentistry and oral medicine; dermatology; emergency medicine; endocrinology; forensic medicine; gastroenterology
genetic and genomic medicine; geriatric medicine; health economics; health informatics; health policy
health systems and quality improvement; hematology; hiv aids; infectious diseases; intensive care and critical care medicine
medical education; medical ethics; nephrology; neurology; nursing; nutrition; obstetrics and gynecology
occupational and environmental health; oncology; ophthalmology; orthopedics; otolaryngology; pain medicine; palliative medicine
pediatrics; pharmacology and therapeutics; primary care research; psychiatry and clinical psychology; public and global health
radiology and imaging; rehabilitation medicine and physical therapy; respiratory medicine; rheumatology; sexual and reproductive health
sports medicine; surgery; toxicology; transplantation; urology
"""
_COMMON_MISTAKES = {"cs.llm": "cs.CL", "cs.nlp": "cs.CL", "cs.ml": "cs.LG", "cs.rl": "cs.LG", "cs.qc": "quant-ph"}
"""Wrong categories that people tend to write, and what they mean."""


def _read(lines: Iterable[str]) -> Mapping[str, str]:
    found = {}
    for archive, _, rest in (line.partition(" ") for line in lines):
        for each in rest.split("; "):
            subject, _, name = each.partition(" ")
            found[f"{archive}.{subject}"] = name
    return found


CATEGORIES: Mapping[str, str] = {**_read(_TAXONOMY.split("\n")[1:-1]), **_UNDIVIDED_ARCHIVES}
"""The name of every category ("cs.LG": "Machine Learning")."""

ARCHIVES: frozenset[str] = frozenset(category.partition(".")[0] for category in CATEGORIES)
"""Archives, each of which can be asked for as a whole: "math" covers math.AG, math.AP …"""

PREPRINT_SUBJECTS: frozenset[str] = frozenset(name for line in _PREPRINT_SUBJECTS.strip().split("\n") for name in line.split("; "))
"""The subject areas of bioRxiv and medRxiv, as their API writes them."""

_BY_CASE = {known.casefold(): known for known in (*CATEGORIES, *ARCHIVES)}
_BY_LETTERS = {"".join(filter(str.isalnum, known)): _BY_CASE[known] for known in _BY_CASE}
"""Categories and archives by their letters and digits alone: "cslg", "hepth"."""


def spelled(category: str) -> str:
    """The category as arXiv spells it, whatever its case; an unknown one gets the capitals that a known one of its form would have."""
    archive, dot, subject = category.partition(".")
    # arXiv's two-letter subjects are in capitals ("cs.LG"), longer ones are not ("cond-mat.mtrl-sci"). One without a dot may be bioRxiv's.
    spelling = archive.lower() + dot + (subject.upper() if len(subject) == 2 else subject) if dot else category
    return _BY_CASE.get(category.casefold(), spelling)


def is_known(category: str) -> bool:
    """Whether arXiv had this category or archive when this list was written."""
    return category in CATEGORIES or category in ARCHIVES


def is_within(category: str, whole: str) -> bool:
    """Whether a category equals `whole` or is part of it, ignoring case: "astro-ph.GA" is within "astro-ph"."""
    inner, outer = category.casefold(), whole.strip().casefold()
    return inner == outer or inner.startswith(f"{outer}.")


def nearest(word: str) -> str | None:
    """The category somebody may have meant, found by its name or by similar letters; None if nothing is similar."""
    given = " ".join(word.casefold().split())
    if known := _BY_CASE.get(given) or _COMMON_MISTAKES.get(given) or _by_letters(given):
        return known
    archive, dot, subject = given.rpartition(".")
    named = [each for each, name in CATEGORIES.items() if name.casefold() == subject and each.startswith(archive)]
    near = named or [_BY_CASE[each] for each in get_close_matches(given, _BY_CASE, n=1, cutoff=0.7)]
    near = near or get_close_matches(given, PREPRINT_SUBJECTS - {given}, n=1, cutoff=0.85)
    return near[0] if near else None


def advice(category: str) -> str:
    """A hint for an unknown category."""
    meant = f"did you mean {near}? " if (near := nearest(category)) else ""
    return f"{meant}arxiv.org/category_taxonomy names them all"


def doubt(category: str) -> str:
    """A warning about a category that arXiv is asked for and that is unknown; "" for a known one."""
    if is_known(category):
        return ""
    return f"{category!r} is no category of arXiv that is known here, so it may bring nothing: {advice(category)}"


def doubt_of(kind: str, category: str) -> str:
    """A warning about a category that a source of this kind is asked for and that is unknown; "" for a known one."""
    given = " ".join(category.casefold().replace("_", " ").split())
    if kind == "arxiv":
        return doubt(category)
    if kind not in _PREPRINT_KINDS or given in PREPRINT_SUBJECTS:
        return ""
    near = get_close_matches(given, PREPRINT_SUBJECTS, n=1, cutoff=0.7)
    meant = f": did you mean {near[0]}?" if near else ": its pages of subject areas name them all"
    return f"{category!r} is no category of bioRxiv or medRxiv that is known here, so it may bring nothing{meant}"


def doubts(categories: Iterable[str]) -> Iterator[str]:
    """A warning about each of a reader's categories that is unknown."""
    return map(doubt, doubtful(categories))


def doubtful(categories: Iterable[str]) -> Iterator[str]:
    """The unknown ones; a word without a dot passes as bioRxiv's ("neuroscience"), unless it is arXiv's without the dot ("csLG")."""
    return (each for each in categories if not is_known(each) and ("." in each or _by_letters(each)))


def _by_letters(word: str) -> str | None:
    return _BY_LETTERS.get("".join(filter(str.isalnum, word.casefold())))
