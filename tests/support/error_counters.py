"""What dinglehopper counts as errors: it comes from PyPI into `.venv-readers`."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from support.missing import skip_or_fail

READERS = Path(__file__).resolve().parents[2] / ".venv-readers"
# dinglehopper imports OCR-D, a hundred packages, for the name of its logger alone.
_COUNT = """
import json, logging, sys, types
sys.modules["ocrd_utils"] = types.ModuleType("ocrd_utils")
sys.modules["ocrd_utils"].getLogger = logging.getLogger
from dinglehopper import character_error_rate_n, word_error_rate_n
from dinglehopper.word_error_rate import words_normalized
counted = []
for truth, reading in json.load(sys.stdin):
    words = list(words_normalized(truth))
    wer, _ = word_error_rate_n(words, words_normalized(reading))
    counted.append([*character_error_rate_n(truth, reading), wer, words])
json.dump(counted, sys.stdout)
"""


class Counted(NamedTuple):
    """A line as dinglehopper counts it; rates are infinite where errors are of nothing.

    Attributes:
        cer: of graphemes.
        n_graphemes: of the truth.
        wer: of Unicode words.
        words: of the truth.
    """

    cer: float
    n_graphemes: int
    wer: float
    words: list[str]


def count_by_dinglehopper(pairs: Sequence[tuple[str, str]]) -> list[Counted]:
    """Its counts for (truth, reading) pairs."""
    python = READERS / "bin/python"
    if not (READERS / ".installed").exists():
        skip_or_fail(
            "no .venv-readers: run `make .venv-readers/.installed`",
            "make test installs .venv-readers, and it is not there",
        )
    done = subprocess.run(
        [python, "-c", _COUNT], input=json.dumps(pairs), capture_output=True, text=True, check=True
    )
    return [Counted(*line) for line in json.loads(done.stdout)]
