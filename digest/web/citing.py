"""What a letter's BibTeX link leads to: the paper as one entry, to be kept in the reader's own library."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..rendering import bibtex
from ..run import Parts
from .account import issue_of, paper_of
from .answers import file


def routes(parts: Parts) -> list[BaseRoute]:
    """`/b/TOKEN/PAPER.bib`, for a paper of that letter."""

    def entry(request: Request) -> Response:
        issue = issue_of(parts, request.path_params["token"])
        name = request.path_params["paper"]
        return file(bibtex([paper_of(issue, name)]), "application/x-bibtex", "paper.bib")

    return [Route("/b/{token}/{paper}.bib", entry, methods=["GET"], name="bibtex")]
