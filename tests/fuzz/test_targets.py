"""Every target on its corpus, and on what Hypothesis makes of it: seconds each, and the same in each run."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutating import near
from tests.fuzz.target import CORPUS, Target
from tests.fuzz.targets import TARGETS

BY_NAME = {target.name: target for target in TARGETS}


def test_every_corpus_is_of_a_target_and_every_target_begins_somewhere() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} <= BY_NAME.keys()
    assert all(target.seeds() for target in TARGETS)
    assert all(word for target in TARGETS for word in target.words)  # libFuzzer does not start with one that is empty
    assert all(re.fullmatch("[a-z-]+", name) for name in BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_what_has_once_been_sent_keeps_the_law(name: str) -> None:
    target = BY_NAME[name]
    for seed in target.seeds():
        target.hold(seed)


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_near_it_does_too(name: str) -> None:
    target: Target = BY_NAME[name]
    seeds = target.seeds()

    @settings(max_examples=target.tries, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def held(data: st.DataObject) -> None:
        target.hold(data.draw(near(target, seeds)))

    held()
