"""Labelled lines looked over: what a training would reject, what is likely wrong, what leaks."""
