"""What a training came to."""

from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.evaluation import EvaluationResult


class TrainingResult(NamedTuple):
    """What a training came to.

    Attributes:
        evaluation: of the best model on all lines of the validation CSVs.
        best_epoch: whose model had the lowest validation CER, counted from 1.
        epochs: done in all.
        lines_seen: training lines, repeats counted.
        export_folder: of the best model.
        report_folder: of `write_full_report`.
    """

    evaluation: EvaluationResult
    best_epoch: int
    epochs: int
    lines_seen: int
    export_folder: Path
    report_folder: Path

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready numbers."""
        return {
            "cer": self.evaluation.counts.cer,
            "wer": self.evaluation.counts.wer,
            "exact_match": self.evaluation.counts.exact_match,
            "cer_interval": self.evaluation.intervals.cer.as_pair(),
            "n_lines": self.evaluation.counts.n_lines,
            "best_epoch": self.best_epoch,
            "epochs": self.epochs,
            "lines_seen": self.lines_seen,
        }
