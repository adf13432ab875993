"""Which line goes where: as before, as the source says, by hash, rare units into training."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tf_crnn.datasets.assignment import Assignment, EarlierSplit, SplitPlan
from tf_crnn.datasets.image_folder import place_of_file
from tf_crnn.datasets.lines import Line, LineFile
from tf_crnn.errors import DataError
from tf_crnn.splits import Shares, draw_split

HALF = Shares(val=0.5)


def line(name: str, units: str = "ab", split: str = "", document: str = "") -> Line:
    place = place_of_file(Path(f"/lines/{name}.png"))
    return Line(f"../lines/{name}.png", list(units), 100, name, place, split, document)


def assign(tmp_path: Path, lines: Iterable[Line], plan: SplitPlan) -> dict[str, str]:
    with LineFile(tmp_path / "lines.tmp") as kept:
        for one in lines:
            kept.add(one)
        previous = EarlierSplit(plan.previous, plan.split_by) if plan.previous else None
        assignment = Assignment(plan, kept, previous)
        return {one.name: assignment.split_of(one) for one in kept}


def lines_of(n_documents: int, n_lines: int) -> list[Line]:
    return [
        line(f"{doc}-{number}", document=f"page {doc}")
        for doc in range(n_documents)
        for number in range(n_lines)
    ]


def test_lines_of_a_document_stay_together(tmp_path: Path) -> None:
    splits = assign(tmp_path, lines_of(30, 4), SplitPlan(Shares(0.3, 0.3)))

    by_page = {(name.split("-")[0], split) for name, split in splits.items()}
    assert len(by_page) == 30
    assert {split for _, split in by_page} == {"train", "val", "test"}


def test_by_line_each_goes_by_itself(tmp_path: Path) -> None:
    splits = assign(tmp_path, lines_of(2, 40), SplitPlan(HALF, split_by="line"))

    assert splits == {name: draw_split(f"line {name}", HALF) for name in splits}
    assert {split for name, split in splits.items() if name.startswith("0-")} == {"train", "val"}


def test_a_document_keeps_its_split_when_others_are_added(tmp_path: Path) -> None:
    few = assign(tmp_path, lines_of(10, 2), SplitPlan(HALF))
    many = assign(tmp_path, lines_of(50, 3), SplitPlan(HALF))

    assert few.items() <= many.items()


def test_the_source_s_splits_stand(tmp_path: Path) -> None:
    lines = [
        line(f"{split}{n}", split=split) for split in ("train", "val", "test") for n in range(20)
    ]

    splits = assign(tmp_path, lines, SplitPlan(Shares(0.5, 0.5)))

    assert splits == {one.name: one.split for one in lines}


def test_validation_lines_are_taken_from_training_where_the_source_has_none(
    tmp_path: Path,
) -> None:
    lines = [line(f"{split}{n}", split=split) for split in ("train", "test") for n in range(40)]

    splits = assign(tmp_path, lines, SplitPlan(Shares(0.3, 0.3)))

    drawn = {name: draw_split(f"line {name}", Shares(0.3)) for name in splits if "train" in name}
    assert splits == {**drawn, **{f"test{n}": "test" for n in range(40)}}
    assert set(drawn.values()) == {"train", "val"}


def test_lines_without_a_split_are_drawn_beside_those_that_have_one(tmp_path: Path) -> None:
    lines = [line("a", split="val"), *(line(f"x{n}") for n in range(30))]

    splits = assign(tmp_path, lines, SplitPlan(HALF))

    assert splits["a"] == "val"
    assert {splits[f"x{n}"] for n in range(30)} == {"train", "val"}


def test_by_document_the_source_s_splits_are_drawn_anew(tmp_path: Path) -> None:
    lines = [line(f"{n}", split="test") for n in range(40)]

    splits = assign(tmp_path, lines, SplitPlan(HALF, split_by="document"))

    assert set(splits.values()) == {"train", "val"}


def test_documents_with_rare_units_are_moved_to_training(tmp_path: Path) -> None:
    lines = lines_of(20, 3)
    rare = [line("rare", units="aß", document="page 3"), line("alone", units="ß")]
    all_val = SplitPlan(Shares(1.0), stratify=3)

    splits = assign(tmp_path, [*lines, *rare], all_val)

    moved = {name for name, split in splits.items() if split == "train"}
    assert moved == {"3-0", "3-1", "3-2", "rare", "alone"}


def test_units_that_are_frequent_enough_move_nothing(tmp_path: Path) -> None:
    rare = [line(f"{n}", units="ß") for n in range(3)]

    assert set(assign(tmp_path, rare, SplitPlan(Shares(1.0), stratify=3)).values()) == {"val"}


def write_previous(folder: Path, **csvs: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in csvs.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_lines_of_an_earlier_split_stay(tmp_path: Path) -> None:
    rows = "".join(f"/lines/{n}.png;a\n" for n in range(10))
    previous = write_previous(tmp_path / "old", test=rows, train="/lines/10.png;a\n")

    splits = assign(
        tmp_path, [line(f"{n}") for n in range(12)], SplitPlan(Shares(1.0), previous=previous)
    )

    expected = {**{f"{n}": "test" for n in range(10)}, "10": "train", "11": "val"}
    assert splits == expected


def test_new_lines_of_a_known_document_follow_it(tmp_path: Path) -> None:
    previous = write_previous(
        tmp_path / "old", test="images/0000/a.png;a\n", train="images/0000/b.png;a\n",
        documents="path;document\nimages/0000/a.png;page 1\nimages/0000/b.png;page 2\n",
    )  # fmt: skip
    lines = [
        line("a", document="page 1"),
        line("new", document="page 1"),
        line("x", document="p 9"),
    ]

    splits = assign(tmp_path, lines, SplitPlan(Shares(1.0), previous=previous))

    assert splits == {"a": "test", "new": "test", "x": "val"}


def test_rare_units_move_nothing_that_an_earlier_split_holds(tmp_path: Path) -> None:
    previous = write_previous(tmp_path / "old", val="/lines/a.png;a\n")

    splits = assign(
        tmp_path,
        [line("a", "ß"), line("b", "ß")],
        SplitPlan(Shares(1.0), stratify=9, previous=previous),
    )

    assert splits == {"a": "val", "b": "train"}


def test_a_document_that_was_torn_apart_cannot_stay(tmp_path: Path) -> None:
    previous = write_previous(
        tmp_path / "old", test="a.png;a\n", train="b.png;a\n",
        documents="path;document\na.png;page 1\nb.png;page 1\n",
    )  # fmt: skip

    with pytest.raises(DataError, match=r"document 'page 1' is both in train and in test"):
        assign(tmp_path, [line("a")], SplitPlan(split_by="document", previous=previous))


@pytest.mark.parametrize(
    ("csvs", "reason"),
    [
        ({}, "holds none of train.csv, val.csv and test.csv"),
        ({"train": "/other/a.png;a\n"}, "none of its lines and documents is in this data"),
    ],
)
def test_an_earlier_split_of_other_lines_is_refused(
    csvs: dict[str, str], reason: str, tmp_path: Path
) -> None:
    previous = write_previous(tmp_path / "old", **csvs)

    with pytest.raises(DataError, match=reason):
        assign(tmp_path, [line("a")], SplitPlan(previous=previous))
