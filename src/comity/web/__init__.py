"""Surfaces that only translate: what comes over the network into the service's own calls, and its answers back."""
