"""Validation CER over the minutes of trainings that `peers.py run` has written logs of.

Each framework counts the CER of its validations itself: this project all edits over all characters
by the best path, Calamari the mean over lines. The CER at the end, in `results/peers_<set>.json`,
is counted by this project for all.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from _common import RESULTS
from _speed_work import TRAINED

OURS_EPOCH = re.compile(r"^\d+/\d+ - (\d+)s .* - val_cer: ([0-9.e+-]+)", re.MULTILINE)
CALAMARI_TIME = re.compile(r"^INFO +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3})", re.MULTILINE)
CALAMARI_EPOCH = re.compile(
    r"^INFO +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) .*Results of epoch.* val_CER: ([0-9.e+-]+)",
    re.MULTILINE,
)
ARMS = ("tf_crnn", "calamari")

Curve = list[tuple[float, float]]


def read_curves(dataset: str, folder: Path | None = None) -> dict[str, Any]:
    """The curves of a set, and what both read at the end, if that was counted."""
    where = folder or TRAINED / dataset
    logs = {name: (where / name / "log.txt").read_text(errors="replace") for name in ARMS}
    kept = RESULTS / f"peers_{dataset}.json"
    last = json.loads(kept.read_text()) if kept.is_file() else {"arms": {}}
    return {
        "dataset": dataset,
        "curves": {name: curve_of(name, log) for name, log in logs.items()},
        "minutes": last.get("minutes"),
        "at_the_end": {name: last["arms"][name]["cer"] for name in ARMS if name in last["arms"]},
    }


def curve_of(name: str, log: str) -> Curve:
    """(minutes, CER) of every validation."""
    return curve_of_ours(log) if name == "tf_crnn" else curve_of_calamari(log)


def curve_of_ours(log: str) -> Curve:
    """Of the seconds of each epoch, its validation included; the start-up is not in the log."""
    curve, seconds = Curve(), 0
    for taken, cer in OURS_EPOCH.findall(log):
        seconds += int(taken)
        curve.append((round(seconds / 60, 2), float(cer)))
    return curve


def curve_of_calamari(log: str) -> Curve:
    """Of the times of its messages, from the first on."""
    first = CALAMARI_TIME.search(log)
    if first is None:
        return []
    began = _time(*first.groups())
    return [
        (round((_time(clock, thousandths) - began) / 60, 2), float(cer))
        for clock, thousandths, cer in CALAMARI_EPOCH.findall(log)
    ]


def minutes_until(curve: Curve, cer: float) -> float | None:
    """When a curve first came to a CER."""
    return next((minutes for minutes, reached in curve if reached <= cer), None)


def _time(clock: str, thousandths: str) -> float:
    return datetime.fromisoformat(clock).timestamp() + int(thousandths) / 1000
