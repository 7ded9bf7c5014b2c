"""A server that speaks OpenAI's API, as many do that run on one's own machine: asked in JSON, its failures told as a model's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import ModelError, PrivateAddress, SourceError, SourceRefused
from .client import Net
from .fields import bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServer:
    """Whom to ask, and what an operator is told to do about it: `check` the settings, `allow` a private address, see that it `runs`.

    `base` is the API's address ("https://api.example.org/v1"), as `base_of` gives it; `key` is sent as a bearer's.
    """

    net: Net
    base: str
    key: str | None = field(default=None, repr=False)
    allow_private: bool = False
    check: str
    allow: str
    runs: str

    def ask(self, path: str, question: Mapping[str, object]) -> bytes:
        """The body of the answer to a question that may be asked twice, without the key. Raises ModelError, its subject the address.

        A gateway that answers with what it was asked would have the key stand in an error, or in a summary for everybody.
        """
        url = f"{self.base}/{path}"
        body = json.dumps(question).encode()
        try:
            answer = self.net.post(url, body, content_type="application/json", bearer=self.key, allow_private=self.allow_private)
            said = answer.body.replace(self.key.encode(), b"...") if self.key else answer.body
            return bounded(said, url)
        except PrivateAddress as error:
            raise ModelError(error.subject, error.message, hint=self.allow) from error
        except SourceRefused as error:
            raise ModelError(error.subject, error.message, hint=self.check) from error
        except SourceError as error:
            raise ModelError(error.subject, error.message, hint=self.runs) from error

    def misunderstood(self, path: str, message: str) -> ModelError:
        """The error for an answer of `path` that is not as it should be."""
        return ModelError(f"{self.base}/{path}", message, hint=self.check)


def base_of(url: str) -> str:
    """The address that an API's paths are added to: without a query, which might hold a key and would stand in the wrong place."""
    return url.partition("#")[0].partition("?")[0].rstrip("/")
