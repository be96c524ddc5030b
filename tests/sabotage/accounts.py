"""Mutations of who may do what, and of what lets somebody in."""

from typing import Final

from tests.sabotage.mutation import Mutation

AUTHORITY: Final = "service/authority.py"
TOKENS: Final = "service/tokens.py"
SESSIONS: Final = "service/sessions.py"
_AUTHORITY: Final = ("tests/service/test_authority.py",)
_TOKENS: Final = ("tests/service/test_tokens.py",)
_SESSIONS: Final = ("tests/service/test_sessions.py",)
_PROPOSALS: Final = ("tests/service/test_proposals.py",)
_OIDC: Final = ("tests/web/test_oidc.py",)

MUTATIONS: Final = (
    Mutation(
        name="accounts: an administrator sees content",
        path="core/role.py",
        old="frozenset({Duty.ACCOUNTS, Duty.NODE, Duty.TERMS, Duty.LISTS})",
        new="frozenset({Duty.ACCOUNTS, Duty.NODE, Duty.TERMS, Duty.LISTS, Duty.CONTENT})",
        tests=("tests/core/test_role.py",),
    ),
    Mutation(
        name="accounts: an analyst suspends",
        path="core/role.py",
        old='        "suspend": Duty.POLICY,\n',
        new='        "suspend": Duty.SUBMIT,\n',
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: the duty not asked for",
        path=AUTHORITY,
        old="    if duty not in principal.duties:\n",
        new="    if False:\n",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: an act that nobody has the duty of is done",
        path=AUTHORITY,
        old="    if duty is None and governed(writer):",
        new="    if False:",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: a disabled account is let in",
        path=AUTHORITY,
        old="    if account is None or not account.active or (account.kind",
        new="    if account is None or (account.kind",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: a token outlives its end",
        path=AUTHORITY,
        old=" or not account.active or reader.now() >= access.expires:",
        new=" or not account.active:",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: a token gives all that its account has",
        path=AUTHORITY,
        old="frozenset(duty for duty in SCOPES if duty.value in access.scopes)",
        new="SCOPES",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: a partner is handed another's",
        path=AUTHORITY,
        old="    if to not in (None, principal.recipient) or",
        new="    if",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: the secret of a token not compared",
        path=TOKENS,
        old="    return came_in(reader, access if fitting else None)\n",
        new="    return came_in(reader, access)\n",
        tests=_TOKENS,
    ),
    Mutation(
        name="accounts: the cache good for every epoch",
        path=TOKENS,
        old="known = found is not None and found[0] == epoch and",
        new="known = found is not None and",
        tests=_TOKENS,
    ),
    Mutation(
        name="accounts: the cache good for ever",
        path=TOKENS,
        old="found[0] == epoch and _lasts(found[1], reader.now())",
        new="found[0] == epoch",
        tests=_TOKENS,
    ),
    Mutation(
        name="accounts: what is remembered of an account outlives the epoch",
        path="store/lasting.py",
        old="if found is None or found[0] != epoch:",
        new="if found is None:",
        tests=(
            "tests/contract/test_lasting.py::test_under_another_epoch_it_is_not_found[sqlite]",
            "tests/service/test_authority.py::test_what_was_given_is_seen_and_what_was_taken_is_gone_though_readers_remember",
        ),
    ),
    Mutation(
        name="accounts: an act remembers what it is about to take away",
        path="store/snapshot.py",
        old="if self._lasting is not None and self._reads_only:",
        new="if self._lasting is not None:",
        tests=("tests/contract/test_lasting.py::test_who_writes_remembers_nothing[sqlite]",),
    ),
    Mutation(
        name="accounts: what is remembered of a token outlives its end",
        path=AUTHORITY,
        old="or found.expires is None or reader.now() >= found.expires:",
        new="or found.expires is None:",
        tests=("tests/service/test_authority.py::test_what_is_remembered_ends_by_itself",),
    ),
    Mutation(
        name="accounts: what was given since is not seen",
        path=AUTHORITY,
        old="is not None and duty in known.duties:\n        return known",
        new="is not None:\n        return known",
        tests=("tests/service/test_authority.py",),
    ),
    Mutation(
        name="accounts: who came in once may ask for pages for ever",
        path=TOKENS,
        old="if found is not None and monotonic() < found[2] + LATELY else None",
        new="if found is not None else None",
        tests=("tests/service/test_tokens.py::test_who_came_in_just_now_is_remembered_for_a_moment",),
    ),
    Mutation(
        name="accounts: scopes beyond the maker's",
        path=TOKENS,
        old="        held = maker.duties & ",
        new="        held = SCOPES & ",
        tests=_TOKENS,
    ),
    Mutation(
        name="accounts: no work for an account that is not there",
        path=SESSIONS,
        old="    fitting = passwords.fits(None if kept is None else kept.value, password)\n",
        new="    fitting = kept is not None and passwords.fits(kept.value, password)\n",
        tests=_SESSIONS,
    ),
    Mutation(
        name="accounts: a lock that does not lock",
        path="service/limits.py",
        old="        if any(end is not None and now < end for end in ends):\n",
        new="        if False:\n",
        tests=_SESSIONS,
    ),
    Mutation(
        name="accounts: a code used twice",
        path=SESSIONS,
        old='        end_credentials(writer, found.account, "link", "password")\n',
        new="",
        tests=_SESSIONS,
    ),
    Mutation(
        name="accounts: sessions outlive the password",
        path=SESSIONS,
        old="        end_sessions(writer, name)\n\n\ndef enrol",
        new="\n\ndef enrol",
        tests=_SESSIONS,
    ),
    Mutation(
        name="accounts: the proposer is the second person",
        path=AUTHORITY,
        old="    if proposed.word.actor == principal.account:\n",
        new="    if False:\n",
        tests=_PROPOSALS,
    ),
    Mutation(
        name="accounts: a program is the second person",
        path=AUTHORITY,
        old="    for name in (principal.account, proposed.word.actor):\n",
        new="    for name in ():\n",
        tests=_PROPOSALS,
    ),
    Mutation(
        name="accounts: one proposal for another act",
        path=AUTHORITY,
        old="proposed is None or proposed.kind != act.kind or",
        new="proposed is None or",
        tests=_PROPOSALS,
    ),
    Mutation(
        name="accounts: another act than the one proposed",
        path=AUTHORITY,
        old="act.kind == kind and freed != _proposed(seconded):",
        new="False:",
        tests=_PROPOSALS,
    ),
    Mutation(
        name="accounts: an attestation in passing",
        path=AUTHORITY,
        old="        if freed and act.kind != kind:\n",
        new="        if False:\n",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: a partner speaks as another where nothing is new",
        path="service/receive.py",
        old="    must_speak_for(writer, submitter)\n",
        new="",
        tests=_AUTHORITY,
    ),
    Mutation(
        name="accounts: a token outlives its maker's power",
        path=AUTHORITY,
        old="(SCOPES if access.maker == account.name else _held_now(reader, access.maker))",
        new="SCOPES",
        tests=_TOKENS,
    ),
    Mutation(
        name="accounts: any nonce",
        path="web/oidc.py",
        old='        raise ValueError("another nonce")\n',
        new="        pass\n",
        tests=_OIDC,
    ),
    Mutation(
        name="accounts: a state used twice",
        path="web/oidc.py",
        old='self._pending.pop(answer.get("state", ""), None)',
        new='self._pending.get(answer.get("state", ""))',
        tests=_OIDC,
    ),
    Mutation(
        name="accounts: an answer of any issuer",
        path="web/oidc.py",
        old='        raise NotAuthenticated("the answer is another provider\'s: begin again")\n',
        new="        pass\n",
        tests=_OIDC,
    ),
    Mutation(
        name="accounts: a token for any client",
        path="web/oidc.py",
        old='aud={"essential": True, "value": pending.client.provider.client_id},',
        new='aud={"essential": True},',
        tests=_OIDC,
    ),
)
