"""The release semantics: frozen values and pure functions, no I/O, no clock, no randomness, no third party.

An item travels through these modules in this order: `claim` (what its originator says of it), `lineage` (what it
carries from its sources), `agreement` and `consent` (what the parties have granted and stopped), `decision` (may it
go?), `explanation` (why, and what would change that), `ledger` (the record that nobody can quietly change).

Behind an explanation stand `carriage` (by which way each claim came), `ways` (which `remedy` would take a reason
away), `ground` (what a permit rests on) and `turning` (when the verdict changes with nobody doing anything).
"""
