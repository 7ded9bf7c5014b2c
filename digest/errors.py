"""Every error that somebody can act on, as one tree.

    DigestError
    ├── ConfigurationError      the configuration cannot be used: file, line, key           exit 2
    │   └── Wrong               a value that may come from a reader: its message can be shown in their language
    ├── UsageError              what was asked for cannot be done as asked                  exit 2
    ├── NotFound                no such subscriber, subscription, paper or collection       exit 1
    ├── LibraryError            a reader's own library cannot be read: unknown, too large, empty  exit 1
    ├── SourceError             a listing did not come in; the other sources go on          exit 1
    │   ├── SourceUnreachable   no answer in time, no connection, 5xx, 429
    │   ├── SourceRefused       the answer is not for us: 4xx, a bad certificate, too many redirects
    │   │   └── PrivateAddress  it leads into a network that is not public
    │   ├── SourceTooLarge      more bytes, entries or nesting than a listing can have
    │   └── SourceChanged       an answer, but not the listing it should be
    ├── CatalogError            the database cannot be opened, read or written              exit 2
    ├── StateError              saved state cannot be read, or cannot be put in place       exit 1
    ├── ThemeError              a template is broken: file, line                            exit 2
    ├── ModelError              a model cannot be installed or used, or an endpoint does not answer like one  exit 1
    ├── WorkerDied              a worker process ended by itself, or did not start          exit 1
    ├── MailboxError            the mailbox that readers write to cannot be read            exit 1
    ├── TokenError              a link's token is not one of ours
    └── DeliveryError           a letter could not be handed over
        ├── TransportUnreachable   no connection, no TLS, no answer: about the server, nobody's letter fails
        └── SenderRefused          the server will not take mail from us: login, sender address, quota

Each error carries its subject (the source, the subscriber, the file), a message and a hint in the imperative.
A bug is not in this tree and is never caught.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from datetime import timedelta


class DigestError(Exception):
    """Something an operator or a reader can act on."""

    kind = "error"
    exit_status = 1

    def __init__(self, subject: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{subject}: {message}" if subject else message)
        self.subject = subject
        self.message = message
        self.hint = hint


class ConfigurationError(DigestError):
    """The configuration cannot be used; the subject is `file:line: key` as far as known."""

    kind = "configuration"
    exit_status = 2


class Wrong(ConfigurationError):
    """A value that may come from a reader; `words` (message) and `advice` (hint) are translatable templates, filled in from `given`."""

    def __init__(self, words: str, advice: str, given: Mapping[str, object], *, subject: str = "") -> None:
        super().__init__(subject, words.format_map(given), hint=advice.format_map(given))
        self.words, self.advice, self.given = words, advice, given


class UsageError(DigestError):
    """What was asked for cannot be done as asked."""

    kind = "usage"
    exit_status = 2


class NotFound(DigestError):
    """No such subscriber, subscription, paper or collection of a library."""

    kind = "not_found"


class LibraryError(DigestError):
    """A reader's own library cannot be read as a whole; the subject is its file or its name, the other fields are as in `Wrong`."""

    kind = "library"

    def __init__(self, subject: str, words: str, advice: str, /, **given: object) -> None:
        super().__init__(subject, words.format_map(given), hint=advice.format_map(given))
        self.words, self.advice, self.given = words, advice, given


class SourceError(DigestError):
    """A listing did not come in; the subject is the source's name or address."""

    kind = "source"


class SourceUnreachable(SourceError):
    """No answer in time, no connection, or a request to come back later: after `rests`, if the answer says how long."""

    kind = "source_unreachable"

    def __init__(self, subject: str, message: str, *, hint: str = "", rests: timedelta | None = None) -> None:
        super().__init__(subject, message, hint=hint)
        self.rests = rests


class SourceRefused(SourceError):
    """The address or its answer is refused: 4xx, a private network, a bad certificate, too many redirects."""

    kind = "source_refused"


class PrivateAddress(SourceRefused):
    """The address leads into a private network, which the configuration does not allow; nothing was sent there."""


class SourceTooLarge(SourceError):
    """More bytes, entries, attributes or nesting than a listing can have."""

    kind = "source_too_large"


class SourceChanged(SourceError):
    """An answer came, but it is not the listing it should be."""

    kind = "source_changed"


class CatalogError(DigestError):
    """The database cannot be opened, read or written."""

    kind = "catalog"
    exit_status = 2


class StateError(DigestError):
    """Saved state cannot be opened, or cannot be put in place; the subject is its file or its branch."""

    kind = "state"


class ThemeError(DigestError):
    """A template is broken; the subject is `file:line`."""

    kind = "theme"
    exit_status = 2


class ModelError(DigestError):
    """A model cannot be installed or used; the subject is its name, its file or the endpoint's address."""

    kind = "model"


class MailboxError(DigestError):
    """The mailbox that readers write to cannot be read; the subject is its server, or its folder."""

    kind = "mailbox"


class TokenError(DigestError):
    """A link's token is not one of ours; the message never says why."""

    kind = "token"


class DeliveryError(DigestError):
    """A letter could not be handed over."""

    kind = "delivery"


class TransportUnreachable(DeliveryError):
    """No connection, no TLS or no answer: about the server, so nobody's letter fails."""

    kind = "transport_unreachable"


class SenderRefused(DeliveryError):
    """The server takes no mail from us (login, sender, quota), so nobody's letter fails."""

    kind = "sender_refused"


class WorkerDied(DigestError):
    """A worker process ended by itself, or could not be started; the subject is its name."""

    kind = "worker_died"


def why(error: OSError) -> str:
    """The system's own description of a failure, in lower case like our messages: "permission denied"."""
    return (error.strerror or str(error)).lower()


_ROOM = "make room on the disk"
_CURES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EIO: "look at the disk; the system's log (dmesg) says what is wrong with it",
    errno.EMFILE: "let this user have more files open (ulimit -n)",
    errno.ENFILE: "end other programs: the machine has too many files open",
    errno.ENOMEM: "end other programs: the machine has no memory left",
    errno.EROFS: "let this process write there: the disk, or what a service sees of it (ReadWritePaths), is read-only",
}


def cure(error: OSError) -> str:
    """The hint for a failure of the machine itself (disk full or read-only, too many open files); "" for any other failure."""
    return _CURES.get(error.errno or 0, "")
