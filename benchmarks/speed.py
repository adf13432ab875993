"""Speed and memory beside other frameworks, against the machine's limit, and as the lines grow.

    python benchmarks/speed.py all                     every part but `curves`, then the page
    python benchmarks/speed.py reading --rounds 5      one part, then the page
    python benchmarks/speed.py --no-keep share         one part, printed alone
    python benchmarks/speed.py page                    docs/speed.md of the kept results

The peers are installed by `benchmarks/peers.py install`, and their models for reading trained by
`benchmarks/peers.py run SET`; Tesseract is the system's. What is not there is left out by name. A
part that was stopped goes on where it was, when it is called with the same options.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import _speed_curves as curves_part
import _speed_growth as growth_part
import _speed_reading as reading_part
import _speed_training as training_part
import click
from _common import ROOT, write_result
from _measuring import measure
from _speed_page import write_page
from _speed_readers import READERS
from _speed_work import Ledger

GENERATED = "english"
DATASETS = ("fraktur19", GENERATED)
DATASET = next((name for name in DATASETS if (ROOT / "data" / name).exists()), GENERATED)
FIRST_LINE = [name for name in READERS if "greedy" not in name and name != "tesseract_processes"]
MODEL_HELP = "Of ours [default: the one that peers.py run trained]."

dataset_option = click.option("--dataset", default=DATASET, show_default=True)
model_option = click.option("--model", default="", help=MODEL_HELP)


@click.group()
@click.option("--keep/--no-keep", default=True, help="Keep the result, and write the page.")
@click.pass_context
def main(context: click.Context, keep: bool) -> None:
    """Speed and memory."""
    context.obj = keep


@main.command()
@dataset_option
@click.option("--arms", default=",".join(READERS), show_default=True)
@click.option("--rounds", default=3, show_default=True, help="Slow arms: one.")
@click.option("--lines", default=160, show_default=True)
@click.option("--few", default=40, show_default=True, help="Lines of the shorter calls.")
@model_option
def reading(dataset: str, arms: str, rounds: int, lines: int, few: int, model: str) -> None:
    """Lines a second and error rate."""
    setting = reading_part.Setting(dataset, tuple(arms.split(",")), rounds, lines, few, model)
    keep("reading", reading_part.measure_reading(setting))


@main.command("first-line")
@dataset_option
@click.option("--arms", default=",".join(FIRST_LINE), show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--many", default=10_000, show_default=True, help="Lines of one call of ours.")
@model_option
def first_line(dataset: str, arms: str, rounds: int, many: int, model: str) -> None:
    """Seconds and memory of one line; memory of many."""
    setting = reading_part.Setting(dataset, tuple(arms.split(",")), rounds, 500, 1, model)
    keep("first_line", reading_part.measure_first_line(setting, many))


@main.command()
@dataset_option
@click.option("--arms", default=",".join(training_part.TRAINERS), show_default=True)
@click.option("--rounds", default=2, show_default=True)
@click.option("--lines", default=768, show_default=True, help="Of an epoch; slow arms: less.")
@click.option("--seconds", default=10.0, show_default=True, help="Behind the first epoch.")
def training(dataset: str, arms: str, rounds: int, lines: int, seconds: float) -> None:
    """Trained lines a second, processor time and memory."""
    setting = training_part.Setting(dataset, tuple(arms.split(",")), rounds, lines, seconds)
    keep("training", training_part.measure_training(setting))


@main.command()
@dataset_option
@click.option("--rounds", default=5, show_default=True)
@click.option("--batches", default=12, show_default=True, help="Of a round.")
def share(dataset: str, rounds: int, batches: int) -> None:
    """What share of the best product of matrices a training step does."""
    settings = {"dataset": dataset, "rounds": rounds, "batches": batches}
    ledger, networks = Ledger("share", settings), dict[str, dict[str, Any]]()
    for name, config in (("recipe", dataset), ("documented", f"{dataset}_tf_crnn")):
        asked = {"config": f"benchmarks/configs/{config}.json", **settings}
        for threads in reading_part.THREADS:
            kept = ledger.once(f"{name} {threads}", lambda a=asked, t=threads: share_of(a, t))
            networks.setdefault(name, {})[str(threads)] = kept
    keep("share", {**settings, "networks": networks, "busy_before": ledger.close()})


@main.command()
@click.option("--counts", default="1000,10000,100000", show_default=True, help="Of lines.")
@click.option("--rounds", default=1, show_default=True, help="Small counts: many epochs each.")
@click.option("--sources", default=",".join(growth_part.SOURCES), show_default=True)
def growth(counts: str, rounds: int, sources: str) -> None:
    """Seconds and memory of an epoch of ever more lines."""
    numbers = tuple(map(int, counts.split(",")))
    setting = growth_part.Setting(numbers, tuple(sources.split(",")), rounds)
    keep("growth", growth_part.measure_growth(setting))


@main.command()
@dataset_option
@click.option("--folder", type=click.Path(exists=True, path_type=Path), help="Of the logs.")
def curves(dataset: str, folder: Path | None) -> None:
    """CER over minutes, from the logs of `peers.py run SET --arms tf_crnn,calamari`."""
    keep("curves", curves_part.read_curves(dataset, folder))


@main.command()
def page() -> None:
    """Write docs/speed.md and its figure again."""
    write_page()


@main.command()
def lines() -> None:
    """Draw English lines into `data/english`, for machines without another set."""
    counts = ("--n_train", "4000", "--n_val", "500", "--height", "48")
    words = ("--min_words", "4", "--max_words", "8")
    script = [sys.executable, "hlp/generate_synthetic.py", "--output_dir", f"data/{GENERATED}"]
    subprocess.run([*script, *counts, *words], cwd=ROOT, check=True)


ALL = {"reading": reading, "first-line": first_line, "training": training, "share": share}


@main.command("all")
@dataset_option
@click.option("--parts", default=",".join([*ALL, "growth"]), show_default=True)
@click.pass_context
def every_part(context: click.Context, dataset: str, parts: str) -> None:
    """Every part but `curves`, with its defaults."""
    for name in parts.split(","):
        if name == "growth":
            context.invoke(growth)
        else:
            context.invoke(ALL[name], dataset=dataset)


def share_of(settings: dict[str, Any], threads: int) -> dict[str, Any]:
    """What `_speed_share.py` measures on so many processors."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "share.json"
        script = [sys.executable, "benchmarks/_speed_share.py", json.dumps(settings), str(out)]
        log = Path(folder) / "log.txt"
        if measure(script, n_processors=threads, cwd=ROOT, log=log).code:
            raise click.ClickException(f"_speed_share.py: {log.read_text()[-2000:]}")
        return dict(json.loads(out.read_text()))


def keep(name: str, result: dict[str, Any]) -> None:
    """Keep a part's result and write the page, or else print it alone."""
    if click.get_current_context().find_root().obj:
        write_result(f"speed_{name}", result)
        write_page()
    else:
        click.echo(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
