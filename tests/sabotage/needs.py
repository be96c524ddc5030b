"""Mutations of what is needed and offered: somebody says what is not theirs, or what is not in force counts."""

from typing import Final

from tests.sabotage.mutation import Mutation

ACTS: Final = "tests/service/test_needs.py::test_"
WORD: Final = f"{ACTS}an_offer_is_the_word_of_the_partner_whose_it_is"
ENDED: Final = f"{ACTS}what_belongs_to_what_has_ended_counts_no_more"
FOUND: Final = "tests/service/test_found_needs.py::test_"
CONTRACT: Final = "tests/contract/test_needs.py::test_"


def _mutation(name: str, path: str, old: str, new: str, test: str) -> Mutation:
    return Mutation(name=f"needs: {name}", path=path, old=old, new=new, tests=(test,))


MUTATIONS: Final = (
    _mutation(
        "anybody offers for a partner",
        "service/offers.py",
        "        check_word(writer.policy(), as_code(new.partner), word)\n"
        "        must_be_moderate(new.capacity, length=new.lead_time)\n",
        "        must_be_moderate(new.capacity, length=new.lead_time)\n",
        WORD,
    ),
    _mutation(
        "anybody ends a partner's offer",
        "service/offers.py",
        '        found = one(writer, "offer", name, writer.offers())\n'
        "        check_word(writer.policy(), found.stated.partner, word)\n",
        '        found = one(writer, "offer", name, writer.offers())\n',
        WORD,
    ),
    _mutation(
        "a requirement that has ended takes tags and offers",
        "service/in_force.py",
        "    if named.window.end <= reader.now():\n",
        "    if False:\n",
        ENDED,
    ),
    _mutation(
        "what begins later counts now",
        "service/in_force.py",
        "for each in reader.requirements() if at in each.window)",
        "for each in reader.requirements())",
        f"{ACTS}what_begins_later_is_not_in_force_before",
    ),
    _mutation(
        "a requirement is a change of policy",
        "service/requirements.py",
        'store.write("requirement", word, policy=False)',
        'store.write("requirement", word, policy=True)',
        f"{ACTS}none_of_them_is_a_change_of_policy",
    ),
    _mutation(
        "an analyst states requirements",
        "core/role.py",
        "        Role.ANALYST: frozenset({Duty.SUBMIT,",
        "        Role.ANALYST: frozenset({Duty.REQUIREMENTS, Duty.SUBMIT,",
        "tests/service/test_authority.py::test_each_role_does_its_acts_and_no_others",
    ),
    _mutation(
        "what a tag names is forgotten",
        "store/need_acts.py",
        "            self._add(schema.tag, **shared, item=ordinal(stated.item))\n",
        "            self._add(schema.tag, **shared)\n",
        f"{CONTRACT}they_are_read_back_as_they_were_written[sqlite]",
    ),
    _mutation(
        "an ending of an offer is not heard",
        "store/needs.py",
        'self._in_force(schema.offer, "offer", _offer)',
        'self._in_force(schema.offer, "offers", _offer)',
        f"{CONTRACT}an_ending_closes_them_early_and_never_late[sqlite-15-15]",
    ),
    _mutation(
        "a node made from a world counts what nobody tagged",
        "service/found_needs.py",
        "item=item_id(numbers[tag.item])",
        "item=item_id(next(iter(numbers.values())))",
        f"{FOUND}what_any_world_needs_and_offers_is_in_force",
    ),
    _mutation(
        "a node made from a world takes amounts that it cannot record",
        "service/found.py",
        "        must_be_recordable(world.wants)\n",
        "        pass\n",
        f"{FOUND}amounts_that_no_node_records_are_refused_with_their_places",
    ),
)
