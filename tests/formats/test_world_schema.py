"""The published schema and the reader say the same of a file's form."""

import random

import jsonschema
import pytest

from comity.formats.world import InvalidWorldFile, from_plain
from comity.formats.world_schema import schema
from tests.formats.reading import plain_of
from tests.formats.test_world import EVERY_KEY, MARCH
from tests.formats.test_world_faults import FACTS
from tests.oracle.generator import random_world

VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("text", [EVERY_KEY, MARCH.read_text(encoding="utf-8")], ids=["every key", "march 2025"])
def test_valid_files_are_valid_by_the_schema(text: str) -> None:
    VALIDATOR.validate(plain_of(text))


@pytest.mark.parametrize("seed", range(200))
def test_random_worlds_are_valid_by_the_schema(seed: int) -> None:
    VALIDATOR.validate(random_world(random.Random(seed)))


@pytest.mark.parametrize("name", FACTS)
def test_a_fault_of_form_is_one_for_both(name: str) -> None:
    plain = plain_of(FACTS[name][0])
    assert not VALIDATOR.is_valid(plain)
    with pytest.raises(InvalidWorldFile):
        from_plain(plain)


def test_every_key_that_is_left_out_is_required_by_both_or_by_neither() -> None:
    plain = plain_of(EVERY_KEY)
    for holder, key in [*_keys(plain)]:
        value = holder.pop(key)
        try:
            from_plain(plain)
        except InvalidWorldFile as error:
            asked = {f"no `{key}`", "a tag that names nothing", "not for one thing"}
            stated = any(fault.message in asked for fault in error.faults)
        else:
            stated = False
        assert stated == (not VALIDATOR.is_valid(plain)) or key == "attested", key
        holder[key] = value


def _keys(value: object) -> list[tuple[dict[str, object], str]]:
    """Every mapping of the structure with each of its keys."""
    if isinstance(value, list):
        return [found for each in value for found in _keys(each)]
    if not isinstance(value, dict):
        return []
    return [(value, key) for key in value] + [found for each in value.values() for found in _keys(each)]
