"""Check the reverse DNS (PTR) of the address that letters leave from: receivers refuse machines without it."""

from __future__ import annotations

from .findings import Finding, ok, problem
from .resolver import Lookup, NoAnswer


def reverse(lookup: Lookup, address: str, host: str) -> Finding:
    """Whether an address has a name that resolves back to it; `host` is the name to suggest if it has none."""
    ask = f"ask who gives you this address (your host's web page: reverse DNS) to name it {host}"
    try:
        names = lookup.names(address)
        if not names:
            return problem("ptr", address, "has no name (PTR), and Gmail refuses mail from such addresses", ask)
        if not any(address in lookup.addresses(name) for name in names):
            sentence = f"is called {names[0]}, but that name does not lead back to it"
            return problem("ptr", address, sentence, f"give {names[0]} the address {address} in its DNS, or {ask}")
    except NoAnswer as error:
        return problem("ptr", address, str(error), "run again in some minutes")
    return ok("ptr", address, f"is called {names[0]}, which leads back to it")
