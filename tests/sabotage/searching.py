"""Mutations of searching: each tells a reader of what it may not see, or hands over what is not on record."""

from typing import Final

from tests.sabotage.mutation import Mutation

SEARCH: Final = "service/search.py"
FOUND: Final = "service/searching.py"
INDEX: Final = "tests/contract/test_searching.py::test_"
TESTS: Final = "tests/service/test_search.py::test_"

MUTATIONS: Final = (
    Mutation(
        name="count the copies that the reader does not get",
        path=FOUND,
        old="    return found.items - found.doubtful | BitMap(item.ordinal for item in kept)\n",
        new="    return found.items\n",
        tests=(f"{TESTS}the_earliest_copy_that_one_may_see_is_found_once[indexed]",),
    ),
    Mutation(
        name="tell a recipient whose an item is",
        path=SEARCH,
        old='    if any(name == "originator" for name, _ in query.fields):\n',
        new="    if False:\n",
        tests=(f"{TESTS}whose_an_item_is_is_for_the_holders_own_people",),
    ),
    Mutation(
        name="let a recipient find by the names that the holder has",
        path=FOUND,
        old="            if own:\n",
        new="            if True:\n",
        tests=(f"{TESTS}by_the_names_of_the_holder_only_the_holder_finds",),
    ),
    Mutation(
        name="suggest words of items that are not on record",
        path=SEARCH,
        old="        return [place for place in places if place.item in vouching]\n",
        new="        return []\n",
        tests=(f"{TESTS}words_are_suggested_from_what_is_seen[behind]",),
    ),
    Mutation(
        name="take a cursor of another search",
        path=SEARCH,
        old='    return ("search", asked.word.actor, to, query.canonical)\n',
        new='    return ("search", asked.word.actor, to)\n',
        tests=(f"{TESTS}a_cursor_is_good_for_who_was_given_it_and_for_what",),
    ),
    Mutation(
        name="let anybody who comes in look at everything",
        path=SEARCH,
        old="                authority.check(reader, word, Duty.CONTENT)\n",
        new="",
        tests=(f"{TESTS}everyone_searches_by_their_own_duty",),
    ),
    Mutation(
        name="look for words only where the index has been filled",
        path=FOUND,
        old="    tail = _tail(reader, exact & behind, query)\n",
        new="    tail: dict[Ordinal, Entry] = {}\n",
        tests=(f"{TESTS}words_phrases_and_beginnings[behind]",),
    ),
    Mutation(
        name="hold no index to what is held",
        path="service/indexing.py",
        old="    return [said] if wrong else []\n",
        new="    return []\n",
        tests=(f"{INDEX}verify_finds_an_index_that_is_not_what_is_held[sqlite-a label that was lost]",),
    ),
)
