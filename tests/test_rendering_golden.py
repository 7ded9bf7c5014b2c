"""One letter word for word, in every form: a change of it is seen in the diff.

`python -m tests.test_rendering_golden` writes the files anew; read the diff before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.model import Facts, Issue, Reason, Section
from tests.builders import a_paper
from tests.rendering_builders import HOSTILE, WEB, a_full_paper, a_pick, an_issue, the_press

GOLDEN = Path(__file__).parent / "golden"


def the_issue() -> Issue:
    full = (
        Reason("topics", 41.4, "topic 'calibration of language models'"),
        Reason("authors", 30.2, "you follow Ana Silva"),
        Reason("liked", 17.9, "near 'Semantic Uncertainty', which you liked"),
    )
    hostile = a_paper("arxiv:2611.00008", HOSTILE, facts=Facts(votes=3, organisation="An Institute"))
    bare = a_paper("doi:10.1000/bare", "A Paper of Which Little Is Known", abstract="", authors=(), url=None, categories=())
    summed = a_paper("arxiv:2611.00009", "A Summed-up Paper", abstract="", facts=Facts(summary="It sums up.", comments=1))
    topic = (Reason("topics", 22.0, "topic 'calibration of language models'"), Reason("recency", -3.2, "a week old"))
    followed = a_pick(a_full_paper(), reasons=full, section=Section.FOLLOWED)
    return an_issue(followed, a_pick(hostile, reasons=topic), a_pick(summed, 9.0), a_pick(bare, 2.0), notes=("These papers are samples.",))


def forms() -> dict[str, str]:
    rendering = the_press().render(the_issue(), WEB)
    return {"letter.txt": rendering.text, "letter.md": rendering.markdown, "letter.html": rendering.html}


@pytest.mark.parametrize("file", ["letter.txt", "letter.md", "letter.html"])
def test_the_letter_is_what_was_agreed(file):
    assert forms()[file] == (GOLDEN / file).read_text(encoding="utf-8")


if __name__ == "__main__":
    for name, content in forms().items():
        (GOLDEN / name).write_text(content, encoding="utf-8")
