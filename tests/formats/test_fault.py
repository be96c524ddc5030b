import re

import pytest

from comity.formats.fault import Fault, Flaw


@pytest.mark.parametrize("flaw", Flaw)
def test_each_flaw_has_a_kebab_case_code_and_a_line_for_the_docs(flaw: Flaw) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9.]+)*", flaw.value)
    assert flaw.meaning
    assert flaw.meaning.isprintable()
    assert not flaw.meaning.endswith(".")


def test_a_flaw_is_found_by_its_code_and_a_fault_reads_as_one_line() -> None:
    assert Flaw("not-utf-8") is Flaw.NOT_UTF8
    assert str(Fault(code=Flaw.NOT_UTF8, detail="byte 3")) == "not-utf-8: byte 3"
