"""The release semantics: frozen values and pure functions, no I/O, no clock, no randomness, no third party.

An item travels through these modules in this order: `claim` (what its originator says of it), `lineage` (what it
carries from its sources), `agreement` and `consent` (what the parties have granted and stopped), `decision` (may it
go?), `explanation` (why, and what would change that:
`carriage` has the paths, `ways` the `remedy` for each reason, `ground` what a permit rests on, `turning` until when), `ledger` (the record that nobody can quietly change).
"""
