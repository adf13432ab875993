"""A training for tests of sweeps: the command line, signals and files of a real one, no network.

The CER of epoch N is `learning_rate / N`; an epoch lasts `max_minutes`; seed 13 fails, and with
seed 7 the first interrupt is lost, as Python may lose it.
"""

import ast
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tf_crnn.stamped import stamped_folders, write_stamped


def read_arguments() -> tuple[dict[str, Any], str]:
    """The config, as Sacred would make it, and the comment."""
    words = sys.argv[1:]
    config, *updates = words[words.index("with") + 1 :]
    values = json.loads(Path(config).read_text())
    for update in updates:
        key, _, value = update.partition("=")
        values[key] = ast.literal_eval(value)
    return values, words[words.index("-c") + 1]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def lose(*_: object) -> None:
    signal.signal(signal.SIGTERM, interrupt)


def save(folder: Path, history: list[dict[str, float]]) -> None:
    state = {"epoch": len(history), "minutes": 0.5 * len(history), "history": history}

    def fill(unfinished: Path) -> None:
        (unfinished / "state.json").write_text(json.dumps(state))

    write_stamped(folder / "saving", fill)


def main() -> None:
    signal.signal(signal.SIGTERM, interrupt)
    values, comment = read_arguments()
    if values["seed"] == 7:
        signal.signal(signal.SIGTERM, lose)
    calls = Path("calls.jsonl")
    number = len(calls.read_text().splitlines()) + 1 if calls.exists() else 1
    note = {"began": time.time(), "comment": comment, "values": values, "arguments": sys.argv[1:],
            "mongo": (os.environ.get("TF_CRNN_MONGO_URL"), os.environ.get("TF_CRNN_MONGO_DB")),
            "threads": os.environ.get("OMP_NUM_THREADS")}  # fmt: skip
    with calls.open("a") as stream:
        stream.write(json.dumps(note) + "\n")
    sys.stderr.write(f'INFO - crnn - Started run with ID "{number}"\n')
    if values["seed"] == 13:
        sys.exit("Error: the seed is unlucky.")
    folder = Path(values["output_model_dir"])
    saves = stamped_folders(folder / "saving")
    if (folder.exists() and any(folder.iterdir())) != bool(values.get("restore_model")):
        sys.exit(f"Error: {folder}: restore_model={values.get('restore_model')}")
    history = json.loads((saves[-1] / "state.json").read_text())["history"] if saves else []
    try:
        for _ in range(values["n_epochs"]):
            time.sleep(60 * values["max_minutes"])
            epoch = len(history) + 1
            history.append({"epoch": epoch, "val_cer": values["learning_rate"] / epoch})
            save(folder, history)
    except KeyboardInterrupt:
        save(folder, history)
        sys.exit(130)
    export = write_stamped(folder / "export", lambda _: None)
    (folder / "reports" / export.name).mkdir(parents=True)


if __name__ == "__main__":
    main()
