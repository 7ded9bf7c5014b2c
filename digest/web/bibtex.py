"""The page behind a letter's BibTeX link: the paper as one entry, to download."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..rendering import bibtex, citation_key
from ..run import Parts
from .account import issue_of, paper_of
from .answers import file

_LONGEST = 60


def routes(parts: Parts) -> list[BaseRoute]:
    """`/b/TOKEN/PAPER.bib`, for a paper of that letter."""

    def entry(request: Request) -> Response:
        issue = issue_of(parts, request.path_params["token"])
        paper = paper_of(issue, request.path_params["paper"])
        # A file of its own for each, or a folder of downloads fills with paper(1).bib; titles may be one very long word.
        return file(bibtex([paper]), "application/x-bibtex", f"{citation_key(paper)[:_LONGEST]}.bib")

    return [Route("/b/{token}/{paper}.bib", entry, methods=["GET"], name="bibtex")]
