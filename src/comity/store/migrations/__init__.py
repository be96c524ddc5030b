"""The schema's history, for Alembic. Imported only when a node is behind."""
