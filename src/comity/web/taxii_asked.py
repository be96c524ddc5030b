"""What a TAXII request asks for: media types, filters and pages, read once and strictly (TAXII 2.1 §1.6.8, §3.4, §3.5).

What TAXII defines and cannot be read is MalformedInput; what it does not define is passed by.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from fastapi import Request

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.formats import instant, stix
from comity.service.cursor import opened, sealed
from comity.service.listing import LAST, Question, Versions, version
from comity.service.releasing import LIMIT
from comity.service.vault import Vault
from comity.web.auth import Caller
from comity.web.problem import NotAcceptable, WrongMedia

MEDIA: Final = "application/taxii+json;version=2.1"
CONTENT: Final = "application/stix+json;version=2.1"
_OURS: Final = ("application/taxii+json", "application/stix+json")
_VERSIONS: Final = (None, "2.1")
_ANY: Final = ("*/*", "application/*")
_NUMBER: Final = re.compile("[0-9]{1,18}")
_MATCH: Final = ("id", "type", "version", "spec_version")
_DEFINED: Final = ("added_after", "limit", "next", *(f"match[{name}]" for name in _MATCH))

EVERYTHING: Final = frozenset(_MATCH)
"""The fields that objects and manifests are filtered by."""
OF_ONE: Final = frozenset({"version", "spec_version"})
"""Those that one object is filtered by."""
OF_VERSIONS: Final = frozenset({"spec_version"})
"""Those that its list of versions is filtered by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page that is asked for: the question, and what its cursors are bound to: who asks, and what."""

    question: Question
    bound: tuple[str, ...]

    def cursor(self, vault: Vault, date: Instant) -> str:
        """By which the caller goes on after a date of its own."""
        return sealed(vault, self.bound, date)


def accepted(request: Request) -> None:
    """NotAcceptable unless the request accepts what is given here; one that says nothing accepts it."""
    stated = request.headers.getlist("accept")
    if stated and not any(_accepts(part) for line in stated for part in line.split(",")):
        raise NotAcceptable(f"what is given here is `{MEDIA}`: name it in `Accept`")


def sent(request: Request) -> None:
    """WrongMedia unless the body is said to be an envelope."""
    stated = request.headers.getlist("content-type")
    media, parameters = _media(stated[0]) if len(stated) == 1 else ("", {})
    if media != _OURS[0] or parameters.get("version") not in _VERSIONS:
        raise WrongMedia(f"what is read here is an envelope: send it with `Content-Type: {MEDIA}`")


def page(request: Request, caller: Caller, vault: Vault, question: Question, fields: frozenset[str]) -> Asked:
    """What is asked of a collection, filtered by these fields. What is not stated stays as `question` has it."""
    stated = _stated(request)
    match = {name: stated[f"match[{name}]"] for name in _MATCH if name in fields and f"match[{name}]" in stated}
    found = replace(
        question,
        ids=_ids(match.get("id")),
        types=_listed(match.get("type")),
        specs=_listed(match.get("spec_version")),
        versions=_versions(match["version"]) if "version" in match else question.versions,
        after=_time(stated["added_after"]) if "added_after" in stated else None,
        limit=_limit(stated["limit"]) if "limit" in stated else LIMIT,
    )
    filters = sorted([*match.items(), ("added_after", stated.get("added_after", ""))])
    what = [request.url.path, *(text for pair in filters for text in pair)]
    asked = Asked(question=found, bound=("taxii", caller.account, str(caller.recipient), *what))
    if "next" not in stated:
        return asked
    after = opened(vault, asked.bound, stated["next"])
    return replace(asked, question=replace(found, after=after if found.after is None else max(after, found.after)))


def of_deletion(request: Request) -> Versions:
    """Which versions are to be withdrawn; none where only objects of another specification are meant."""
    stated = _stated(request)
    specs = _listed(stated.get("match[spec_version]"))
    if specs is not None and "2.1" not in specs:
        return Versions()
    return _versions(stated["match[version]"]) if "match[version]" in stated else LAST


def _accepts(part: str) -> bool:
    media, parameters = _media(part)
    if media in _ANY or (media in _OURS and parameters.get("version") in _VERSIONS):
        return not re.fullmatch(r"0(\.0{0,3})?", parameters.get("q", "1"))
    return False


def _media(text: str) -> tuple[str, Mapping[str, str]]:
    media, *rest = (part.strip() for part in text.lower().split(";"))
    pairs = (part.partition("=") for part in rest)
    return media, {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _stated(request: Request) -> dict[str, str]:
    """The parameters that TAXII defines. Each is stated once, and says something."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in _DEFINED:
            continue
        if name in found or not value:
            raise MalformedInput(f"`{name}` is empty, or stated twice: state it once, values with commas between them")
        found[name] = value
    return found


def _listed(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(each for each in text.split(",") if each)


def _ids(text: str | None) -> frozenset[str] | None:
    """Those that can be ids at all: nothing else is looked up."""
    found = _listed(text)
    return None if found is None else frozenset(filter(stix.is_id, found))


def _versions(text: str) -> Versions:
    names = _listed(text) or frozenset()
    if "all" in names and len(names) > 1:
        raise MalformedInput("`match[version]`: `all` stands alone")
    times = frozenset(version(name) for name in names - {"all", "last", "first"})
    return Versions(every="all" in names, last="last" in names, first="first" in names, exactly=times)


def _time(text: str) -> Instant:
    try:
        return instant.parse(text)
    except MalformedInput as problem:
        raise MalformedInput(f"`added_after`: {problem}") from None


def _limit(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) == 0:
        raise MalformedInput("`limit` is a whole number above 0")
    return min(int(text), LIMIT)
