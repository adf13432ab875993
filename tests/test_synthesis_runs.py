"""Runs of units, against a search through all labels."""

import numpy as np
import pytest

from tf_crnn.synthesis.runs import LONGEST_RUN, RunIndex, as_codes, as_runs, join_lines


def random_lines(seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(1, 4, rng.integers(1, 30)).tolist() for _ in range(40)]


def places_by_search(text: str, run: str) -> list[int]:
    return [place for place in range(len(text)) if text.startswith(run, place)]


@pytest.mark.parametrize("seed", range(4))
def test_every_place_of_a_run_is_found(seed: int) -> None:
    index = RunIndex(join_lines(random_lines(seed)))
    rng = np.random.default_rng(seed)
    runs = [as_runs(rng.integers(1, 5, size)) for size in (1, 1, 2, 3, 4, 5, 7) for _ in range(5)]

    found = [sorted(index.order[slice(*index.places(run))].tolist()) for run in runs]

    assert found == [places_by_search(index.text, run) for run in runs]
    assert [] in found
    assert max(map(len, found)) > 50


def test_the_longest_run_is_the_longest_that_stands_in_one_line() -> None:
    lines = random_lines(7)
    index = RunIndex(join_lines(lines))
    rng = np.random.default_rng(1)
    wanted = [as_runs(rng.integers(1, 4, 20)) for _ in range(30)]

    lengths = [index.longest(run) for run in wanted]

    labels = [as_runs(line) for line in lines]
    assert lengths == [
        max(n for n in range(21) if any(run[:n] in label for label in labels)) for run in wanted
    ]
    assert 0 < min(lengths) < max(lengths)


def test_a_unit_that_no_line_holds_begins_no_run() -> None:
    index = RunIndex(join_lines([[1, 2], [2, 1]]))

    assert index.longest(as_runs([3, 1])) == 0
    assert index.places(as_runs([3])).number == 0
    assert index.places("").number == 0


def test_runs_longer_than_are_sorted_are_cut() -> None:
    index = RunIndex(join_lines([[1] * 100, [1] * 90 + [2]]))

    assert index.longest(as_runs([1] * 100)) == LONGEST_RUN
    assert index.places(as_runs([1] * LONGEST_RUN)).number == 37 + 27


def test_places_are_drawn_from_all_of_them() -> None:
    index = RunIndex(join_lines([[1, 2], [3, 1, 2], [2, 1, 3]]))
    rng = np.random.default_rng(0)

    drawn = {index.draw(index.places(as_runs([1, 2])), rng) for _ in range(40)}

    assert drawn == {0, 4}


def test_codes_become_runs_and_codes_again() -> None:
    codes = [1, 90, 7000, 60_000]

    assert as_codes(as_runs(codes)) == codes
    assert len(as_runs(codes)) == 4
