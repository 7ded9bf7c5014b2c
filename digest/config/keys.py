"""Every key of the configuration, by table: any other key is an error, and each of these is in config.example.toml (a test checks)."""

from __future__ import annotations

from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        "database",
        "base_url",
        "base_url_reach",
        "proxy",
        "sender",
        "smtp",
        "dkim",
        "delivery",
        "inbox",
        "bounces",
        "ranking",
        "rendering",
        "summaries",
        "zotero",
        "sources",
        "subscribers",
    ),
    "sender": ("from", "name", "reply_to", "postal_address", "bounce_address"),
    "smtp": ("host", "port", "security", "ca_file", "user", "password_file", "daily_limit", "verp"),
    "dkim": ("domain", "selector", "key_file", "ed25519_selector", "ed25519_key_file"),
    "delivery": ("transport", "folder", "connections", "rate", "per_domain", "stale_after", "unknown", "linger", "ramp", "wait"),
    "inbox": (
        "address",
        "imap_host",
        "imap_port",
        "imap_security",
        "imap_ca_file",
        "imap_user",
        "imap_password_file",
        "imap_folder",
        "maildir",
    ),
    "bounces": ("threshold",),
    "ranking": ("model", "models", "endpoint", "endpoint_model", "endpoint_key_file", "endpoint_allow_private"),
    "rendering": ("theme", "themes", "name", "colours", "logo", "attach_bibtex"),
    "summaries": ("endpoint", "model", "key_file", "allow_private", "daily_cap", "timeout"),
    "zotero": ("url", "allow_private"),
    "sources": ("name", "kind", "categories", "url", "details_url", "listing_url", "holidays", "allow_private", "paused"),
    "subscribers": (
        "address",
        "name",
        "topics",
        "keywords",
        "muted",
        "authors",
        "categories",
        "liked",
        "interests",
        "edition",
        "zone",
        "language",
        "at",
        "every",
        "limit",
        "floor",
        "explore",
        "others",
        "updates",
        "skip_empty",
        "only_above",
        "theme",
        "format",
        "group",
        "share_saves",
    ),
    "subscribers.interests": ("name", "topics", "liked", "weight"),
}
LISTS = frozenset({"sources", "subscribers", "subscribers.interests"})
"""Tables that may stand several times, as `[[sources]]`; one with a dot stands within each of another."""


def heading(table: str) -> str:
    """A table's heading as written in the file: "[smtp]", "[[sources]]", "" for the top."""
    if not table:
        return ""
    return f"[[{table}]]" if table in LISTS else f"[{table}]"
