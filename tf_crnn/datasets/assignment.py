"""Each line of a data set gets its split: as before, as the source says, or by hash."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from tf_crnn.datasets.image_folder import place_of_stored, places_of_row
from tf_crnn.datasets.lines import Line, LineFile
from tf_crnn.documents import read_documents
from tf_crnn.errors import DataError
from tf_crnn.importers.sample import SPLITS
from tf_crnn.samples import read_rows
from tf_crnn.splits import Shares, draw_split

SPLIT_CSV = "{}.csv"


class SplitPlan(NamedTuple):
    """How a data set is split.

    Attributes:
        shares: what validation and test get.
        split_by: 'source' takes the splits that the source names and draws those of other lines,
            by document; 'document' draws all of them; 'line' draws all, each line by itself.
        stratify: units that occur less often than this end up in training.
        previous: folder of an earlier data set whose lines and documents stay where they are.
    """

    shares: Shares = Shares()
    split_by: str = "source"
    stratify: int = 0
    previous: Path | None = None


class Assignment:
    """Says the split of each line.

    Attributes:
        n_kept: lines that the earlier split knew.
        n_named: lines whose split the source names.
        n_moved: lines moved to training for their rare units.
    """

    def __init__(
        self, plan: SplitPlan, lines: LineFile, previous: "EarlierSplit | None" = None
    ) -> None:
        """For some lines.

        Raises:
            DataError: the earlier split has no line or document of these.
        """
        self._plan = plan
        self._previous = previous
        # A source that names test lines only, say, still needs validation lines: from training.
        known = lines.splits
        self._rest = Shares(
            0.0 if known["val"] else plan.shares.val,
            0.0 if known["test"] else plan.shares.test,
            plan.shares.seed,
        )
        self.n_kept = 0
        self.n_named = 0
        self.n_moved = 0
        self._rare_groups: frozenset[str] = frozenset()
        if plan.stratify > 0:
            rare = {unit for unit, count in lines.units.items() if count < plan.stratify}
            self._rare_groups = self._groups_with(rare, lines)
        if previous is not None and not any(map(self._kept, lines)):
            raise DataError(
                f"{previous.folder}: none of its lines and documents is in this data. Name the "
                "folder of an earlier split of the same lines."
            )

    def split_of(self, line: Line) -> str:
        """'train', 'val' or 'test'."""
        kept = self._kept(line)
        if kept:
            self.n_kept += 1
            return kept
        split, is_drawn = self._without_previous(line)
        if is_drawn and split != "train" and line.group(self._plan.split_by) in self._rare_groups:
            self.n_moved += 1
            return "train"
        return split

    def _kept(self, line: Line) -> str:
        return self._previous.split_of(line) if self._previous else ""

    def _without_previous(self, line: Line) -> tuple[str, bool]:
        group = line.group(self._plan.split_by)
        if self._plan.split_by != "source" or not line.split:
            return draw_split(group, self._plan.shares), True
        if line.split != "train":
            self.n_named += 1
            return line.split, False
        drawn = draw_split(group, self._rest)
        self.n_named += drawn == "train"
        return drawn, True

    def _groups_with(self, rare: set[str], lines: Iterable[Line]) -> frozenset[str]:
        if not rare:
            return frozenset()
        return frozenset(
            line.group(self._plan.split_by) for line in lines if not rare.isdisjoint(line.units)
        )


class EarlierSplit:
    """Where an earlier split put its lines and documents.

    Attributes:
        folder: of its data set.
    """

    def __init__(self, folder: Path, split_by: str) -> None:
        """Read it.

        Raises:
            DataError: the folder has no CSV, or a document is in two splits and cannot stay.
        """
        self.folder = folder
        self._documents: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._split_by = split_by
        found = [split for split in SPLITS if (folder / SPLIT_CSV.format(split)).is_file()]
        if not found:
            raise DataError(
                f"{folder}: holds none of train.csv, val.csv and test.csv. Name the folder that "
                "`tf-crnn data split` or `tf-crnn data import` wrote."
            )
        documents = read_documents(folder / SPLIT_CSV.format(found[0]))
        for split in found:
            self._read(folder, split, documents)

    def split_of(self, line: Line) -> str:
        """Where it put this line, or its document; empty if it knows neither."""
        places = self._places
        known = places.get(line.place) or places.get(place_of_stored(line.name))
        return known or self._documents.get(line.document, "")

    def _read(self, folder: Path, split: str, documents: Mapping[str, str]) -> None:
        resolved = folder.resolve()
        for row in read_rows(folder / SPLIT_CSV.format(split)):
            for place in places_of_row(row.image_path, resolved):
                self._places[place] = split
            document = documents.get(row.image_path, "")
            if document and self._split_by != "line":
                self._add_document(document, split, folder)

    def _add_document(self, document: str, split: str, folder: Path) -> None:
        earlier = self._documents.setdefault(document, split)
        if earlier in (split, ""):
            return
        # The source itself may have torn it apart; then each of its lines has its own place.
        self._documents[document] = ""
        if self._split_by == "document":
            raise DataError(
                f"{folder}: document {document!r} is both in {earlier} and in {split}, so that "
                "it cannot stay where it is. Split by line, or leave --previous out."
            )
