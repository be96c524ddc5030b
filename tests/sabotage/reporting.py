"""Mutations of reports that are kept: each lets one tell its reader what the reader may not know."""

from typing import Final

from tests.sabotage.mutation import Mutation

LAW: Final = ("tests/laws/test_reports_tell_nothing.py",)
BY_HAND: Final = ("tests/service/test_reporting.py",)


def _mutation(name: str, path: str, old: str, new: str, tests: tuple[str, ...] = LAW) -> Mutation:
    return Mutation(name=f"reports: {name}", path=path, old=old, new=new, tests=tests)


MUTATIONS: Final = (
    _mutation(
        "only what is counted is told of, not its roots",
        "index/mentioned.py",
        "return BitMap(sources_above(holding, items, BitMap()))",
        "return items",
    ),
    _mutation(
        "the roots are told of, and not what leads to them",
        "index/mentioned.py",
        "return BitMap(sources_above(holding, items, BitMap()))",
        "return items | BitMap(each for each, near in sources_above(holding, items, BitMap()).items() if not near)",
    ),
    _mutation(
        "a report rests on nothing",
        "service/reporting.py",
        "settle(writer, submission, fresh, counts, map(Ordinal, mentioned))",
        "settle(writer, submission, fresh, counts)",
    ),
    _mutation(
        "what is public is the holder's to stop no more",
        "service/reporting.py",
        "    if public:\n",
        "    if False:\n",
        BY_HAND,
    ),
    _mutation(
        "a report on several is for each of them",
        "service/reporting.py",
        "    alone = readers if len(readers) == 1 else set[Recipient]()\n",
        "    alone = readers\n",
        BY_HAND,
    ),
    _mutation(
        "offers are the holder's to tell",
        "service/reporting.py",
        "claims = [first, *_offered(first, new.reported.offering - {policy.holder})]",
        "claims = [first]",
        BY_HAND,
    ),
    _mutation(
        "a report is for whoever is covered",
        "service/reporting.py",
        "        audience=new.terms.releasable_to,\n",
        "        audience=new.terms.releasable_to or None,\n",
        BY_HAND,
    ),
    _mutation(
        "who takes in may count what is held",
        "service/reporting.py",
        "        check(writer, word, Duty.CONTENT)\n",
        "",
        BY_HAND,
    ),
)
