"""`benchmarks/speed.py`: what it measures, what it reads of others, and the page that it makes."""

import importlib
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.model import get_model_train

ROOT = Path(__file__).resolve().parents[1]
MACHINE = {"date": "2026-12-01", "processor": "P", "cores": 2, "tensorflow": "2", "keras": "3"}
PARTS = ("reading", "first_line", "training", "share", "growth", "curves")


@pytest.fixture(scope="module")
def part() -> Iterator[Callable[[str], ModuleType]]:
    """`part(name)`: a module of benchmarks/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module


def test_the_page_and_its_figure_are_those_of_the_kept_results(part: Any) -> None:
    page = part("_speed_page")
    results = page.kept_results()

    shown = page.PAGE.read_text(encoding="utf-8")

    assert shown == page.filled(shown, results)
    assert all(f"<!-- {name}:begin -->" in shown for name in PARTS)
    if "curves" in results:
        assert page.FIGURE.read_text(encoding="utf-8") == page.figure_of(results["curves"])


def test_a_result_is_put_between_its_marks_and_can_be_replaced(part: Any) -> None:
    page = part("_speed_page")
    shown = page.PAGE.read_text(encoding="utf-8")

    with_result = page.filled(shown, {"share": share_result(0.25)})

    assert "| recipe | 1 | 2.00 | 10.0 | 20.0 | 80.0 | 25% |" in with_result
    assert "50%" in page.filled(with_result, {"share": share_result(0.5)})
    assert page.filled(with_result, page.kept_results()) == shown


def share_result(share: float) -> dict[str, Any]:
    once = {"gflop_a_line": 2.0, "lines_per_second": 10.0, "gflops": 20.0, "share": share,
            "product_gflops": [70.0, 80.0], "mean_width_px": 500}  # fmt: skip
    about = {"dataset": "lines", "rounds": 1, "machine": MACHINE}
    return {**about, "networks": {"recipe": {"1": once}}}


def test_steady_rates_leave_start_and_loading_out(part: Any) -> None:
    tables = part("_speed_tables")

    def once(n_lines: int, seconds: float) -> dict[str, float]:
        about = {"peak_mb": 50.0, "cer": 0.02, "cer_simpler": 0.01}
        return {"n_lines": n_lines, "wall_s": seconds, "cpu_s": seconds / 2, **about}

    ours = {"few": [once(10, 3.0), once(10, 5.0)], "many": [once(110, 4.0), once(110, 7.0)]}
    theirs = {"few": [once(10, 1.0), once(10, 1.0)], "many": [once(110, 5.0), once(110, 5.0)]}
    result = {
        "dataset": "lines", "lines": 110, "few": 10, "rounds": 2, "machine": MACHINE,
        "skipped": {"kraken": "ketos is not installed"},
        "readers": {"tf_crnn": {"1": ours}, "tesseract_processes": {"1": theirs}},
    }  # fmt: skip

    text = tables.reading_table(result)

    # 100 lines in 1 s and in 2 s: 75 lines a second; Tesseract 25; quotients 4 and 2.
    assert "| `tf_crnn` | 1 | 21.6 | 75.0 | 3.00 | 150.0 | 2.00% | 1.00% | 50 MB |" in text
    assert "| `tesseract_processes` | 1 | 22.0 | 25.0 | 1.00 |" in text
    assert "Left out: `kraken` (ketos is not installed)." in text


def test_rounds_that_others_disturbed_beyond_sense_have_no_steady_rate(part: Any) -> None:
    kept = {"few": [{"n_lines": 1, "wall_s": 3.0}], "many": [{"n_lines": 9, "wall_s": 2.0}]}

    assert part("_speed_tables").steady(kept, "wall_s") == [None]


def test_trained_lines_are_compared_with_ours_of_the_same_network(part: Any) -> None:
    def once(seconds: float) -> dict[str, Any]:
        return {"lines": 100, "epoch_s": [seconds, seconds, 9 * seconds], "peak_mb": 1.0,
                "epoch_cpu_s": [2 * seconds]}  # fmt: skip

    trainers = {
        "tf_crnn": [once(1.0)], "tf_crnn_documented": [once(2.0)],
        "calamari": [once(4.0)], "calamari_documented": [once(4.0)],
    }  # fmt: skip
    result = {"dataset": "lines", "rounds": 1, "machine": MACHINE, "trainers": trainers}

    text = part("_speed_tables").training_table(result)

    assert "| `calamari` | its own | 25.0 | 0.25 | 80.0 | 1 MB | 100 |" in text
    assert "| `calamari` | documented | 25.0 | 0.50 | 80.0 | 1 MB | 100 |" in text


def test_growth_is_fitted_by_a_straight_line(part: Any) -> None:
    found = {str(n): [{"epoch_s": [2 + 0.001 * n]}] for n in (1_000, 10_000, 100_000)}

    fit = part("_speed_growth").fit(found)

    assert fit["fixed_s"] == pytest.approx(2)
    assert fit["s_a_line"] == pytest.approx(0.001)
    assert fit["largest_deviation"] == 0
    assert fit["exponent_of_the_last_two"] == pytest.approx(math.log10(102 / 12), abs=1e-3)


def test_time_memory_and_printed_marks_of_a_program_are_measured(part: Any) -> None:
    measuring = part("_measuring")
    program = (
        "import os, time\n"
        "held = bytearray(150 * 2**20)\n"
        "for number in range(1000):\n"
        "    print('epoch', number, len(os.sched_getaffinity(0)), end='\\r')\n"
        "    until = time.process_time() + 0.2\n"
        "    while time.process_time() < until: pass\n"
    )

    measured = measuring.measure(
        [sys.executable, "-c", program], n_processors=1, stop=measuring.Stop("^epoch", marks=4)
    )

    assert measured.code == -9  # it was ended
    assert 4 <= len(measured.marks) < 1000
    assert 150 < measured.peak_mb < 400
    first, second, *_ = measured.marks
    assert second.cpu_s - first.cpu_s == pytest.approx(0.2, abs=0.06)
    assert measured.output.startswith("epoch 0 1")


def test_what_a_program_prints_and_how_it_ends_is_kept(part: Any, tmp_path: Path) -> None:
    program = "import sys; print('read'); print('why', file=sys.stderr); sys.exit(3)"

    measured = part("_measuring").measure([sys.executable, "-c", program], log=tmp_path / "log")

    assert (measured.output, measured.code) == ("read\n", 3)
    assert (tmp_path / "log").read_text() == "why\n"
    assert measured.peak_mb < 60  # not that of the process that asks


def test_a_program_runs_on_the_processor_that_others_use_least(
    part: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring = part("_measuring")
    monkeypatch.setattr(measuring, "busy_shares", lambda _: {4: 0.5, 5: 1.0, 6: 0.0})
    monkeypatch.setattr(measuring.os, "sched_getaffinity", lambda _: {4, 5, 6})

    assert measuring.idlest(1) == [6]
    assert measuring.idlest(2) == [6, 4]
    assert measuring.idlest(None) == measuring.idlest(9) == [4, 5, 6]
    assert measuring.others_share() == 0.5


def test_a_part_that_was_stopped_goes_on_where_it_was(
    part: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, made = part("_speed_work"), []
    monkeypatch.setattr(work, "WORK", tmp_path)
    monkeypatch.setattr(work, "others_share", lambda: 0.0)

    def measured(key: str, settings: dict[str, int]) -> int:
        ledger = work.Ledger("reading", settings)
        return int(ledger.once(key, lambda: made.append(key) or {"n": len(made)})["n"])

    values = [measured("a", {"lines": 1}), measured("a", {"lines": 1}), measured("b", {"lines": 1})]

    assert values == [1, 1, 2]
    assert measured("a", {"lines": 2}) == 3  # other settings: all anew


def test_pages_of_tesseract_are_parted_among_the_images(part: Any, tmp_path: Path) -> None:
    (tmp_path / "read.txt").write_text("one line\n\f\ftwo\nrows\n\f")
    lines = [Path(f"{number:06d}.png") for number in (3, 5, 8)]

    texts = part("_speed_readers").pages_of(tmp_path / "read.txt", lines)

    assert texts == {"000003": "one line", "000005": "", "000008": "two rows"}


def test_spellings_of_one_text_become_the_same(part: Any) -> None:
    simpler = part("_speed_readers").simpler

    assert simpler("uͤber die Straſſe—„ſo“") == simpler('über die Strasse-"so"')
    assert simpler("Haus") != simpler("Maus")


def test_the_documented_network_is_told_to_others_in_their_words(part: Any) -> None:
    networks = part("_speed_networks")
    config = {
        "input_shape": [48, 800], "cnn_features_list": [16, 32], "cnn_kernel_size": [5, 3],
        "cnn_stride_size": [[2, 2], [1, 1]], "cnn_pool_size": [[1, 1], [2, 1]],
        "rnn_units": [128], "rnn_dropout": 0.2,
    }  # fmt: skip

    assert networks.kraken_network(config) == (
        "[1,48,0,1 Cr5,5,16,2,2 Cr3,3,32,1,1 Mp2,1 S1(1x0)1,3 Lbx128 Do0.2,1]"
    )
    assert networks.calamari_network(config) == (
        "cnn=16:5x5:2x2,cnn=32:3x3:1x1,pool=1x2,lstm=128,dropout=0.2"
    )
    pylaia = networks.pylaia_network(config)
    assert pylaia[pylaia.index("--crnn.cnn_poolsize") + 1] == "[0,[2,1]]"
    assert pylaia[pylaia.index("--crnn.cnn_stride") + 1] == "[[2,2],[1,1]]"


def test_curves_are_read_from_the_logs_of_both(part: Any) -> None:
    curves = part("_speed_curves")
    ours = (
        "Epoch 1/200\n246/246 - 183s - 743ms/step - cer: 0.94 - val_loss: 140.2 - val_cer: 0.8348 "
        "- val_wer: 0.99 - seconds: 182.4\nEpoch 2/200\n"
        "246/246 - 117s - 495ms/step - cer: 0.58 - val_cer: 3.9e-01 - val_wer: 0.8\n"
    )
    calamari = (
        "INFO     2026-12-01 23:59:30,500             tfaip.util.logging: Logging to 'x'\n"
        "INFO     2026-12-02 00:04:00,500 tfaip.trainer.callbacks.logger: Results of epoch    1 "
        "CER: 0.98 - loss: 182.8 - val_CER: 1.0000 - val_loss: 187.2\n"
    )

    assert curves.curve_of("tf_crnn", ours) == [(3.05, 0.8348), (5.0, 0.39)]
    assert curves.curve_of("calamari", calamari) == [(4.5, 1.0)]
    assert curves.minutes_until([(1.0, 0.5), (2.0, 0.2)], 0.3) == 2.0
    assert curves.minutes_until([(1.0, 0.5)], 0.3) is None


def test_the_figure_shows_a_lower_rate_lower_and_a_later_one_further_right(part: Any) -> None:
    result = {"dataset": "lines", "curves": {"tf_crnn": [(1.0, 0.5), (9.0, 0.05)], "calamari": []}}
    result["curves"]["calamari"] = [(10.0, 0.5)]

    figure = part("_speed_page").figure_of(result)

    [points] = [row for row in figure.splitlines() if "#0072b2" in row and "polyline" in row]
    places = [tuple(map(float, pair.split(","))) for pair in points.split('"')[-2].split()]
    assert places[0][0] < places[1][0]
    assert places[0][1] < places[1][1]  # y grows downwards


def test_operations_of_a_step_are_those_counted_by_hand(
    part: Any, tiny_params: Callable[..., Params], tmp_path: Path
) -> None:
    params = tiny_params(
        tmp_path, cnn_features_list=[4, 6], cnn_kernel_size=[5, 3],
        cnn_stride_size=[(2, 2), (1, 1)], cnn_pool_size=[(1, 1), (2, 2)],
        cnn_batch_norm=[False, False], rnn_units=[7],
    )  # fmt: skip
    height, n_lines, width = params.input_shape[0], 2, 40
    inputs = {
        "input_images": np.zeros((n_lines, height, width, params.input_channels), np.float32),
        "input_seq_length": np.full((n_lines, 1), width // 4, np.int32),
        "label_codes": np.ones((n_lines, 2), np.int32),
        "label_seq_length": np.full((n_lines, 1), 2, np.int32),
    }
    half = (height // 2) * (width // 2)
    first = 2 * n_lines * half * 5 * 5 * params.input_channels * 4
    second = 2 * n_lines * half * 3 * 3 * 4 * 6
    steps, features = width // 4, (height // 4) * 6
    lstm = 2 * (2 * n_lines * steps * (features + 7) * 4 * 7)  # both directions
    dense = 2 * n_lines * steps * 14 * params.alphabet.n_classes

    counted = part("_speed_share").step_operations(get_model_train(params), inputs)

    assert counted == 2 * first + 3 * (second + lstm + dense)


def test_the_configuration_of_the_growth_benchmark_is_accepted() -> None:
    values = import_params_from_json(json_filename=ROOT / "benchmarks" / "configs" / "growth.json")

    assert Params(**values).input_shape == (32, 320)


@pytest.mark.parametrize("name", ["all", *PARTS, "page", "lines"])
def test_every_part_is_a_command(part: Any, name: str) -> None:
    assert name.replace("_", "-") in part("speed").main.commands
