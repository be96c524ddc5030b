"""Published rules and stock clients, against what is really served."""
