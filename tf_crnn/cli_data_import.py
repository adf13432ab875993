"""The command `tf-crnn data import`: one command for each format, made from its description."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.cli_datasets import (
    output_option,
    rules_of,
    split_options,
    text_options,
    write_dataset,
)
from tf_crnn.cli_options import as_click_options

if TYPE_CHECKING:
    from tf_crnn.importers.sample import Importer


class _Formats(click.Group):
    """The formats as commands, found when they are asked for: some load a library."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all formats."""
        from tf_crnn.importers import IMPORTERS

        return sorted(IMPORTERS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The command of a format."""
        from tf_crnn.importers import IMPORTERS

        importer = IMPORTERS.get(cmd_name)
        return _command(cmd_name, importer) if importer else None


@click.command("import", cls=_Formats)
def import_command() -> None:
    """Bring in labelled lines of another format: `import FORMAT SOURCE... -o OUT`.

    OUT then holds train.csv, val.csv and test.csv, alphabet.json, rejected.csv with every line
    that was left out, dataset.json, and the images that are not files yet.
    """


def _command(name: str, importer: "Importer") -> click.Command:
    own = [option.name for option in importer.options]

    def run(*, sources: tuple[str, ...], **values: Any) -> None:
        from tf_crnn.datasets.importing import Origin

        options = {key: values.pop(key) for key in own}
        origin = Origin(name, [Path(source) for source in sources], options)
        write_dataset(origin, rules_of(values), values)

    return click.Command(
        name,
        callback=run,
        help=importer.meaning,
        short_help=importer.meaning,
        params=[
            click.Argument(["sources"], nargs=-1, required=True, metavar="SOURCE..."),
            output_option(),
            *as_click_options(importer.options),
            *split_options("source"),
            *text_options(),
        ],
    )
