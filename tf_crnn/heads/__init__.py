"""Heads: features in, logits and a loss out."""
