"""Mutations of what is served: each tells a reader of what it may not see, or lists other than it may have."""

from typing import Final

from tests.sabotage.mutation import Mutation

_EVERYWHERE: Final = ("tests/laws/test_non_interference_everywhere.py::test_each_route_has_one_answer[ukraine-sqlite]",)
_AGREES: Final = ("tests/laws/test_listing_agrees_served.py::test_what_is_served_is_what_the_oracle_permits",)
_CATALOGUE: Final = "tests/web/leaks/test_catalogue.py::test_"

MUTATIONS: Final = (
    Mutation(
        name="serving: `more` is of the list before the decision",
        path="service/listing.py",
        old="        self.more, page = len(found) > limit, found[:limit]\n",
        new="        self.more, page = 0 < len(found) and len(index.carriers.everything) > limit, found[:limit]\n",
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: `next` holds a number of the whole record",
        path="web/taxii.py",
        old="asked.cursor(served.vault, dates[-1])",
        new="asked.cursor(served.vault, Instant(dates[-1] + served.outlet.standing._epoch))",
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: a search counts what is found before the decision",
        path="service/search.py",
        old="        self.count, self.counted = len(items), self.count_by(items)\n",
        new=(
            "        held = self.outlet.standing._index.carriers.everything\n"
            "        self.count, self.counted = len(held), self.count_by(items)\n"
        ),
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: a validator is made of a number of the whole record",
        path="web/taxii.py",
        old='        "X-TAXII-Date-Added-Last": show(dates[-1] if dates else none),\n',
        new=(
            '        "X-TAXII-Date-Added-Last": show(dates[-1] if dates else none),\n'
            '        "ETag": str(served.outlet.standing._epoch),\n'
        ),
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: an error says how many copies of a hidden object there are",
        path="service/listing.py",
        old='            raise UnknownName("no such object: it is not in this collection")\n',
        new='            raise UnknownName(f"no such object: {len(among)} are not for you")\n',
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: dates of a list are made of the numbers of items",
        path="index/appearances.py",
        old=(
            "                for item in found.iter_equal_or_larger(part.items[passed]):\n"
            "                    yield Dated(Instant(part.start + part.items.rank(item) - 1), Ordinal(item))\n"
        ),
        new=(
            "                for item in found.iter_equal_or_larger(part.items[passed]):\n"
            "                    yield Dated(Instant(part.start + item), Ordinal(item))\n"
        ),
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: what is shown is dated by when others have acted",
        path="index/engine.py",
        old="        return self.view(reader).list(self.clock)\n",
        new="        return self.view(reader).list(self.now)\n",
        tests=(
            "tests/service/test_standing.py::test_what_becomes_visible_is_dated_by_the_clock_also_where_a_later_time_is_recorded",
        ),
    ),
    Mutation(
        name="serving: a submission is dated by when others have acted",
        path="service/statuses.py",
        old="        now = deriver.clock()",
        new="        now = deriver.now()",
        tests=(
            "tests/service/test_statuses.py::test_a_status_is_dated_by_the_clock_also_where_a_later_time_is_recorded",
        ),
    ),
    Mutation(
        name="serving: what is gone is dated by when others have acted",
        path="service/gone.py",
        old="visible), index.clock)",
        new="visible), index.now)",
        tests=("tests/web/test_taxii.py::test_what_is_gone_is_dated_by_the_clock_also_where_a_later_time_is_recorded",),
    ),
    Mutation(
        name="serving: a domain of which nothing may be seen has a collection",
        path="service/collections.py",
        old="for domain, items in index.domains().items() if items.intersect(visible))",
        new="for domain, items in index.domains().items() if items or visible)",
        tests=_EVERYWHERE,
    ),
    Mutation(
        name="serving: an item is of the domain of a hold",
        path="index/firsts.py",
        old="    doubtful |= carriers.everything - seen\n",
        new="    doubtful = BitMap()\n",
        tests=("tests/index/test_firsts.py::test_an_item_is_of_the_domains_of_its_first_claim",),
    ),
    Mutation(
        name="serving: a first claim that has changed is not looked up again",
        path="index/firsts.py",
        old="            known.difference_update(others)\n",
        new="            known.difference(others)\n",
        tests=("tests/index/test_firsts.py::test_it_is_looked_up_again_when_its_claims_have_changed",),
    ),
    Mutation(
        name="serving: domains are those of before the labels have changed",
        path="index/firsts.py",
        old="        self._items = None\n        others",
        new="        others",
        tests=("tests/index/test_firsts.py::test_it_is_looked_up_again_when_its_claims_have_changed",),
    ),
    Mutation(
        name="serving: whoever knows its id reads another's status",
        path="service/statuses.py",
        old="    if found is None or found.recipient != to:\n",
        new="    if found is None:\n",
        tests=(f"{_CATALOGUE}another_s_status_is_as_one_that_never_was[sqlite]",),
    ),
    Mutation(
        name="serving: a cursor is good for whoever has it",
        path="web/taxii_asked.py",
        old='bound=("taxii", caller.account, str(caller.recipient), *what)',
        new='bound=("taxii", *what)',
        tests=(f"{_CATALOGUE}a_cursor_holds_a_date_of_its_reader_and_a_seal_and_is_nobody_else_s[sqlite]",),
    ),
    Mutation(
        name="serving: a list ends with its first page",
        path="service/listing.py",
        old="        found = list(islice(kept, limit + 1))\n",
        new="        found = list(islice(kept, limit))\n",
        tests=_AGREES,
    ),
    Mutation(
        name="serving: an answer leaves after the next one has begun",
        path="server/line.py",
        old="            self._way.finish()\n",
        new="            pass\n",
        tests=("tests/server/test_slow.py::test_what_is_asked_at_once_is_answered_in_turn",),
    ),
    Mutation(
        name="serving: what has waited for long is written unasked",
        path="web/handing.py",
        old="        await self.line.flushed()\n        if time",
        new="        if time",
        tests=("tests/web/test_handing.py::test_what_has_waited_for_others_to_leave_is_asked_again",),
    ),
)
