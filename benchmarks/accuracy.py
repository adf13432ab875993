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

import click
from _common import RESULTS, ROOT, machine
from _tables import write_table


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


if __name__ == "__main__":
    main()
