"""Decoding: search over a head's logits for the units they spell."""
