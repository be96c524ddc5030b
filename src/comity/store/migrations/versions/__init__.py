"""One module per migration; `store.migrate.REVISIONS` lists them in order."""
