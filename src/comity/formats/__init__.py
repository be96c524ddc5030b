"""Bytes to core values and back, purely: no file is opened and no clock is read here."""
