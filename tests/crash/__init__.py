"""Killed at any point where something is written, out of disk, flooded: then the node is whole."""
