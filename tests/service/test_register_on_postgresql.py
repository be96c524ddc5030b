"""The whole way on PostgreSQL: sign, state, prove, witness, rotate, check; and a row that was changed is found."""

from pathlib import Path

import psycopg
import pytest

from comity.compose import verify, verify_register
from comity.core.errors import NodeDamaged
from comity.service import keys, proving, witness
from comity.service.proving import Wanted
from tests import stating
from tests.nodes import ME, Clock
from tests.stating import hand, holds, notary, public, state


def test_a_register_on_postgresql_is_signed_stated_proved_and_checked(database: str, tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "heads"
    with stating.found(tmp_path / "node", clock, database) as node:
        first = public(node)
        for to in ("UKR", "DEU", "FRA"):
            clock.pass_by(60)
            hand(node, to)
            witness.append(notary(node), file)
        keys.rotate(node.store, node.keyring, ME)
        witness.append(notary(node), file)
        proving.write(notary(node), Wanted(party="USA", item="us-report", to="DEU"), tmp_path / "proof")
        assert holds(state(node, "USA", witness=file), witness=file, key=first)
        assert holds(state(node, "UKR", "received"), key=first)
        assert holds(tmp_path / "proof", key=first)
        verify(node)
        verify_register(node, file)
        with psycopg.connect(database.replace("+psycopg", "")) as link:
            link.execute("UPDATE disclosure SET portions = jsonb_set(portions::jsonb, '{USA,0}', '9')::text")
        with pytest.raises(NodeDamaged, match="`USA` as it was handed over"):
            verify_register(node)
