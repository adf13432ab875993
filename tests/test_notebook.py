"""The notebook runs over real runs, and is kept without what it printed."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image
from support.workplace import ROOT, make_workplace

NOTEBOOK = ROOT / "notebooks" / "compare_runs.ipynb"
GRID = [(rate, units) for rate in ("0.01", "0.03") for units in ("[16]", "[24]")]


@pytest.fixture(scope="module")
def grid_of_runs(
    tmp_path_factory: pytest.TempPathFactory, draw_line: Any, write_csv: Any, tiny_params: Any
) -> Path:
    """The folder of four real runs."""
    place = make_workplace(tmp_path_factory.mktemp("grid"), draw_line, write_csv, tiny_params)
    for number, (rate, units) in enumerate(GRID):
        values = (f"learning_rate={rate}", f"rnn_units={units}", f"output_model_dir=m{number}")
        process = place.run("with", "config.json", *values, "n_epochs=6", "evaluate_every_epoch=6")
        assert process.returncode == 0, process.stderr
    return place.folder / "runs"


@pytest.fixture(scope="module")
def executed(grid_of_runs: Path) -> dict[str, list[Any]]:
    """What the cells put out, by the names of the cells."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNS", str(grid_of_runs))
        resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
        NotebookClient(notebook, timeout=120, resources=resources).execute()
    return {cell["id"]: cell.get("outputs", []) for cell in notebook.cells}


def shown(outputs: list[Any], kind: str) -> str:
    [content] = [output["data"][kind] for output in outputs if kind in output.get("data", {})]
    return content


def test_the_notebook_is_kept_without_output() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert len(code) > 4
    assert [cell["id"] for cell in code if cell.outputs or cell.execution_count] == []


@pytest.mark.slow
def test_the_tables_hold_the_results_of_the_runs(
    executed: dict[str, list[Any]], grid_of_runs: Path
) -> None:
    runs = [json.loads((grid_of_runs / str(n) / "run.json").read_text()) for n in (1, 2, 3, 4)]
    percent = {f"{100 * run['result']['cer']:.2f}".rstrip("0").rstrip(".") for run in runs}

    table, pivot = (shown(executed[cell], "text/html") for cell in ("runs-table", "pivot"))

    assert table.count("COMPLETED") == len(GRID)
    assert "config.learning_rate" in table and "config.rnn_units" in table
    assert all(value in pivot for value in percent)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["curves", "final"])
def test_the_figures_show_a_colour_for_each_run(executed: dict[str, list[Any]], cell: str) -> None:
    picture = Image.open(io.BytesIO(base64.b64decode(shown(executed[cell], "image/png")))).convert(
        "RGB"
    )

    colours = {colour: count for count, colour in picture.getcolors(picture.width * picture.height)}

    # The first four of Matplotlib's cycle.
    cycle = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40)]
    assert all(colours.get(colour, 0) > 50 for colour in cycle)
    assert min(picture.size) > 300


@pytest.mark.slow
def test_the_lines_in_which_two_runs_differ_are_counted(
    executed: dict[str, list[Any]],
) -> None:
    lines, wins = (shown(executed[cell], "text/plain") for cell in ("lines", "wins"))

    counts = [int(row.split()[-1]) for row in wins.splitlines()[1:]]

    assert "truth" in lines and "difference" in lines
    assert sum(counts) == 7
