"""Runs of a small Sacred experiment, as real observers record them."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sacred
from sacred.observers.base import RunObserver

CER = (0.5, 0.25, 0.125)


def record_run(
    observers: list[RunObserver],
    folder: Path,
    *,
    config: dict[str, Any] | None = None,
    act: Callable[[Any], None] | None = None,
) -> Any:
    """Run an experiment that logs three epochs, an input, a picture and a result.

    Args:
        observers: that record it.
        folder: for the files it records.
        config: beside the learning rate.
        act: called with the run in its midst; an exception ends it.

    Returns:
        Sacred's run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lines.csv").write_text("csv;row;path;truth;prediction\nval.csv;1;a.png;ab;ac\n")
    (folder / "input.csv").write_text("a.png;|a|b|\n")
    (folder / "sample.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    experiment = sacred.Experiment("crnn", save_git_info=False, base_dir=str(Path(__file__).parent))
    experiment.add_config({"learning_rate": 0.01, "seed": 1, **(config or {})})
    experiment.observers.extend(observers)

    @experiment.main
    def train(_run: Any) -> dict[str, Any]:
        _run.add_resource(str(folder / "input.csv"))
        for epoch, cer in enumerate(CER, start=1):
            _run.log_scalar("val_cer", np.float32(cer), epoch)
            _run.log_scalar("loss", 1.0 / epoch, epoch)
            _run._emit_heartbeat()
        if act is not None:
            act(_run)
        _run.add_artifact(str(folder / "lines.csv"))
        _run.add_artifact(str(folder / "sample.png"))
        _run.info["data"] = {"n_lines": np.int64(7)}
        return {"cer": np.float64(0.125)}

    # Sacred sets the level of all loggers, and the next tests look for warnings.
    level = logging.getLogger().level
    try:
        return experiment.run(options={"--loglevel": "ERROR"})
    finally:
        logging.getLogger().setLevel(level)
