"""Mutations of what is signed, stated and proved, and of what must not be told by it."""

from typing import Final

from tests.sabotage.mutation import Mutation

_OTHERS: Final = ("tests/service/test_nothing_of_others.py",)
_STATEMENT: Final = ("tests/service/test_statement.py",)
_TAMPERING: Final = ("tests/service/test_register_tampering.py",)
_WITNESS: Final = ("tests/service/test_witness.py",)
_WHOLE: Final = ("tests/test_compose.py",)
_KEYS: Final = ("tests/service/test_keys.py",)

MUTATIONS: Final = (
    Mutation(
        name="register: every head has the same fillers",
        path="service/heads.py",
        old='f"head\\n{at}\\n{state.size}\\n{state.root.hex()}".encode()',
        new='b"head"',
        tests=_OTHERS,
    ),
    Mutation(
        name="register: the last head is handed out again",
        path="service/heads.py",
        old='f"head\\n{at}\\n{state.size}\\n{state.root.hex()}".encode()',
        new='f"head\\n{state.size}\\n{state.root.hex()}".encode()',
        tests=_WITNESS,
    ),
    Mutation(
        name="register: a partner without disclosures has no log",
        path="service/heads.py",
        old="for code, entry in enrolled.items() if entry < size for side in SIDES",
        new="for code, entry in enrolled.items() if entry > size for side in SIDES",
        tests=_WITNESS,
    ),
    Mutation(
        name="register: an originator is told the id of what others built on its material",
        path="service/evidence.py",
        old='if self.side == "received" or item.submitter == self.name:',
        new="if True:",
        tests=_STATEMENT,
    ),
    Mutation(
        name="register: an originator is told the id of a copy that another partner relayed",
        path="service/evidence.py",
        old=" if root.submitter == self.name)",
        new=")",
        tests=_STATEMENT,
    ),
    Mutation(
        name="register: an originator is shown every item of a response",
        path="service/recording.py",
        old="        for originator in originators(item):\n",
        new='        for originator in {*originators(item), Code(Recipient("FRA"))}:\n',
        tests=("tests/service/test_releasing.py",),
    ),
    Mutation(
        name="register: an originator is told how many items went besides its own",
        path="service/logs.py",
        old='        yield code, "originated", _said(at, to, count, root)\n',
        new='        yield code, "originated", _said(at, to, len(given.items), root)\n',
        tests=("tests/service/test_logs.py", *_STATEMENT),
    ),
    Mutation(
        name="register: a log of one party has the leaves of all",
        path="service/logs.py",
        old="            if name == party and found == side:\n",
        new="            if found == side:\n",
        tests=("tests/service/test_logs.py",),
    ),
    Mutation(
        name="register: items are recorded in another order than they went",
        path="service/recording.py",
        old="Prepared(tuple(hashes), nonce",
        new="Prepared(tuple(sorted(hashes)), nonce",
        tests=("tests/service/test_recording.py",),
    ),
    Mutation(
        name="register: lineage of today decides who was concerned",
        path="service/concerned.py",
        old="return settled[1] if entry >= settled[0] else self._at(item, entry)",
        new="return settled[1]",
        tests=("tests/service/test_concerned.py",),
    ),
    Mutation(
        name="register: bounds of time leave entries out",
        path="service/statement.py",
        old="        paper.line(line)\n        entries += 1\n",
        new="        if _within(asked, shown):\n            paper.line(line)\n        entries += 1\n",
        tests=_STATEMENT,
    ),
    Mutation(
        name="register: a head that no key has signed is believed",
        path="service/heads.py",
        old='or not good(keys[-1].public, "head", stated, signature)',
        new="",
        tests=_TAMPERING,
    ),
    Mutation(
        name="register: a register that is cut off is not noticed",
        path="service/checking.py",
        old="    if by_size:\n        there, signed",
        new="    if False:\n        there, signed",
        tests=_TAMPERING,
    ),
    Mutation(
        name="register: a key that nobody endorsed is believed",
        path="service/keys.py",
        old='return key.endorsement is None or good(before.public, "key", key.public, key.endorsement)',
        new="return True",
        tests=_TAMPERING,
    ),
    Mutation(
        name="register: a key that is there can be said to be lost",
        path="service/keys.py",
        old="        if known and _can_be_opened(keyring, known[-1].id):\n",
        new="        if False:\n",
        tests=_KEYS,
    ),
    Mutation(
        name="register: a key without endorsement is believed whatever its act says",
        path="service/keys.py",
        old="if each.act.kind != ACT_LOST)",
        new="if False)",
        tests=_KEYS,
    ),
    Mutation(
        name="register: references that a sidecar stated are covered by no entry",
        path="store/seal.py",
        old='STATED: Final = "stated"\n',
        new='STATED: Final = "none"\n',
        tests=_WHOLE,
    ),
    Mutation(
        name="register: references are not computed again from the bytes",
        path="store/verify.py",
        old='    "what items name": _references,\n',
        new="",
        tests=_WHOLE,
    ),
    Mutation(
        name="register: a reference that is not on record passes for one that is",
        path="store/verify.py",
        old="made.difference_update(Reference(*row) for row in connection.execute(kept.where(condition)))",
        new="made.clear()",
        tests=_WHOLE,
    ),
    Mutation(
        name="register: a signature passes for another",
        path="service/keys.py",
        old='return f"comity {purpose}\\n".encode() + message',
        new='return b"comity\\n" + message',
        tests=_KEYS,
    ),
    Mutation(
        name="register: another node's witness file is gone on with",
        path="service/witness.py",
        old="    if lines and unjudged == len(lines):\n",
        new="    if False:\n",
        tests=_WITNESS,
    ),
    Mutation(
        name="register: a witness file with heads that were rolled back is gone on with",
        path="service/witness.py",
        old="    if judged.later or judged.unjudged:\n",
        new="    lines = [line for line in lines if line in kept]\n    if False:\n",
        tests=_WITNESS,
    ),
    Mutation(
        name="register: a restore counts heads that nobody has signed",
        path="service/witness.py",
        old="        elif _signed_by(key, head):\n",
        new="        elif True:\n",
        tests=("tests/cli/test_keeping.py",),
    ),
    Mutation(
        name="register: a witness file that does not fit is gone on with",
        path="service/heads.py",
        old="    if head.root != state.root:\n",
        new="    if False:\n",
        tests=_TAMPERING,
    ),
)
