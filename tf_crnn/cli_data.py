"""The command `tf-crnn data`: labelled lines brought in, looked at and handed on."""

import click


@click.group()
def data() -> None:
    """Labelled lines: bring them in, look at them, hand them on."""
