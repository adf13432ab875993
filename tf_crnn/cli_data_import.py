"""The command `tf-crnn data import`: one command for each format, made from its description."""

import dataclasses
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.cli_options import as_click_options
from tf_crnn.splits import SPLIT_BY

if TYPE_CHECKING:
    from tf_crnn.importers.sample import Importer

_SECONDS_BETWEEN = 0.2
_TEXT_HELP = {
    "unicode_form": "Form of Unicode that labels are brought to.",
    "white_space": "fold: one space for any white space, none at the ends.",
    "letter_case": "fold is that for comparing: ß becomes ss.",
    "text_units": "What one symbol is where the source marks none.",
    "bidi_reordering": "Written into dataset.json for the training; labels stay in reading order.",
}


class Formats(click.Group):
    """The formats as commands, found when they are asked for: some load a library."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Names of all formats."""
        from tf_crnn.importers import IMPORTERS

        return list(IMPORTERS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a format."""
        from tf_crnn.importers import IMPORTERS

        importer = IMPORTERS.get(cmd_name)
        return _command(cmd_name, importer) if importer else None


@click.command("import", cls=Formats)
def import_command() -> None:
    """Bring in labelled lines of another format, checked and split.

    OUT then holds train.csv, val.csv and test.csv, alphabet.json, rejected.csv with every line
    that was left out, dataset.json, and the images that are not files yet.
    """


def _command(name: str, importer: "Importer") -> click.Command:
    own = [option.name for option in importer.options]

    def run(**values: Any) -> None:
        _import(name, {key: values.pop(key) for key in own}, values)

    return click.Command(
        name,
        callback=run,
        help=importer.meaning,
        params=[
            click.Argument(["sources"], nargs=-1, required=True, metavar="SOURCE..."),
            *as_click_options(importer.options),
            *_common_options(),
            *_text_options(),
        ],
    )


def _common_options() -> list[click.Option]:
    share, path = click.FloatRange(0, 1), click.Path(path_type=Path)
    return [
        click.Option(
            ["-o", "--output_dir"], required=True, type=path, metavar="OUT",
            help="A new folder for the data set.",
        ),
        click.Option(
            ["--val"], type=share, default=0.1, show_default=True,
            help="Share of the validation lines.",
        ),
        click.Option(
            ["--test"], type=share, default=0.0, show_default=True, help="Share of the test lines."
        ),
        click.Option(
            ["--seed"], type=int, default=0, show_default=True, help="Another draws another split."
        ),
        click.Option(
            ["--split_by"], type=click.Choice(SPLIT_BY), default="source", show_default=True,
            help="source: as the source says, else by document; document: drawn, all lines of a "
            "document together; line: drawn, each line by itself.",
        ),
        click.Option(
            ["--documents"], metavar="REGEX",
            help="Its first group, searched in the path of an image, is its document.",
        ),
        click.Option(
            ["--stratify"], type=click.IntRange(0), default=0, metavar="N",
            help="Units that occur less than N times end up in training.",
        ),
        click.Option(
            ["--previous"], type=path, metavar="DIR",
            help="What an earlier data set holds stays in its split.",
        ),
        click.Option(
            ["--alphabet"], type=path, metavar="FILE",
            help="Lines with other units are rejected. [default: the units of the training lines]",
        ),
        click.Option(
            ["--copy"], is_flag=True,
            help="Copy image files into OUT; else the CSVs name them where they lie.",
        ),
    ]  # fmt: skip


def _text_options() -> list[click.Option]:
    from tf_crnn.datasets.importing import IMPORT_RULES
    from tf_crnn.text_rules import CHOICES

    return [
        *(
            click.Option(
                [f"--{key}"], type=click.Choice(choices), default=getattr(IMPORT_RULES, key),
                show_default=True, help=_TEXT_HELP[key],
            )
            for key, choices in CHOICES.items()
        ),
        click.Option(
            ["--replace", "text_replacements"], nargs=2, multiple=True, metavar="OLD NEW",
            help="Put NEW in place of OLD; may be given several times.",
        ),
    ]  # fmt: skip


def _import(form: str, options: dict[str, Any], values: dict[str, Any]) -> None:
    from tf_crnn.datasets.assignment import SplitPlan
    from tf_crnn.datasets.importing import ImportPlan, Origin, import_dataset
    from tf_crnn.datasets.summary import configuration, summarise
    from tf_crnn.splits import Shares
    from tf_crnn.text_rules import TextRules

    shares = Shares(values["val"], values["test"], values["seed"])
    plan = ImportPlan(
        SplitPlan(shares, values["split_by"], values["stratify"], values["previous"]),
        TextRules(**{field.name: values[field.name] for field in dataclasses.fields(TextRules)}),
        values["alphabet"],
        values["documents"],
        values["copy"],
    )
    origin = Origin(form, [Path(source) for source in values["sources"]], options)
    with Counter() as counter:
        imported = import_dataset(origin, values["output_dir"], plan=plan, on_progress=counter.show)
    click.echo(summarise(imported))
    click.echo("for the configuration:")
    click.echo(configuration(imported))


class Counter:
    """Lines read so far, on standard error where that is a terminal."""

    def __init__(self) -> None:
        """Start the clock."""
        self._began = self._shown = time.perf_counter()
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> "Counter":
        """Count from here."""
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        if self._is_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)

    def show(self, n_lines: int, n_rejected: int) -> None:
        """Show how far it is, a few times a second."""
        now = time.perf_counter()
        if not self._is_terminal or now - self._shown < _SECONDS_BETWEEN:
            return
        self._shown = now
        rate = (n_lines + n_rejected) / (now - self._began)
        click.echo(
            f"\r\x1b[K{n_lines:,} lines, {n_rejected:,} rejected, {rate:,.0f} a second",
            nl=False, err=True,
        )  # fmt: skip
