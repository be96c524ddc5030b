"""The node's record: one schema on SQLite (and PostgreSQL), its migrations, the node's folder, reading and writing."""
