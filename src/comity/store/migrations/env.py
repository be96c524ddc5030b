"""What Alembic runs around the migrations: the connection is handed in, and so is the transaction around it."""

from alembic import context

from comity.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
