"""The README's tables and figures, made of the kept results."""

import json
from typing import Any

from _common import RESULTS, ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- measured:begin -->", "<!-- measured:end -->"
HEAD = (
    "| lines | config | trained for | CER | WER | exact lines | epochs | peak memory | measured |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)
SIZES_HEAD = "| preset | parameters | training | reading | CER |\n|---|---|---|---|---|\n"
PEERS_HEAD = "| validation CER after {minutes:g} processor minutes | {names} |\n|---|{rule}|\n"


def write_table() -> None:
    """Put one row for each result between the README's marks."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("accuracy_*.json"))]
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = [HEAD + "".join(map(row_of, results)), *peers_tables(), *sizes_table()]
    shown = "\n".join([*tables, speeds()])
    README.write_text(f"{before}{BEGIN}\n{shown}{END}{after}", encoding="utf-8")


def peers_tables() -> list[str]:
    """One table for the sets on which peers were trained for the same minutes."""
    results = {
        path.stem.removeprefix("peers_"): json.loads(path.read_text())
        for path in sorted(RESULTS.glob("peers_*.json"))
    }
    tables = []
    for minutes in sorted({result["minutes"] for result in results.values()}):
        same = {name: result for name, result in results.items() if result["minutes"] == minutes}
        arms = list(dict.fromkeys(arm for result in same.values() for arm in result["arms"]))
        head = PEERS_HEAD.format(
            minutes=minutes, names=" | ".join(arms), rule="|".join("---" for _ in arms)
        )
        rows = [
            f"| {name}, {result['machine']['date']} | "
            + " | ".join(_cer(result["arms"].get(arm)) for arm in arms)
            + " |\n"
            for name, result in same.items()
        ]
        tables.append(head + "".join(rows))
    return tables


def sizes_table() -> list[str]:
    """The table of the presets, if it was measured."""
    path = RESULTS / "sizes.json"
    if not path.is_file():
        return []
    kept = json.loads(path.read_text())
    rows = []
    for size, measured in kept["sizes"].items():
        cers = ", ".join(f"{name} {result['cer']:.1%}" for name, result in measured["cer"].items())
        rows.append(
            f"| {size} | {measured['parameters']:,} | {measured['trained_per_second']:.0f} lines/s "
            f"| {measured['read_per_second']:.0f} lines/s | {cers} ({kept['minutes']:g} min) |\n"
        )
    return [SIZES_HEAD + "".join(rows)]


def _cer(arm: dict[str, Any] | None) -> str:
    return f"{arm['cer']:.1%}" if arm else ""


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
        f"{result['name'].removesuffix('_tf_crnn')}: {result['n_lines']} validation lines",
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
