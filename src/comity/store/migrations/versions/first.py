"""The first migration: the whole schema of 0.1.

Frozen: what it makes is what nodes have. A change of the schema is another migration; a test holds the sum of all of
them to `store.schema`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    _part_1()
    _part_2()
    _part_3()
    _part_4()
    _part_5()
    _part_6()
    _part_7()


def downgrade() -> None:
    """There is nothing before."""
    raise NotImplementedError("a node without its tables is no node")


def _part_1() -> None:
    op.create_table(
        "act",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="recorded time; strictly increasing"),
        sa.Column(
            "kind", sa.String(), nullable=False, comment="suspend, lift, import …: the name of the service's act"
        ),
        sa.Column("actor", sa.String(), nullable=False, comment="who did it, from --as"),
        sa.Column(
            "by", sa.String(), nullable=True, comment="the partner whose word it is, where that is not the holder"
        ),
        sa.Column("evidence", sa.String(), nullable=True, comment="how that word reached us"),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="the policy epoch that holds after this act"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sa.UniqueConstraint("at", name=op.f("uq_act_at")),
    )
    op.create_table(
        "label",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("classes", sa.LargeBinary(), nullable=False, comment="derived: sorted class ids, 4 bytes each"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("classes", name=op.f("uq_label_classes")),
    )
    op.create_table(
        "labelled",
        sa.Column("id", sa.Integer(), nullable=False, comment="always 1"),
        sa.Column("moment", sa.BigInteger(), nullable=False, comment="derived: when every label that is kept holds"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled")),
    )
    op.create_table(
        "shown",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column(
            "items", sa.LargeBinary(), nullable=False, comment="derived: what became visible then, a roaring bitmap"
        ),
        sa.PrimaryKeyConstraint("reader", "since", name=op.f("pk_shown")),
    )
    op.create_table(
        "terms",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("value", sa.String(), nullable=False, comment="a claim without its window, canonical JSON"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("value", name=op.f("uq_terms_value")),
    )
    op.create_table(
        "class",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("terms", _NUMBER, nullable=False),
        sa.Column("value", sa.String(), nullable=False, comment="derived: one index class, canonical JSON"),
        sa.ForeignKeyConstraint(["terms"], ["terms.id"], name=op.f("fk_class_terms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class")),
        sa.UniqueConstraint("value", name=op.f("uq_class_value")),
    )


def _part_2() -> None:
    op.create_table(
        "community",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_community_act")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_community")),
    )
    op.create_table(
        "condition",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_condition_act")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_condition")),
    )
    op.create_table(
        "domain",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_domain_act")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_domain")),
    )
    op.create_table(
        "ending",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="the table whose row ends"),
        sa.Column("subject", sa.String(), nullable=False, comment="its id"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="valid time of the end; the earliest end holds"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_ending_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending")),
    )
    op.create_index(op.f("ix_ending_kind_subject"), "ending", ["kind", "subject"], unique=False)
    op.create_table(
        "leaf",
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False, comment="position in the register, from 0"),
        sa.Column("entry", sa.LargeBinary(), nullable=False, comment="canonical JSON (RFC 8785)"),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False, comment="RFC 9162 leaf hash of the entry"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_leaf_act")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_leaf")),
    )


def _part_3() -> None:
    op.create_table(
        "partner",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False, comment="STIX id of the identity made for it, random"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_partner_act")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_partner")),
        sa.UniqueConstraint("identity", name=op.f("uq_partner_identity")),
    )
    op.create_table(
        "setting",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column(
            "name", sa.String(), nullable=False, comment="holder, levels, green-community …; the newest row holds"
        ),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_setting_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("frm", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("ceiling", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("onward", sa.String(), nullable=False),
        sa.Column("derivation", sa.String(), nullable=False),
        sa.Column("accepts", sa.JSON(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_agreement_act")),
        sa.ForeignKeyConstraint(["frm"], ["partner.code"], name=op.f("fk_agreement_frm")),
        sa.ForeignKeyConstraint(["to"], ["partner.code"], name=op.f("fk_agreement_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_table(
        "default_terms",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(none_as_null=True), nullable=True, comment="absent: no list is stated"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_default_terms_act")),
        sa.ForeignKeyConstraint(["partner"], ["partner.code"], name=op.f("fk_default_terms_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_default_terms")),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("frm", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("ceiling", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_delegation_act")),
        sa.ForeignKeyConstraint(["frm"], ["partner.code"], name=op.f("fk_delegation_frm")),
        sa.ForeignKeyConstraint(["to"], ["partner.code"], name=op.f("fk_delegation_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_table(
        "in_flight",
        sa.Column("leaf", _NUMBER, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["leaf"], ["leaf.seq"], name=op.f("fk_in_flight_leaf")),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_in_flight")),
    )


def _part_4() -> None:
    op.create_table(
        "item",
        sa.Column("id", _NUMBER, nullable=False, comment="ordinal, dense, in order of receipt"),
        sa.Column(
            "name", sa.String(), nullable=False, comment="what people call it: its STIX id, or its id in a world file"
        ),
        sa.Column("stix_id", sa.String(), nullable=False),
        sa.Column(
            "version", sa.String(), nullable=False, comment="`modified` as stated; empty where the object has none"
        ),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True, comment="for people only; nothing is decided by it"),
        sa.Column("submitter", sa.String(), nullable=False),
        sa.Column(
            "received", sa.BigInteger(), nullable=True, comment="absent only for items of a world file that states none"
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 of the bytes"),
        sa.Column(
            "apart_from", _NUMBER, nullable=True, comment="the earlier copy of the same version whose bytes differ"
        ),
        sa.Column("label", _NUMBER, nullable=True, comment="derived: see core.lineage; null only inside a transaction"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_item_act")),
        sa.ForeignKeyConstraint(["apart_from"], ["item.id"], name=op.f("fk_item_apart_from")),
        sa.ForeignKeyConstraint(["label"], ["label.id"], name=op.f("fk_item_label")),
        sa.ForeignKeyConstraint(["submitter"], ["partner.code"], name=op.f("fk_item_submitter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint(
            "stix_id", "submitter", "version", "digest", name=op.f("uq_item_stix_id_submitter_version_digest")
        ),
    )
    op.create_index(
        "ix_item_name",
        "item",
        ["name"],
        unique=False,
        sqlite_where=sa.text("name <> stix_id"),
        postgresql_where=sa.text("name <> stix_id"),
    )
    op.create_index(op.f("ix_item_received"), "item", ["received"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_membership_act")),
        sa.ForeignKeyConstraint(["community"], ["community.name"], name=op.f("fk_membership_community")),
        sa.ForeignKeyConstraint(["partner"], ["partner.code"], name=op.f("fk_membership_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_table(
        "suspension",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("frm", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("recall", sa.Boolean(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_suspension_act")),
        sa.ForeignKeyConstraint(["frm"], ["partner.code"], name=op.f("fk_suspension_frm")),
        sa.ForeignKeyConstraint(["to"], ["partner.code"], name=op.f("fk_suspension_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
    )
    op.create_table(
        "attestation",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column("source", _NUMBER, nullable=False),
        sa.Column(
            "edge", sa.Integer(), nullable=False, comment="which of the `draws-on` edges from the item to the source"
        ),
        sa.Column("attested", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_attestation_act")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_attestation_item")),
        sa.ForeignKeyConstraint(["source"], ["item.id"], name=op.f("fk_attestation_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
    )


def _part_5() -> None:
    op.create_index(op.f("ix_attestation_item"), "attestation", ["item"], unique=False)
    op.create_table(
        "claim",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column(
            "place",
            sa.Integer(),
            nullable=False,
            comment="0: the first claim (the newest such row holds); else further",
        ),
        sa.Column("terms", _NUMBER, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_claim_act")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_claim_item")),
        sa.ForeignKeyConstraint(["terms"], ["terms.id"], name=op.f("fk_claim_terms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_item"), "claim", ["item"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column("to", sa.JSON(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_consent_act")),
        sa.ForeignKeyConstraint(["by"], ["partner.code"], name=op.f("fk_consent_by")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_consent_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_item"), "consent", ["item"], unique=False)
    op.create_table(
        "content",
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False, comment="exactly as received"),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_content_item")),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_content")),
    )


def _part_6() -> None:
    op.create_table(
        "disclosure",
        sa.Column("leaf", _NUMBER, nullable=False),
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="the time that was decided on"),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 of the bytes that leave"),
        sa.Column(
            "salt", sa.LargeBinary(length=32), nullable=False, comment="opens this item's commitment in the leaf"
        ),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_disclosure_item")),
        sa.ForeignKeyConstraint(["leaf"], ["leaf.seq"], name=op.f("fk_disclosure_leaf")),
        sa.PrimaryKeyConstraint("leaf", "item", name=op.f("pk_disclosure")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_disclosure_item"), "disclosure", ["item"], unique=False)
    op.create_index(op.f("ix_disclosure_recipient"), "disclosure", ["recipient"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column(
            "item", _NUMBER, nullable=True, comment="the item held with an empty audience, where it has a usable id"
        ),
        sa.Column("submitter", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="ordinal in its bundle"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=True, comment="kept here where there is no item"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_quarantine_act")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_quarantine_item")),
        sa.ForeignKeyConstraint(["submitter"], ["partner.code"], name=op.f("fk_quarantine_submitter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_submitter_digest"), "quarantine", ["submitter", "digest"], unique=False)
    op.create_table(
        "reference",
        sa.Column("ref", sa.String(), nullable=False, comment="a STIX id that the item names, held or not"),
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column(
            "kind", sa.String(), nullable=False, comment="ref: a *_ref(s) property; derived: an end of a derived-from"
        ),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_reference_item")),
        sa.PrimaryKeyConstraint("ref", "item", "kind", name=op.f("pk_reference")),
        sqlite_with_rowid=False,
    )


def _part_7() -> None:
    op.create_index(
        "ix_reference_item",
        "reference",
        ["item"],
        unique=False,
        sqlite_where=sa.text("kind = 'derived'"),
        postgresql_where=sa.text("kind = 'derived'"),
    )
    op.create_table(
        "source",
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column("source", _NUMBER, nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column(
            "edge", sa.Integer(), nullable=False, comment="0, and on where a world states the same edge several times"
        ),
        sa.Column("inherited", sa.Boolean(), nullable=False, comment="from the predecessor of a new version"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_source_act")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_source_item")),
        sa.ForeignKeyConstraint(["source"], ["item.id"], name=op.f("fk_source_source")),
        sa.PrimaryKeyConstraint("item", "source", "use", "edge", name=op.f("pk_source")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_source_source"), "source", ["source"], unique=False)
    op.create_table(
        "resolution",
        sa.Column("quarantine", _NUMBER, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False, comment="accepted or discarded"),
        sa.Column("act", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_resolution_act")),
        sa.ForeignKeyConstraint(["quarantine"], ["quarantine.id"], name=op.f("fk_resolution_quarantine")),
        sa.PrimaryKeyConstraint("quarantine", name=op.f("pk_resolution")),
    )
