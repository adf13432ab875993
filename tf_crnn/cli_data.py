"""The command `tf-crnn data`: labelled lines brought in, looked at and handed on."""

import click

from tf_crnn.cli_data_export import export
from tf_crnn.cli_data_import import import_command
from tf_crnn.cli_data_pack import pack
from tf_crnn.cli_data_preview import preview
from tf_crnn.cli_data_split import split_command
from tf_crnn.cli_doctor import doctor


@click.group()
def data() -> None:
    """Labelled lines: bring them in, look at them, hand them on."""


data.add_command(export)
data.add_command(import_command)
data.add_command(split_command)
data.add_command(pack)
data.add_command(preview)
data.add_command(doctor)
