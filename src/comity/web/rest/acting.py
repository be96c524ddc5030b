"""How an act, or a question, is put to the service: first the duty, then once for each idempotency key.

INVARIANT: whoever has not the duty learns nothing: it is asked for before anything is looked up, and again by the
record itself in the act's own transaction. A repetition is asked for it, too, before it gets the answer that was given.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError
from starlette.responses import Response

from comity.core.partner import Code, Recipient
from comity.core.role import Duty
from comity.service import authority
from comity.service.ports import Reader, Store
from comity.service.records import Word
from comity.service.repeating import Asked, once
from comity.web.auth import Caller, Known, Served
from comity.web.rest.shapes import Why
from comity.web.serving import Serving

JSON: Final = "application/json"
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=16,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="A key of your own, drawn by lot, for this request: however often it is sent within a day, it is "
        "done once, and answered the same. The key with another request is a problem.",
        examples=["0b5a7c1e-53a1-4b6c-8a0a-93d1a5f4a8f7"],
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody who asks, of what is served."""

    served: Serving
    caller: Caller

    @contextmanager
    def reading(self, *duties: Duty) -> Iterator[Reader]:
        """One snapshot, for one who has all of these duties. NotAuthenticated, Forbidden."""
        with self.served.store.read() as reader:
            self.must(reader, *duties)
            yield reader

    def must(self, reader: Reader, *duties: Duty) -> None:
        """NotAuthenticated, Forbidden, unless the caller has all of these duties in this snapshot."""
        authority.identified(reader, self.caller.word)
        for duty in duties:
            self.caller.having(duty)(reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting(Asking):
    """Somebody who acts; `key` is theirs for this request, and `request` the SHA-256 of all that it says."""

    key: str | None
    request: bytes = field(repr=False)

    def word(self, why: Why | None = None) -> Word:
        """By whom, on whose word and why it is recorded."""
        word = self.caller.word
        if why is None:
            return word
        by = None if why.by is None else Code(Recipient(why.by))
        return replace(word, by=by, evidence=why.evidence, why=why.why)

    def done(self, duty: Duty | None, do: Callable[[Store], BaseModel], status: int = 200) -> Response:
        """The answer of the act that `do` does, with the store that it is given; None is for what everybody may."""
        with self.served.store.read() as reader:
            self.must(reader, *(() if duty is None else (duty,)))
        return Response(self._once(lambda store: written(do(store))), status, media_type=JSON)

    def _once(self, do: Callable[[Store], bytes]) -> bytes:
        store, vault = self.served.store, self.served.vault
        if self.key is None:
            return do(store)
        asked = Asked(account=self.caller.account, key=self.key, request=self.request)
        return once(store, vault, asked, do)


def answered(found: BaseModel, status: int = 200) -> Response:
    """An answer."""
    return Response(written(found), status, media_type=JSON)


def asking(served: Served, known: Known) -> Asking:
    """Who asks."""
    return Asking(served=served, caller=known)


async def acting(request: Request, served: Served, known: Known, key: Key = None) -> Acting:
    """Who acts, and the request as it came."""
    said = sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    said.update(await request.body())
    return Acting(served=served, caller=known, key=key, request=said.digest())


def written(found: BaseModel) -> bytes:
    """The JSON of an answer. Half a surrogate pair, which a title may have in it, is written as a question mark."""
    try:
        return found.model_dump_json(by_alias=True).encode()
    except PydanticSerializationError:
        said = json.dumps(found.model_dump(mode="json", by_alias=True), ensure_ascii=False)
        return said.encode(errors="replace")


Ask = Annotated[Asking, Depends(asking)]
"""An argument of a route that asks."""
Do = Annotated[Acting, Depends(acting)]
"""An argument of a route that acts."""
