"""The command `tf-crnn data split`: the lines of CSVs split anew."""

from pathlib import Path
from typing import Any

import click

from tf_crnn.cli_datasets import output_option, split_options, write_dataset


def _split(*, csv_files: tuple[str, ...], delimiter: str, unit_delimiter: str, **v: Any) -> None:
    from tf_crnn.datasets.importing import Origin
    from tf_crnn.text_rules import TextRules

    options = {"delimiter": delimiter, "unit_delimiter": unit_delimiter}
    origin = Origin("csv", [Path(csv_file) for csv_file in csv_files], options)
    write_dataset(origin, TextRules(), v)


split_command = click.Command(
    "split",
    callback=_split,
    help="""Split the lines of CSVs into train.csv, val.csv and test.csv, as they are.

    All lines of a document stay together. Documents are those of documents.csv beside each CSV, or
    what --documents finds; a line without one is drawn by itself. A line or a document keeps its
    split when others are added later.""",
    short_help="Split the lines of CSVs by document.",
    params=[
        click.Argument(["csv_files"], nargs=-1, required=True, metavar="CSV..."),
        output_option(),
        *split_options("document"),
        click.Option(["--delimiter"], default=";", show_default=True, help="Between the columns."),
        click.Option(
            ["--unit_delimiter"], default="|", show_default=True, help="Between two units."
        ),
    ],
)
