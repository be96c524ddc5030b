"""Comity decides what may go to whom, hands over exactly that, and can prove it afterwards."""

__version__ = "0.1.0"
