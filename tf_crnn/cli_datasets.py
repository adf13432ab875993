"""What the commands that write data sets share: options for splits and text, progress, the end."""

import dataclasses
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.splits import SPLIT_BY

if TYPE_CHECKING:
    from tf_crnn.datasets.importing import ImportPlan, Origin
    from tf_crnn.text_rules import TextRules

_SECONDS_BETWEEN = 0.2
_TEXT_HELP = {
    "unicode_form": "Form of Unicode that labels are brought to.",
    "white_space": "fold: one space for any white space, none at the ends.",
    "letter_case": "fold is that for comparing: ß becomes ss.",
    "text_units": "What one symbol is where the source marks none.",
    "bidi_reordering": "Written down for the training; labels stay in reading order.",
}
_PATH = click.Path(path_type=Path)


def output_option() -> click.Option:
    """The folder of the data set."""
    return click.Option(
        ["-o", "--output_dir"], required=True, type=_PATH, metavar="OUT",
        help="A new folder for the data set.",
    )  # fmt: skip


def split_options(split_by: str) -> list[click.Parameter]:
    """Which line goes where; `split_by` is the default of that option."""
    share = click.FloatRange(0, 1)
    return [
        click.Option(
            ["--val"], type=share, default=0.1, show_default="0.1",
            help="Share of the validation lines.",
        ),
        click.Option(
            ["--test"], type=share, default=0.0, show_default="0", help="Share of the test lines."
        ),
        click.Option(
            ["--seed"], type=int, default=0, show_default=True, help="Another draws another split."
        ),
        click.Option(
            ["--split_by"], type=click.Choice(SPLIT_BY), default=split_by, show_default=True,
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
            ["--previous"], type=_PATH, metavar="DIR",
            help="What an earlier data set holds stays in its split.",
        ),
        click.Option(
            ["--alphabet"], type=_PATH, metavar="FILE",
            help="Lines with other units are rejected. [default: the units of the training lines]",
        ),
        click.Option(
            ["--copy"], is_flag=True,
            help="Copy image files into OUT; else the CSVs name them where they lie.",
        ),
    ]  # fmt: skip


def text_options() -> list[click.Parameter]:
    """How text is changed."""
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


def rules_of(values: Mapping[str, Any]) -> "TextRules":
    """The rules that `text_options` were given."""
    from tf_crnn.text_rules import TextRules

    return TextRules(**{field.name: values[field.name] for field in dataclasses.fields(TextRules)})


def write_dataset(origin: "Origin", rules: "TextRules", values: Mapping[str, Any]) -> None:
    """Import, show how far it is, and say what there is now.

    Args:
        origin: what is imported.
        rules: for its text.
        values: of `output_option` and `split_options`.
    """
    from tf_crnn.datasets.importing import import_dataset
    from tf_crnn.datasets.summary import configuration, summarise

    plan = _plan(values, rules)
    with _Counter() as counter:
        done = import_dataset(origin, values["output_dir"], plan=plan, on_progress=counter.show)
    click.echo(summarise(done))
    click.echo("for the configuration:")
    click.echo(configuration(done))


def _plan(values: Mapping[str, Any], rules: "TextRules") -> "ImportPlan":
    from tf_crnn.datasets.assignment import SplitPlan
    from tf_crnn.datasets.importing import ImportPlan
    from tf_crnn.splits import Shares

    shares = Shares(values["val"], values["test"], values["seed"])
    return ImportPlan(
        SplitPlan(shares, values["split_by"], values["stratify"], values["previous"]),
        text_rules=rules,
        alphabet=values["alphabet"],
        documents=values["documents"],
        is_copying=values["copy"],
    )


class _Counter:
    """Lines read so far, on standard error where that is a terminal."""

    def __init__(self) -> None:
        self._began = self._shown = time.perf_counter()
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> "_Counter":
        return self

    def __exit__(self, *_: object) -> None:
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
