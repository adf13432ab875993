"""Options of importers and writers as options of the command line."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tf_crnn.importers.sample import Option


def as_click_options(options: "Iterable[Option]") -> list[click.Parameter]:
    """One `--name` for each option; a flag pair `--name/--no_name` where it is true or false."""
    return [_as_click_option(option) for option in options]


def _as_click_option(option: "Option") -> click.Option:
    name, meaning = option.name, option.meaning
    if isinstance(option.default, bool):
        switch = f"--{name}/--no_{name}"
        return click.Option([switch], default=option.default, show_default=True, help=meaning)
    return click.Option(
        [f"--{name}"],
        type=click.Choice(option.choices) if option.choices else type(option.default),
        default=option.default,
        show_default=option.default != "",
        callback=_unescape,
        help=meaning,
    )


def _unescape(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    r"""`\t` as typed in a shell is a tab; anything else stays."""
    return "\t" if value == "\\t" else value
