"""Programs that keep the project itself in order; `make check` runs them."""
