"""Command lines of `hlp/prepare_*.py`: `tf-crnn data import` of one published data set."""

from typing import Any

import click

from tf_crnn.cli_data_import import import_command
from tf_crnn.errors import CrnnError


def prepare_command(form: str, about: str) -> click.Command:
    """The command that imports a format, a script of its own.

    Args:
        form: a key of `IMPORTERS`.
        about: for --help.
    """
    command = import_command.get_command(click.Context(import_command), form)
    if command is None:
        raise ValueError(f"{form!r}: no such format")
    return _Script(command.name, params=command.params, callback=command.callback, help=about)


class _Script(click.Command):
    """Shows a user's mistake as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CrnnError as error:
            raise click.ClickException(str(error)) from error
