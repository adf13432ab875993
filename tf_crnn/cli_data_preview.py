"""The command `tf-crnn data preview`: what augmentation makes of lines, as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tf_crnn.config import Params


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="CONFIG_OR_LINES...")
@click.option("-o", "--output", required=True, metavar="FILE.png", help="Picture to write.")
@click.option(
    "--lines",
    "n_lines",
    default=4,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many lines are drawn from the CSVs.",
)
@click.option(
    "--times",
    default=4,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How often each is changed; with --each, by each augmentation.",
)
@click.option("--each", is_flag=True, help="Show each augmentation alone.")
@click.option(
    "--strength",
    type=click.FloatRange(0, 1, min_open=True),
    help="With --each: this strength, and all augmentations that have one from 0 to 1.",
)
@click.option("--seed", default=42, show_default=True, help="Of the lines and of their changes.")
def preview(
    sources: tuple[str, ...],
    *,
    output: str,
    n_lines: int,
    seed: int,
    **shown: Any,
) -> None:
    """Show lines as they are and as the augmentation of a training changes them.

    The strengths are those of the configurations, presets and JSON files of which later ones win;
    without any, the defaults. The lines are drawn from the CSVs, packs and images that are named,
    else from csv_files_train of the configuration. Above each variant stands what was drawn for it.
    """
    from tf_crnn.augmentation.preview import Showing, describe_doses, preview_lines
    from tf_crnn.presets import PRESETS
    from tf_crnn.reports.variant_sheet import draw_variants
    from tf_crnn.reports.wording import count_of

    if Path(output).suffix.lower() != ".png":
        raise click.BadParameter(f"{output}: must end in .png.", param_hint="--output")
    showing = Showing(**shown)
    if showing.strength is not None and not showing.each:
        raise click.UsageError("--strength needs --each.")
    configs = [source for source in sources if source in PRESETS or source.endswith(".json")]
    params = _params(configs)
    csv_files = [source for source in sources if source not in configs] or _train_files(params)
    lines = preview_lines(csv_files, params, showing=showing, n_lines=n_lines, seed=seed)
    title = f"Augmentation of {', '.join(Path(c).name for c in configs) or 'the defaults'}"
    draw_variants(lines, title, notes=describe_doses(params, showing)).save(output)
    n_variants = count_of(len(lines[0].variants) - 1, "variant")
    click.echo(f"{output}: {count_of(len(lines), 'line')}, each with {n_variants}")


def _params(configs: list[str]) -> "Params":
    from tf_crnn.config import Params, read_part
    from tf_crnn.fine_tuning import take_over

    values: dict[str, Any] = {}
    for config in configs:
        values |= read_part(config)
    return Params(**take_over(values))


def _train_files(params: "Params") -> list[str]:
    given = params.csv_files_train
    if given is None:
        raise click.UsageError(
            "Name a CSV, a pack or an image, or a configuration with csv_files_train."
        )
    return [given] if isinstance(given, str) else list(given)
