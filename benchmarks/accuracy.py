"""Train the example configs, keep what they gave, and write the README's table.

    python benchmarks/accuracy.py train fraktur19       train, then record
    python benchmarks/accuracy.py record runs/1         record a run that has ended
    python benchmarks/accuracy.py table                 write the table again

Data sets lie in `data/<name>/`; benchmarks/README.md says where they come from.
"""

import json
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from _common import RESULTS, ROOT, machine

README = ROOT / "README.md"
BEGIN, END = "<!-- measured:begin -->", "<!-- measured:end -->"
HEAD = (
    "| lines | config | trained for | CER | WER | exact lines | epochs | peak memory | measured |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


@click.group()
def main() -> None:
    """Accuracy of the example configs."""


@main.command()
@click.argument("name")
@click.argument("updates", nargs=-1)
@click.option("--keep/--no-keep", default=True, help="Record the result.")
def train(name: str, updates: tuple[str, ...], keep: bool) -> None:
    """Train benchmarks/configs/NAME.json, with key=value UPDATES."""
    runs = ROOT / "runs"
    known = set(runs.iterdir()) if runs.is_dir() else set()
    config = f"benchmarks/configs/{name}.json"
    command = [sys.executable, "training.py", "with", config, *updates]
    if code := subprocess.run(command, cwd=ROOT).returncode:
        sys.exit(code)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"peak memory of the training process: {peak_mb} MB")
    [run] = [path for path in set(runs.iterdir()) - known if path.name.isdecimal()]
    if keep:
        keep_run(run, name, peak_mb)


@main.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="Of the config [default: that of the run's model folder].")
@click.option("--peak_mb", type=int, help="Peak memory of the training process.")
def record(run: Path, name: str | None, peak_mb: int | None) -> None:
    """Keep the result of RUN, a folder of a file observer."""
    config = json.loads((run / "config.json").read_text())
    keep_run(run, name or Path(config["output_model_dir"]).name, peak_mb)


@main.command()
def table() -> None:
    """Write the README's table from the kept results."""
    write_table()


def keep_run(run: Path, name: str, peak_mb: int | None) -> None:
    """Write benchmarks/results/accuracy_<name>.json and the table."""
    recorded = json.loads((run / "run.json").read_text())
    if recorded["status"] != "COMPLETED":
        raise click.ClickException(f"{run}: status is {recorded['status']}.")
    began, ended = (datetime.fromisoformat(recorded[key]) for key in ("start_time", "stop_time"))
    result = {
        "name": name,
        **recorded["result"],
        "minutes": round((ended - began).total_seconds() / 60, 1),
        "peak_mb": peak_mb,
        "machine": {**machine(), "date": ended.date().isoformat()},
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2) + "\n"
    (RESULTS / f"accuracy_{name}.json").write_text(text, encoding="utf-8")
    print(text)
    write_table()


def write_table() -> None:
    """Put one row for each result between the README's marks."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("accuracy_*.json"))]
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "".join(map(row_of, results))
    README.write_text(f"{before}{BEGIN}\n{HEAD}{rows}\n{speeds()}{END}{after}", encoding="utf-8")


def speeds() -> str:
    """What the other benchmarks measured, as list items."""
    found = {
        name: json.loads((RESULTS / f"{name}.json").read_text())
        for name in (
            "train",
            "preprocessing",
            "import",
            "doctor",
            "pack",
            "stitching",
            "start_up",
            "runs_list",
            "compare",
            "tracking",
        )
        if (RESULTS / f"{name}.json").is_file()
    }
    items = []
    if train := found.get("train"):
        items.append(
            f"A training epoch of {train['lines']:,} lines, {train['mean_width_px']:.0f} px wide "
            f"on average and {train['widest_px']:,} px at most, is {train['times_as_fast']:.2f} "
            "times as fast in batches of similar width as with all lines at the widest."
        )
    if rows := found.get("preprocessing"):
        items.append(f"{rows['rows']:,} rows are preprocessed in {rows['seconds']:.0f} s.")
    items += items_of_data(found)
    if start := found.get("start_up"):
        seconds = start["seconds"]
        items.append(
            f"`tf-crnn --help` answers in {seconds['tf-crnn --help']:.2f} s; TensorFlow is loaded "
            "only where it is used."
        )
    return "".join(f"- {item}\n" for item in items + items_of_runs(found))


def items_of_data(found: dict[str, Any]) -> list[str]:
    """What bringing lines in, looking them over, packing and stitching them takes and gives."""
    items = []
    if imported := found.get("import"):
        rows = imported["csv"]
        items.append(
            f"`tf-crnn data import` takes {rows['cpu_seconds']:.0f} s of one core for "
            f"{rows['lines']:,} rows of a CSV, with {rows['peak_memory_mb']} MB."
        )
    if doctor := found.get("doctor"):
        items.append(
            f"`tf-crnn data doctor` takes {doctor['seconds']:.0f} s for {doctor['lines']:,} lines, "
            f"with {doctor['peak_memory_mb']} MB and {doctor['peak_memory_of_a_worker_mb']} MB for "
            f"each of {doctor['jobs']} workers."
        )
    if pack := found.get("pack"):
        epoch = pack["epoch_seconds"]["augmented"]
        items.append(
            f"`tf-crnn data pack` packs {pack['lines_per_second']:,} lines a second "
            f"({pack['packed']:,} lines, {pack['memory_grown_mb']} MB more memory). The batches of "
            f"an epoch take {epoch['pack'] / epoch['files']:.2f} of the time from a pack that they "
            f"take from files, and {epoch['pack'] / epoch['memory']:.2f} of that from memory."
        )
    if stitching := found.get("stitching"):
        gains = ", ".join(
            f"{seed['cer_stitched']:.1%} instead of {seed['cer_plain']:.1%}"
            for seed in stitching["seeds"].values()
        )
        items.append(
            f"Stitched lines in the training of hw_peraire: validation CER {gains} after equal "
            "processor time (three seeds, the first minutes of a training)."
        )
    return items


def items_of_runs(found: dict[str, Any]) -> list[str]:
    """What recording, listing and comparing runs takes."""
    items = []
    if tracking := found.get("tracking"):
        items.append(
            f"Recording a training of the sample, {tracking['epochs']} epochs, with its pictures "
            f"and report takes {tracking['processors']['overhead']:.1%} more processor time."
        )
    if listed := found.get("runs_list"):
        text = listed["commands"]["text"]
        items.append(
            f"`tf-crnn runs list` lists {listed['n_runs']} runs of {listed['n_epochs']} epochs in "
            f"{text['seconds']:.1f} s, with {text['mb']:.0f} MB."
        )
    if compared := found.get("compare"):
        items.append(
            f"`tf-crnn runs compare` of {compared['n_runs']} runs on {compared['n_lines']:,} lines "
            f"takes {compared['seconds']['all']:.0f} s; the page has {compared['page_mb']:.0f} MB, "
            f"and Chromium shows it after {compared['chromium_seconds']['lines_seen']:.1f} s."
        )
    return items


def row_of(result: dict[str, Any]) -> str:
    """A row of the table."""
    about = result["machine"]
    config = f"benchmarks/configs/{result['name']}.json"
    memory = f"{result['peak_mb'] / 1024:.1f} GB" if result["peak_mb"] else ""
    versions = f"TensorFlow {about['tensorflow']}, Keras {about['keras']}"
    cells = (
        f"{result['name']}: {result['n_lines']} validation lines",
        f"[{config}]({config})",
        f"{result['minutes']:.0f} min on {about['cores']} cores",
        f"{result['cer']:.2%}",
        f"{result['wer']:.2%}",
        f"{result['exact_match']:.1%}",
        str(result["epochs"]),
        memory,
        f"{about['date']}, {versions}",
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    main()
