"""Packs: the lines of a data set, decoded and scaled, in a few TFRecord files."""
