"""`digest dkim`: a key that signs letters, and the DNS record that lets everybody check what it signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .answers import toml_text
from .frame import dry_run_option, json_option, print_json, refuse, say, settings, write_whole, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..delivery.dkim_keys import Record


@click.group("dkim")
def dkim() -> None:
    """Keys that sign letters, so that receivers know whose they are."""


@dkim.command("keygen", short_help="Make a private key, and print its DNS record.")
@click.option("--selector", metavar="S", required=True, help="What the key is called within the domain: letters, digits and -.")
@click.option("--domain", metavar="D", help="Default: [dkim] domain, else the domain of [sender] from.")
@click.option("--ed25519", is_flag=True, help="A key that signs beside the RSA key; many receivers know only RSA.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", required=True, help="Where the private key goes; a new file.")
@json_option
@dry_run_option
@click.pass_context
def keygen(ctx: click.Context, selector: str, domain: str | None, ed25519: bool, out: Path, as_json: bool, dry_run: bool) -> None:
    """Make a private key, and print the DNS record that belongs to it."""
    from ..config.dkim import domain_name
    from ..config.dkim import selector as selector_name
    from ..delivery.dkim_keys import load, make_key, record

    named = _given("--selector", selector_name, selector)
    owner = _given("--domain", domain_name, domain) if domain else _domain(ctx)
    taken = refuse(f"{str(out)!r} is there already", "name another file: letters on the way are checked against the key in it")
    if out.exists():
        raise taken
    if dry_run:
        say(f"would write a private key to {out}, and print the record of {named}._domainkey.{owner}")
        return
    pem = make_key(ed25519=ed25519)
    with writing(out, "name a file in a folder where you may write"):
        try:
            write_whole(out, [pem], is_new=True)
        except FileExistsError as error:  # another keygen was quicker
            raise taken from error
    _show([record(owner, named, load(pem, str(out)))], as_json=as_json)
    say(f"the private key is in {out}; only you can read it")
    say("  → publish the record first; when the check shows it, write this into your configuration:")
    prefix = "ed25519_" if ed25519 else ""
    lines = ["[dkim]", *([f'domain = "{owner}"'] if domain and not ed25519 else [])]
    say("\n".join([*lines, f'{prefix}selector = "{named}"', f'{prefix}key_file = {toml_text(str(out.absolute()))}']))


@dkim.command("show")
@json_option
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """The DNS record of each key that letters are signed with."""
    from ..config import pem_in
    from ..delivery.dkim_keys import load, record

    chosen = settings(ctx).dkim
    if chosen is None:
        cure = "write there what `digest dkim keygen` printed for it; without a key yet, it makes one"
        raise refuse("letters are not signed: the configuration has no [dkim] table", cure)
    records = [record(chosen.domain, selector, load(pem_in(path), str(path))) for selector, path in chosen.files]
    _show(records, as_json=as_json)


def _show(records: list[Record], *, as_json: bool) -> None:
    if as_json:
        print_json([{"name": r.name, "type": "TXT", "value": r.value, "strings": r.strings} for r in records])
        return
    click.echo("\n".join(_in_words(record) for record in records), nl=False)


def _in_words(record: Record) -> str:
    strings = " ".join(f'"{piece}"' for piece in record.strings)
    return (
        f"Name:   {record.name}\n"
        f"Type:   TXT\n"
        f"Value:  {record.value}\n"
        f"In a zone file, where a string holds at most 255 characters:\n"
        f"{record.name}. IN TXT ( {strings} )\n"
        f"To check it, once it is published:\n"
        f"dig +short TXT {record.name}\n"
    )


def _given(option: str, parser: Callable[[object], str], text: str) -> str:
    """The option's value, parsed as in the configuration; its error names the option."""
    from ..errors import ConfigurationError

    try:
        return parser(text)
    except ConfigurationError as error:
        raise refuse(f"{option}: {error.message}", error.hint) from error


def _domain(ctx: click.Context) -> str:
    """The signing domain from the configuration; only that is read, since other settings may name keys still to be made."""
    from ..config import find, read_signing_domain
    from ..errors import ConfigurationError

    path: str | None = ctx.find_root().obj["config"]
    try:
        file = find(path)
    except ConfigurationError as error:
        raise refuse("no configuration says whose letters these are", "say it with --domain") from error
    return read_signing_domain(file)
