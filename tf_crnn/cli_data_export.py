"""The command `tf-crnn data export`: the lines of CSVs in another format."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.cli_options import as_click_options

if TYPE_CHECKING:
    from tf_crnn.writers.export import Export


class _Formats(click.Group):
    """One command for each writer; they are imported when one is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Names of the formats."""
        from tf_crnn.writers import WRITERS

        return sorted(WRITERS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's signature)
        cmd_name: str,
    ) -> click.Command | None:
        """The command of a format."""
        from tf_crnn.writers import WRITERS

        if cmd_name not in WRITERS:
            return None
        writer = WRITERS[cmd_name]
        return click.Command(
            cmd_name,
            params=[*_common_params(), *as_click_options(writer.options)],
            callback=partial(_export, cmd_name),
            help=f"{writer.meaning}\n\n{_KEPT if writer.keeps_units else _LOST}",
            short_help=writer.meaning,
        )


_KEPT = "Units of several characters are kept as units."
_LOST = "Units of several characters become plain text: a warning counts the lines."


def _common_params() -> list[click.Parameter]:
    from tf_crnn.importers.sample import Option

    reading = (
        Option(
            "csv_delimiter", ";", "Of the CSVs that are read, as in config.json; '\\t' for a tab."
        ),
        Option("string_split_delimiter", "|", "Of the CSVs that are read, as in config.json."),
    )
    return [
        click.Argument(["csv_files"], nargs=-1, required=True, metavar="CSV..."),
        click.Option(
            ["-o", "--output"], required=True, metavar="OUT",
            help="Folder to make; it must be absent or empty.",
        ),
        *as_click_options(reading),
    ]  # fmt: skip


@click.group(cls=_Formats)
def export() -> None:
    """Write lines in another format: `export FORMAT CSV... -o OUT`.

    Lines of CSVs that are named train.csv, val.csv or test.csv keep that split. Lines that cannot
    be written are named in OUT/rejected.csv.
    """


def _export(
    format_name: str,
    *,
    csv_files: tuple[str, ...],
    output: str,
    csv_delimiter: str,
    string_split_delimiter: str,
    **options: Any,
) -> None:
    from tf_crnn.writers.export import export_dataset

    done = export_dataset(
        format_name,
        [Path(csv_file) for csv_file in csv_files],
        output=Path(output),
        options=options,
        reading={"delimiter": csv_delimiter, "unit_delimiter": string_split_delimiter},
    )
    _report(done, Path(output))


def _report(done: "Export", output: Path) -> None:
    from tf_crnn.rejections import REJECTED_CSV

    splits = ", ".join(f"{count:,} {split}" for split, count in done.splits.items() if count)
    n_all = done.n_written + done.reasons.n_rejected
    click.echo(f"wrote {done.n_written:,} of {n_all:,} lines to {output} ({splits})")
    if done.reasons.n_rejected:
        click.echo(f"left out, see {output / REJECTED_CSV}:\n{done.reasons}", err=True)
