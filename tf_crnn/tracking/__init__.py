"""Runs as Sacred's observers record them: written, read back, listed."""
