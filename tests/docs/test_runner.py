from pathlib import Path

import pytest

from tests.docs.sessions import Command, File, play, steps

PAGE = """
Text.

```yaml file=world.yaml
holder: GBR
```

```console
$ comity check world.yaml
world.yaml:1: … state …
$ echo $?
2
```
"""


def test_a_page_is_files_and_commands_in_order() -> None:
    file, check, code = steps(PAGE)
    assert file == File(name="world.yaml", text="holder: GBR\n")
    assert check == Command(line=9, typed="comity check world.yaml", expected="world.yaml:1: … state …\n")
    assert code == Command(line=11, typed="echo $?", expected="2\n")


def test_a_session_is_played_in_one_folder(tmp_path: Path) -> None:
    assert [step.holds for step in play(PAGE, tmp_path)] == [True, True]


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ("a\nb\nc\n", True),
        ("a\n…\n", True),
        ("…\nc\n", True),
        ("a\n…\nc\n", True),
        ("a\nb…\nc\n", True),
        ("…", True),
        ("a\nc\n", False),
        ("a…c\n", False),
        ("a\n", False),
        ("", False),
    ],
)
def test_dots_stand_for_characters_of_a_line_or_for_lines(expected: str, holds: bool, tmp_path: Path) -> None:
    page = f"```console\n$ printf 'a\\nb\\nc\\n' | cat\n{expected}\n```\n"
    (step,) = play(page, tmp_path)
    assert step.holds is holds


def test_lines_are_joined_at_backslashes(tmp_path: Path) -> None:
    (step,) = play("```console\n$ printf '%s-%s' \\\n    one two\none-two\n```\n", tmp_path)
    assert step.holds


def test_what_is_exported_stays(tmp_path: Path) -> None:
    last = play("```console\n$ export KEPT=yes\n$ printf $KEPT\nyes\n```\n", tmp_path)[-1]
    assert last.holds
