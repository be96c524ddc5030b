"""Providers of identity: who else may say who somebody is.

An account is let in by a provider only under the name that an administrator has linked to it: the issuer and the
subject together. Nothing else that a provider says of somebody – an address, a group – gives anything.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from comity.core.errors import Forbidden, MalformedInput, UnknownName
from comity.service.ports import Reader, Store
from comity.service.records import Word

PROVIDERS: Final = "providers"
"""The setting that lists the providers, by name."""
_NAME: Final = re.compile("[a-z0-9][a-z0-9-]{0,31}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An OpenID provider as registered: whom it calls itself, and whom it calls this node."""

    name: str
    issuer: str
    client_id: str


def providers(reader: Reader) -> Mapping[str, Provider]:
    """Every provider, by name."""
    stated = reader.setting(PROVIDERS)
    rows = cast("dict[str, dict[str, Any]]", stated) if isinstance(stated, dict) else {}
    return {name: Provider(name=name, **row) for name, row in sorted(rows.items())}


def provider(reader: Reader, name: str) -> Provider:
    """The provider with this name. UnknownName when there is none."""
    found = providers(reader).get(name)
    if found is None:
        raise UnknownName(f"no provider `{name}`: see `comity provider list`")
    return found


def identity(reader: Reader, name: str, subject: str) -> str:
    """How a provider's name for somebody is kept: issuer and subject, so that no provider speaks for another."""
    if not subject.strip():
        raise MalformedInput("the subject is empty: it is `sub` in the provider's ID token")
    return identity_of(provider(reader, name).issuer, subject)


def identity_of(issuer: str, subject: str) -> str:
    """As `identity`, of the two themselves."""
    return json.dumps([issuer, subject], separators=(",", ":"))


def check_provider(new: Provider) -> None:
    """MalformedInput unless it can be one: a name that can be a file's, and an issuer that nobody can listen in on."""
    if _NAME.fullmatch(new.name) is None:
        raise MalformedInput(f"`{new.name}` is no name for a provider: use up to 32 of a–z, 0–9 and -")
    if not is_safe(new.issuer) or urlsplit(new.issuer).query or urlsplit(new.issuer).fragment:
        raise MalformedInput(f"issuer: `{new.issuer}` is no address that begins with https:// and ends with a path")
    if not new.client_id.strip():
        raise MalformedInput("client id: it is empty; it is what the provider calls this node")


def is_safe(address: str) -> bool:
    """Whether nobody can listen in on what is said to this address: TLS, or this machine itself."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return (
        bool(host)
        and parts.username is None
        and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
    )


def add_provider(store: Store, new: Provider, word: Word, keep: Callable[[], None] | None = None) -> None:
    """Register a provider, or change what it calls this node. Its issuer cannot change: accounts are linked to that.

    `keep` puts its secret in place of the one before, as the last step: nothing of a refused act stays.
    """
    check_provider(new)
    with store.write("provider", word, policy=False) as writer:
        there = dict(providers(writer))
        if new.name in there and there[new.name].issuer != new.issuer:
            raise Forbidden(f"the provider `{new.name}` has another issuer: register this one by another name")
        there[new.name] = new
        rows = {
            name: {key: value for key, value in asdict(each).items() if key != "name"} for name, each in there.items()
        }
        writer.set_setting(PROVIDERS, rows)
        if keep is not None:
            keep()
