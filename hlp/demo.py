"""Train on the sample lines, read unseen ones, and show what came out: `make demo`."""

import subprocess
import sys
from itertools import count
from pathlib import Path

import click

from tf_crnn.tensorflow_start import load_tensorflow_quietly

CONFIG = "config.json"
UNSEEN_CSV = Path("data/sample/test.csv")
LINES_SHOWN = 10


@click.command()
@click.option("--config", default=CONFIG, show_default=True, help="What to train.")
def main(config: str) -> None:
    """Train with the config into models/demo, then evaluate on lines the model has not seen."""
    if not UNSEEN_CSV.is_file():
        raise click.ClickException(f"{UNSEEN_CSV} is missing. Run `make demo`, which makes it.")
    folder = unused_folder(Path("models"), "demo")
    runs_before = run_ids()
    command = [sys.executable, "training.py", "with", config, f"output_model_dir={folder}"]
    print("+", " ".join(command), flush=True)
    if subprocess.run(command).returncode != 0:
        sys.exit("The training ended with an error; see above.")
    show(folder, sorted(run_ids() - runs_before))


def show(folder: Path, runs: list[int]) -> None:
    """Read the unseen lines and print ten of them, where all lies, and the error rate."""
    load_tensorflow_quietly()
    from tf_crnn.evaluation import evaluate
    from tf_crnn.loader import PredictionModel
    from tf_crnn.reports.files import REPORT_HTML
    from tf_crnn.reports.write import write_full_report

    model = PredictionModel(folder)
    result = evaluate(model, [UNSEEN_CSV])
    report = folder / "reports" / "unseen"
    about = {"model": str(model.folder), "csv_files": [str(UNSEEN_CSV)]}
    write_full_report(report, result, history=(), config=model.params.to_dict(), about=about)
    in_order = sorted(result.lines, key=lambda line: line.line.row)
    width = max(len(line.line.text) for line in in_order[:LINES_SHOWN])
    print(f"\n{'truth':{width}}  read")
    for line in in_order[:LINES_SHOWN]:
        mark = "" if line.line.text == line.prediction else "  <"
        print(f"{line.line.text:{width}}  {line.prediction}{mark}")
    print(f"\nmodel folder: {folder}")
    print(f"run:          {', '.join(f'runs/{run}' for run in runs)}")
    print(f"report:       {report / REPORT_HTML}")
    counts = result.counts
    print(f"CER {counts.cer * 100:.2f} % on {counts.n_lines} unseen lines")


def run_ids() -> set[int]:
    """Numbers of the runs recorded so far."""
    runs = Path("runs")
    return (
        {int(path.name) for path in runs.iterdir() if path.name.isdecimal()}
        if runs.is_dir()
        else set()
    )


def unused_folder(parent: Path, name: str) -> Path:
    """`parent/name`, or with a number behind it where that exists."""
    candidates = (parent / (name if n == 1 else f"{name}_{n}") for n in count(1))
    return next(path for path in candidates if not path.exists())


if __name__ == "__main__":
    main()
