"""`comity check`: what world files expect of their worlds, against what is decided. Offline: no node, no clock."""

import sys
from collections.abc import Iterable, Mapping
from json import dumps
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from comity.cli.check_report import (
    Answer,
    Question,
    print_errors,
    print_json,
    print_json_errors,
    print_table,
    questions,
    verdict,
)
from comity.core.decision import Case, Reason, case_of, refusals, terms
from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.lineage import ItemId, labels_of
from comity.core.partner import Recipient
from comity.core.world import World
from comity.formats.world import (
    Audience,
    Check,
    Covering,
    FileFault,
    Holdings,
    InvalidWorldFile,
    Losing,
    Planning,
    WorldFile,
    read,
)
from comity.formats.world_schema import schema as world_schema
from comity.formats.world_text import decode

Cases = Mapping[ItemId, list[tuple[ItemId, Case]]]
"""What each item carries at one moment: the root of each claim, and the claim as a case to judge."""

Decided = Check | Audience | Holdings
"""Questions that are answered by the decision; the others are answered by counting."""

ALL_HOLD: Final = 0
ONE_FAILS: Final = 1
INVALID: Final = 2


def check(
    files: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    *,
    json: Annotated[bool, Parameter(negative=())] = False,
    schema: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Test a sharing policy: put the questions in world files to the release rules, and compare the answers.

    Exits with 0 if all expectations hold, 1 if one fails, and 2 if a file is invalid.

    Example: `comity check --json march-2025.yaml`

    Args:
        files: World files, in YAML or JSON.
        json: Print one line of JSON for each file instead of tables.
        schema: Print the JSON Schema of world files, and check nothing.
    """
    if schema:
        sys.stdout.write(f"{dumps(world_schema(), indent=2)}\n")
        return ALL_HOLD
    if not files:
        raise MalformedInput("no world file: name at least one, as in `comity check march-2025.yaml`")
    return max([_check_file(Path(file), json=json) for file in files])


def _check_file(file: Path, *, json: bool) -> int:
    try:
        found = read(decode(_bytes(file)))
    except InvalidWorldFile as error:
        (print_json_errors if json else print_errors)(file, error.faults)
        return INVALID
    given = answers(found)
    (print_json if json else print_table)(file, found, given)
    return ONE_FAILS if any(answer.holds is False for answer in given.values()) else ALL_HOLD


def _bytes(file: Path) -> bytes:
    """The content of `file`. Raises InvalidWorldFile, because an unreadable file is no valid one."""
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
    except ValueError:
        message = "no file can have this name"
    raise InvalidWorldFile((FileFault(line=0, key="", message=message, mend="name a world file"),))


def answers(file: WorldFile) -> dict[Question, Answer]:
    """The answer to each question of the file. Each moment is labelled once, for all that is asked of it."""
    found: dict[Question, Answer] = {}
    by_moment: dict[Instant, list[Decided]] = {}
    for question in questions(file):
        if not isinstance(question, Covering | Losing | Planning):
            by_moment.setdefault(question.at, []).append(question)
    for at, asked in by_moment.items():
        cases = _cases(file.world, _items(file.world, asked), at)
        for question in asked:
            found[question] = _answer(file.world, question, cases)
    return found | _counted(file) if file.counted else found


def _counted(file: WorldFile) -> dict[Question, Answer]:
    """The answers that are counted."""
    from comity.cli import check_counted  # noqa: PLC0415 - a file without them needs neither index nor solver

    return check_counted.answers(file)


def _items(world: World, asked: list[Decided]) -> Iterable[ItemId]:
    """The items that must be labelled for these questions."""
    if any(isinstance(question, Holdings) for question in asked):
        return world.items
    return {question.item: None for question in asked if not isinstance(question, Holdings)}


def _cases(world: World, items: Iterable[ItemId], at: Instant) -> Cases:
    labels = labels_of(world.items, items, at, terms(world.policy))
    return {item: [(triple.root, case_of(world, item, triple)) for triple in labels[item]] for item in items}


def _answer(world: World, question: Decided, cases: Cases) -> Answer:
    found = _found(world, question, cases)
    return Answer(question=question, found=found, holds=_holds(question, found))


def _found(world: World, question: Decided, cases: Cases) -> tuple[str, ...]:
    at = question.at
    match question:
        case Check(item=item, to=to):
            return tuple(str(reason) for reason in sorted(_reasons(world, cases[item], to, at)))
        case Audience(item=item):
            return tuple(code for code in sorted(world.policy.partners) if _permits(world, cases[item], code, at))
        case Holdings(to=to):
            return tuple(item for item in sorted(world.items) if _permits(world, cases[item], to, at))


def _reasons(world: World, cases: list[tuple[ItemId, Case]], to: Recipient, at: Instant) -> set[Reason]:
    """The reasons of `decide`, from cases that are already labelled."""
    return {
        Reason(partner, root, code.value)
        for root, case in cases
        for partner, code in refusals(world.policy, case, to, at)
    }


def _permits(world: World, cases: list[tuple[ItemId, Case]], to: Recipient, at: Instant) -> bool:
    return not any(True for _, case in cases for _ in refusals(world.policy, case, to, at))


def _holds(question: Decided, found: tuple[str, ...]) -> bool | None:
    """Whether what is expected was found; lists compare as sets."""
    if isinstance(question, Check):
        if question.expect is None and question.because is None:
            return None
        same_verdict = question.expect in (None, verdict(found))
        return same_verdict and (question.because is None or set(question.because) == set(found))
    return None if question.expect is None else set(question.expect) == set(found)
