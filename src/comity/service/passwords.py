"""Passwords: argon2id with the parameters that its library recommends, and nothing else.

Whether an account has a password is not to be told from how long the answer takes: where there is none, the same work
is done against a hash that nothing fits. A password is normalised (NFKC), so that it is the same on every keyboard.
"""

import unicodedata
from base64 import b64encode
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from comity.core.errors import MalformedInput
from comity.service.vault import Randomness

SHORTEST: Final = 12
"""Characters. There is no rule of composition: length is what counts."""
LONGEST: Final = 1024

_HASHER: Final = PasswordHasher()
_SALT: Final = 16


def _unfitting() -> str:
    """A hash of the same cost which no password is known to fit."""
    salt, digest = (b64encode(bytes(size)).decode().rstrip("=") for size in (_SALT, _HASHER.hash_len))
    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


_NOBODYS: Final = _unfitting()


def hashed(password: str, account: str, randomness: Randomness) -> str:
    """The argon2id hash to keep. MalformedInput for a password that is too short, too long, or the account's name."""
    said = _normal(password)
    if len(said) < SHORTEST:
        raise MalformedInput(f"a password has {SHORTEST} characters or more: take a longer one, such as a few words")
    if len(said) > LONGEST:
        raise MalformedInput(f"a password has {LONGEST} characters at most: take a shorter one")
    if said.casefold() == _normal(account).casefold():
        raise MalformedInput("a password is not the account's name: take another")
    return _HASHER.hash(_bytes(said), salt=randomness(_SALT))


def fits(kept: str | None, password: str) -> bool:
    """Whether the password is that of the hash; without one it is not, after the same work."""
    try:
        _HASHER.verify(_NOBODYS if kept is None else kept, _bytes(_normal(password[: LONGEST + 1])))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _bytes(text: str) -> bytes:
    """Whatever was typed, also where it is no text."""
    return text.encode("utf-8", "surrogatepass")
