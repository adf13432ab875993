"""Everything that an evaluation leaves in a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tf_crnn.evaluation import EvaluationResult, write_report
from tf_crnn.reports.characters import write_characters_csv
from tf_crnn.reports.confusion import draw_confusions, write_confusions_csv
from tf_crnn.reports.curves import History, draw_learning_curves
from tf_crnn.reports.details import Details, as_json, find_details
from tf_crnn.reports.files import (
    CHARACTERS_CSV,
    CONFUSIONS_CSV,
    CONFUSIONS_PNG,
    CURVES_PNG,
    DOCUMENTS_CSV,
    RELIABILITY_PNG,
    REPORT_HTML,
)
from tf_crnn.reports.groups import write_groups_csv
from tf_crnn.reports.page import Background, Pictures, write_page
from tf_crnn.reports.png import save_png
from tf_crnn.reports.reliability import draw_reliability
from tf_crnn.reports.worst_lines import write_worst_lines


def write_full_report(
    folder: Path,
    result: EvaluationResult,
    *,
    history: History,
    config: Mapping[str, Any],
    about: Mapping[str, Any],
) -> Details:
    """Write `report.json`, `lines.csv`, the pictures, the tables and `report.html`.

    Args:
        folder: is made if need be.
        result: of the evaluation.
        history: metrics of each epoch, see `draw_learning_curves`; empty if they are not known.
        config: parameters of the model.
        about: model, epoch and data, JSON-ready; it goes into `report.json` too.

    Returns:
        What was found for it.
    """
    details = find_details(result)
    write_report(folder, result, as_json(details), **about)
    _write_tables(folder, details)
    curves = folder / CURVES_PNG
    # Those of an earlier report in the folder.
    curves.unlink(missing_ok=True)
    if history:
        draw_learning_curves(history, curves)
    reliability = folder / RELIABILITY_PNG
    reliability.unlink(missing_ok=True)
    if details.confidences:
        draw_reliability(details.confidences, reliability)
    save_png(draw_confusions(details.confusions), folder / CONFUSIONS_PNG)
    write_worst_lines(folder, result.lines)
    write_page(
        folder / REPORT_HTML,
        result,
        details=details,
        pictures=Pictures(
            curves if history else None,
            folder / CONFUSIONS_PNG,
            reliability if details.confidences else None,
        ),
        background=Background(config, about),
    )
    return details


def _write_tables(folder: Path, details: Details) -> None:
    write_confusions_csv(details.confusions, folder / CONFUSIONS_CSV)
    write_characters_csv(details.characters, folder / CHARACTERS_CSV)
    (folder / DOCUMENTS_CSV).unlink(missing_ok=True)
    if details.documents:
        write_groups_csv(details.documents, folder / DOCUMENTS_CSV)
