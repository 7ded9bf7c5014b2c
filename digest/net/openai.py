"""A client for servers with an OpenAI-compatible API, often on the operator's own machine; failures become ModelError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import ModelError, PrivateAddress, SourceError, SourceRefused
from .client import Net
from .fields import bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServer:
    """The server to ask, and what to advise the operator on failure: `check` the settings, `allow` a private address, see that it `runs`.

    `base` is the API's address ("https://api.example.org/v1"), as `base_of` gives it; `key` is sent as a bearer token.
    """

    net: Net
    base: str
    key: str | None = field(default=None, repr=False)
    allow_private: bool = False
    check: str
    allow: str
    runs: str

    def ask(self, path: str, question: Mapping[str, object]) -> bytes:
        """The body of the answer, with the key removed; only for requests that may be repeated. Raises ModelError, its subject the address.

        A gateway that echoes the request would otherwise put the key into an error, or into a summary that everybody sees.
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
    """The address to which an API's paths are appended: without a query, which might hold a key and would end up in the middle."""
    return url.partition("#")[0].partition("?")[0].rstrip("/")
