"""Labels against a model's readings."""

from pathlib import Path

import numpy as np
import pytest
from support.doctor import look, marked

from tf_crnn.doctor.disbelief import find_disbelieved, score_label
from tf_crnn.loader import PredictionModel

PROBS = np.array([[0.1, 0.8, 0.1], [0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])


def test_the_score_is_the_difference_of_log_probabilities_over_the_longer_length() -> None:
    # Over three steps: "12" by the paths 1-2, 11 2, 1 22, -12, 12-; "1" by 1--, -1-, --1, 11-, ...
    p_12 = sum(
        float(np.prod([PROBS[step, code] for step, code in enumerate(path)]))
        for path in np.ndindex(3, 3, 3)
        if [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)] == [1, 2]
    )
    p_1 = sum(
        float(np.prod([PROBS[step, code] for step, code in enumerate(path)]))
        for path in np.ndindex(3, 3, 3)
        if [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)] == [1]
    )

    score = score_label(PROBS, [1], [1, 2])

    assert score == pytest.approx(np.log(p_1 / p_12) / 2)


def test_a_label_that_is_read_so_scores_0_and_a_better_one_no_more() -> None:
    assert score_label(PROBS, [1, 2], [1, 2]) == 0
    assert score_label(PROBS, [1, 2], [1]) == 0


def test_wrong_labels_come_before_right_ones_and_unknown_units_are_left_out(
    run_folder: Path, line_csv: Path
) -> None:
    rows = line_csv.read_text().splitlines()
    rows[0] = "0.png;" + marked("ocean 12")
    rows[1] = "1.png;" + marked("ocean ß")
    line_csv.write_text("\n".join(rows) + "\n")
    survey = look(line_csv).survey

    [found] = find_disbelieved(survey, PredictionModel(run_folder), worst=2)

    assert found.lines[0] == 0
    assert len(found.lines) <= 2 and found.total == 7
    assert found.readings[0] != "ocean 12"
    assert float(found.remark(0).split()[0]) < -0.5


def test_a_model_that_believes_all_finds_nothing(run_folder: Path, line_csv: Path) -> None:
    model = PredictionModel(run_folder)
    folder = line_csv.parent
    read = [model.predict(str(folder / f"{n}.png"))["text"] for n in range(8)]
    line_csv.write_text("".join(f"{n}.png;{marked(text)}\n" for n, text in enumerate(read)))

    assert find_disbelieved(look(line_csv).survey, model, worst=5) == []
