"""Every act that the source knows has one duty, and what each role may do stands here once more, as people say it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import comity
from comity.core.role import ACTS, OF_PARTNERS, PAIRED, ROLES, SCOPES, Duty, Role, duties, held_by, mixed

READS = {Duty.CONTENT, Duty.TERMS, Duty.RECORD, Duty.LISTS}
WRITERS = {"write", "act", "changing", "taking_back", "end_access", "record", "begin"}
"""The functions that are told the kind of an act."""


def test_the_table_names_every_kind_of_act_in_the_source_and_no_other() -> None:
    kinds = {
        kind for path in Path(comity.__file__).parent.rglob("*.py") for kind in _kinds(ast.parse(path.read_text()))
    }
    assert kinds == set(ACTS)


def _kinds(module: ast.Module) -> Iterator[str]:
    named = {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _called(node.func) in WRITERS and len(node.args) > 1:
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
                elif isinstance(argument, ast.Name) and argument.id in named:
                    yield named[argument.id]


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_the_administrator_sees_no_content() -> None:
    held = duties({Role.ADMINISTRATOR})
    assert not held & {Duty.CONTENT, Duty.RECORD, Duty.RELEASE, Duty.POLICY, Duty.SUBMIT, Duty.QUARANTINE}
    assert held >= {Duty.ACCOUNTS, Duty.NODE}


def test_the_auditor_sees_everything_and_changes_nothing() -> None:
    held = duties({Role.AUDITOR})
    assert held & SCOPES == READS
    assert {kind for kind, duty in ACTS.items() if duty in held} <= {
        "token", "token-revoke", "session-end", "enrol", "password", "login", "restore", "migrate",
    }  # fmt: skip


def test_only_the_release_officer_says_what_may_go_and_lets_it_go() -> None:
    for duty in (Duty.POLICY, Duty.RELEASE):
        assert held_by(duty) == ["release-officer"]


def test_an_administrator_has_no_other_role() -> None:
    assert not any(mixed({role}) for role in Role)
    assert all(mixed({Role.ADMINISTRATOR, role}) for role in Role if role is not Role.ADMINISTRATOR)
    assert not mixed({Role.ANALYST, Role.RELEASE_OFFICER})


def test_nobody_has_a_duty_without_a_role() -> None:
    assert duties(()) == {Duty.OWN, Duty.ENTER}
    assert not duties(()) & SCOPES
    assert set(ROLES) == set(Role)


def test_a_partner_s_account_neither_reads_nor_decides() -> None:
    assert {Duty.SUBMIT, Duty.RELEASE} == OF_PARTNERS


def test_two_persons_can_be_asked_for_what_lets_flow() -> None:
    assert {"attest", "lift"} == PAIRED
    assert all(ACTS[kind] is ACTS["propose"] for kind in PAIRED)
