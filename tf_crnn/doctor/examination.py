"""A data set looked over: everything that text, JSON and page show."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tf_crnn.doctor.confusables import code_points, name_of
from tf_crnn.doctor.distributions import Distribution
from tf_crnn.doctor.findings import CharacterRow, Finding
from tf_crnn.doctor.setting import TRAIN, VAL
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey
from tf_crnn.reports.wording import count_of

_MOST_LISTED = 10_000


class ShownLine(NamedTuple):
    """A line of a finding, for people.

    Attributes:
        csv: as the user named it.
        row: in it.
        path: as the CSV has it.
        label: its text.
        image_path: where the image should be.
        remark: what is to be said of it; may be empty.
        reading: what a model reads instead; None where none was asked.
        group: which group it belongs to; -1 where there are none.
    """

    csv: str
    row: int
    path: str
    label: str
    image_path: str
    remark: str
    reading: str | None
    group: int


class Examination(NamedTuple):
    """The result.

    Attributes:
        survey: what was read.
        findings: those first that matter most.
        distributions: of sizes.
        seconds: that it took.
    """

    survey: Survey
    findings: Sequence[Finding]
    distributions: Sequence[Distribution]
    seconds: float

    @property
    def n_rejected(self) -> int:
        """Lines that a training would leave out."""
        return len(self.survey) - len(self.survey.usable)

    @property
    def is_clean(self) -> bool:
        """Whether nothing would be rejected."""
        return all(finding.severity != Severity.REJECTS for finding in self.findings)

    def with_findings(self, found: Sequence[Finding]) -> "Examination":
        """The same with further findings, first among those of their severity."""
        together = sorted([*found, *self.findings], key=lambda finding: finding.severity)
        return self._replace(findings=together)

    def of(self, severity: Severity) -> list[Finding]:
        """Findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def sentence(self) -> str:
        """What was looked at, and what came of it."""
        n_val = int(self.survey.is_val.sum())
        n_train = len(self.survey) - n_val
        splits = f"{n_train:,} training and {n_val:,} validation lines"
        kinds = ", ".join(
            f"{count_of(len(self.of(severity)), 'finding')} {words}"
            for severity, words in (
                (Severity.LIKELY_WRONG, "likely wrong"),
                (Severity.WORTH_A_LOOK, "worth a look"),
            )
        )
        judged = "a training would reject" if self.survey.setting.has_config else "unreadable:"
        return f"{splits}: {judged} {self.n_rejected:,}; {kinds}."

    def shown(self, finding: Finding, most: int) -> Iterator[ShownLine]:
        """The first lines of a finding."""
        for place, index in enumerate(map(int, finding.lines[:most])):
            line = self.survey.named(index)
            group = -1 if finding.groups is None else int(finding.groups[place])
            reading = finding.readings.get(index)
            yield ShownLine(*line, finding.remark(index), reading, group)

    def places(self, row: CharacterRow) -> list[str]:
        """Where a character stands, as `train.csv:12`."""
        lines = [self.survey.named(index) for index in row.first]
        return [f"{line.csv}:{line.row}" for line in lines]

    def characters(self) -> Iterator[dict[str, Any]]:
        """Every character with code point, name and counts, most frequent first."""
        counts = {split: self._counts(split) for split in (TRAIN, VAL)}
        for character, use in self.survey.characters.items():
            yield {
                "character": character,
                "code_point": code_points(character),
                "name": name_of(character),
                "count": use.times,
                **{split: counts[split].get(character, 0) for split in (TRAIN, VAL)},
                "first": self.places(CharacterRow(character, use.times, "", use.first)),
            }

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; of each finding at most 10,000 lines are listed."""
        setting = self.survey.setting
        return {
            "sentence": self.sentence,
            "lines": len(self.survey),
            "rejected": self.n_rejected,
            "checked_against_config": setting.has_config,
            "sources": [{"csv": source.name, "split": source.split} for source in setting.sources],
            "seconds": round(self.seconds, 1),
            "findings": [self._finding(finding) for finding in self.findings],
            "distributions": {d.key: d.to_dict() for d in self.distributions},
            "characters": list(self.characters()),
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        listed = self.shown(finding, _MOST_LISTED)
        units = finding.characters
        return {
            "key": finding.key,
            "severity": finding.severity.name.lower(),
            "says": finding.says,
            "advice": finding.advice,
            "count": finding.count,
            "of": finding.total,
            "lines": [
                {
                    "csv": line.csv,
                    "row": line.row,
                    "path": line.path,
                    "label": line.label,
                    **({"remark": line.remark} if line.remark else {}),
                    **({"reading": line.reading} if line.reading is not None else {}),
                    **({"group": line.group} if line.group >= 0 else {}),
                }
                for line in listed
            ],
            "n_lines": len(finding.lines),
            "characters": [
                {
                    "unit": row.unit,
                    "code_points": code_points(row.unit),
                    "count": row.times,
                    "first": self.places(row),
                }
                for row in units
            ],
        }

    def _counts(self, split: str) -> dict[str, int]:
        counts: dict[str, int] = {}
        for unit, use in self.survey.units(split).items():
            for character in unit:
                counts[character] = counts.get(character, 0) + use.times
        return counts
