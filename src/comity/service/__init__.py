"""The acts, one function each, one transaction each. Acts see ports (`service.ports`), never an adapter."""
