"""To take in what a partner sent, and to look up what became of it."""

import io
import re
from collections.abc import Mapping
from email.message import Message
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from comity.core.errors import Forbidden, MalformedInput
from comity.core.partner import Code as PartnerCode
from comity.core.partner import Recipient, base
from comity.core.role import Duty
from comity.formats.world import read_sidecar
from comity.service.authority import identified
from comity.service.ports import Store
from comity.service.receive import Receipt, receive
from comity.service.records import Submitted
from comity.service.statuses import status, submit
from comity.web.auth import Known
from comity.web.problem import WrongMedia
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.parts import FORM, read
from comity.web.rest.shapes import Code, Said, Shape, When, Why, shown

_BUNDLE: Final = ("application/stix+json", "application/json")
_PARTS: Final = ("bundle", "sidecar")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BODY: Final = {
    "required": True,
    "content": {
        "application/stix+json": {"schema": {"type": "object", "description": "A STIX 2.1 bundle."}},
        "application/json": {"schema": {"type": "object", "description": "The same."}},
        FORM: {
            "schema": {
                "type": "object",
                "required": list(_PARTS),
                "properties": {
                    "bundle": {"type": "string", "description": "A STIX 2.1 bundle."},
                    "sidecar": {"type": "string", "description": "What the objects do not say: see World files."},
                },
            }
        },
    },
}


class Became(Shape):
    """What became of one object: `message` says why it waits, null where it does not."""

    id: str
    version: str
    message: str | None


class Submission(Shape):
    """What became of what a partner has submitted, object by object, in its order."""

    submission: str = Field(description="By which it can be looked up for 30 days.")
    at: When
    objects: list[Became]


class Taken(Shape):
    """What became of a bundle: read = accepted + unchanged + quarantined."""

    read: int
    accepted: int
    unchanged: int = Field(description="Known already.")
    quarantined: int
    flagged: int = Field(description="Accepted copies whose content differs from another copy of the same version.")
    bound: int = Field(description="Held before, and bound by more from now on.")
    reasons: Mapping[str, int] = Field(description="The quarantined, by reason.")


async def content(request: Request, _: Known) -> bytes:
    """The body, read when it is known who sends it, and that it says to be one of ours."""
    if _media(request).get_content_type() not in (*_BUNDLE, FORM):
        raise WrongMedia(f"what is read here is a bundle: send it with `Content-Type: {_BUNDLE[0]}`")
    return await request.body()


def take_in(  # noqa: PLR0913 - what can be said beside a bundle
    request: Request,
    do: Do,
    *,
    body: Annotated[bytes, Depends(content)],
    frm: Annotated[
        Code | None, Query(alias="from", description="The partner who sent it, as you have made sure of.")
    ] = None,
    persons: Annotated[list[Code] | None, Query(description="Whom TLP:RED names: `GBR/alice`.")] = None,
    by: Annotated[Code | None, Query(description="The partner whose word it is.")] = None,
    evidence: Annotated[Said | None, Query(description="How that partner's word reached you.")] = None,
    why: Annotated[Said | None, Query(description="Why it is done.")] = None,
) -> Response:
    """Take in a STIX 2.1 bundle that a partner sent; it is one act, taken in whole or not at all.

    Nothing is dropped: every object is accepted, known already, or in quarantine with its reason. Importing twice
    changes nothing. A partner's account submits what is its own, and is told what became of each object; others name
    the partner, and are told the totals. A sidecar says what the objects do not: send both as parts of a form.
    """
    said, persons, parts = Why(by=by, evidence=evidence, why=why), persons or [], _parts(request, body)
    own = do.caller.recipient
    if own is not None:
        if frm not in (None, base(own)) or persons or len(parts) > 1 or any((by, evidence, why)):
            raise Forbidden(f"you submit for `{base(own)}`: send the objects, and let them say what is to be said")
        return do.done(Duty.SUBMIT, lambda store: _submitted(submit(store, do.served.vault, body, own, do.word())))
    if frm is None:
        raise MalformedInput("`from`: name the partner who sent it")

    def done(store: Store) -> Taken:
        with store.read() as reader:
            beside = read_sidecar(_text(parts["sidecar"]), reader.policy()) if "sidecar" in parts else None
        receipt = receive(
            store,
            io.BytesIO(parts["bundle"]),
            submitter=PartnerCode(Recipient(frm)),
            word=do.word(said),
            sidecar=beside,
            persons=tuple(dict.fromkeys(persons)),
        )
        return _taken(receipt)

    return do.done(Duty.SUBMIT, done)


def _parts(request: Request, body: bytes) -> dict[str, bytes]:
    """The bundle, and the sidecar where both are sent as parts of a form."""
    media = _media(request)
    if media.get_content_type() != FORM:
        return {"bundle": body}
    return dict(read(body, str(media.get_boundary("")), _PARTS))


def _taken(receipt: Receipt) -> Taken:
    return Taken(
        read=receipt.read,
        accepted=receipt.accepted,
        unchanged=receipt.unchanged,
        quarantined=receipt.quarantined,
        flagged=receipt.flagged,
        bound=receipt.bound,
        reasons=receipt.reasons,
    )


def submission(
    ask: Ask,
    id: Annotated[str, Path(max_length=100, description="As the import answered it.")],  # noqa: A002 - the user's word
) -> Response:
    """What became of what your partner's account has submitted."""
    own = ask.caller.recipient
    with ask.served.store.read() as reader:
        identified(reader, ask.caller.word)
        if own is None:
            raise Forbidden("submissions are looked up by the partner's account that made them")
        return answered(_submitted(status(reader, id if _UUID.fullmatch(id) else "", own)))


def _submitted(found: Submitted) -> Submission:
    rows = [Became(id=each.id, version=each.version, message=each.message) for each in found.outcomes]
    return Submission(submission=found.id, at=shown(found.at) or "", objects=rows)


def _media(request: Request) -> Message:
    """What the body says that it is."""
    stated = Message()
    stated["content-type"] = ", ".join(request.headers.getlist("content-type")) or "application/octet-stream"
    return stated


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedInput("the sidecar is no UTF-8 text") from None


ROUTES: Final = (
    post("/import", take_in, Taken | Submission, command="import", request_body=_BODY),
    get("/submissions/{id}", submission, Submission),
)
