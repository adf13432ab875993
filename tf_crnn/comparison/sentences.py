"""What a comparison shows, in plain sentences."""

import math
from collections.abc import Sequence

from tf_crnn.comparison.rates import Change, Evidence, Pair
from tf_crnn.comparison.result import Common, ComparedRun

# With fewer, how documents differ among themselves is hardly known.
FEW_DOCUMENTS = 10
SIGNIFICANT = 0.05
_SMALLEST_P = 0.001


def say(runs: Sequence[ComparedRun], pairs: Sequence[Pair], common: Common) -> list[str]:
    """Sentences on a comparison, the most important first."""
    by_documents = (common.n_documents or 0) >= FEW_DOCUMENTS
    headline = (
        _of_two(runs, pairs[0], common, by_documents)
        if len(pairs) == 1
        else _of_several(runs, pairs, common, by_documents)
    )
    return [*headline, *_of_lines(runs, common), *_of_documents(common, by_documents)]


def judged(change: Change, by_documents: bool) -> Evidence:
    """The evidence that a sentence goes by."""
    return change.by_document if by_documents and change.by_document else change.by_line


def is_more_than_chance(p: float) -> bool:
    """Whether a p-value counts as more than chance; one that is not known does not."""
    return p <= SIGNIFICANT


def p_text(p: float) -> str:
    """A p-value for people, as `p = 0.02`."""
    if math.isnan(p):
        return "p not known"
    if p < _SMALLEST_P:
        return f"p < {_SMALLEST_P}"
    # 0.05 would not say on which side of it p is.
    digits = 3 if p < 0.01 or f"{p:.2f}" == f"{SIGNIFICANT}" else 2
    return f"p = {p:.{digits}f}"


def percents(values: Sequence[float]) -> list[str]:
    """Fractions in percent, with as many digits as it takes to tell them apart."""
    texts: list[str] = []
    for digits in (1, 2, 3):
        texts = [f"{100 * value:.{digits}f} %" for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def sentence_case(text: str) -> str:
    """A sentence that may begin with the name of a run."""
    return f"R{text[1:]}" if text.startswith("run ") else text


def _of_two(
    runs: Sequence[ComparedRun], pair: Pair, common: Common, by_documents: bool
) -> list[str]:
    first, second = runs[pair.first], runs[pair.second]
    lines = _counted(common.n_lines, "line")
    better, worse = (second, first) if pair.cer.value < 0 else (first, second)
    low, high = percents([_cer(better), _cer(worse)])
    if not pair.cer.value:
        names = f"{first.name} and {second.name}"
        return [sentence_case(f"{names} make equally many errors: CER {low} on the same {lines}.")]
    p = judged(pair.cer, by_documents).p
    if is_more_than_chance(p):
        verb, end = "reads better than", f"the difference is more than chance ({p_text(p)})"
    elif math.isnan(p):
        verb, end = "makes fewer errors than", "too little to say whether this is chance"
    else:
        verb, end = "makes fewer errors than", f"the difference may be chance ({p_text(p)})"
    return [
        sentence_case(
            f"{better.name} {verb} {worse.name}: CER {low} instead of {high} on the same {lines}; "
            f"{end}."
        )
    ]


def _of_several(
    runs: Sequence[ComparedRun], pairs: Sequence[Pair], common: Common, by_documents: bool
) -> list[str]:
    evaluated = [place for place, run in enumerate(runs) if run.rates]
    best = min(evaluated, key=lambda place: _cer(runs[place]))
    lowest = percents([_cer(runs[place]) for place in evaluated])[evaluated.index(best)]
    equal = [p for p in evaluated if p != best and _cer(runs[p]) == _cer(runs[best])]
    p_values = {
        pair.second if pair.first == best else pair.first: judged(pair.cer, by_documents).p_adjusted
        for pair in pairs
        if best in (pair.first, pair.second)
    }
    clear = [place for place in evaluated if is_more_than_chance(p_values.get(place, 1.0))]
    open_ = [p for p in evaluated if p != best and p not in clear and p not in equal]
    verb = "reads best" if clear else "makes the fewest errors"
    said = [
        f"Of {len(evaluated)} runs, {runs[best].name} {verb}: CER {lowest} on the same "
        f"{_counted(common.n_lines, 'line')}."
    ]
    corrected = f"corrected for {len(pairs)} comparisons"
    if clear:
        highest = max(p_values[place] for place in clear)
        said.append(
            f"It is better than {_listed(runs, clear)} by more than chance "
            f"({p_text(highest).replace('=', '≤')}, {corrected})."
        )
    if len(equal) == len(evaluated) - 1:
        lines = _counted(common.n_lines, "line")
        return [
            f"All {len(evaluated)} runs make equally many errors: CER {lowest} on the same {lines}."
        ]
    if equal:
        said.append(f"Equally many errors: {_listed(runs, equal)}.")
    if open_:
        lowest_p = min(p_values[place] for place in open_)
        known = f" ({p_text(lowest_p).replace('=', '≥')}{'' if clear else f', {corrected}'})"
        said.append(f"Its lead over {_listed(runs, open_)} may be chance{known}.")
    return said


def _of_lines(runs: Sequence[ComparedRun], common: Common) -> list[str]:
    said = []
    if not common.is_all:
        have = "; ".join(_by_number_of_lines(runs))
        compared = f"the {_counted(common.n_lines, 'line')} that all of them read"
        said.append(
            f"The runs were not evaluated on the same lines ({have}); only {compared} "
            f"{'is' if common.n_lines == 1 else 'are'} compared."
        )
    if common.n_changed_truths:
        pictures = _counted(common.n_changed_truths, "picture")
        said.append(f"Left out because the runs do not have the same truth for it: {pictures}.")
    without = [f"{run.name} ({run.status})" for run in runs if run.n_lines is None]
    if without:
        said.append(
            f"Without readings: {_and(without)}. Of {'it' if len(without) == 1 else 'these'}, only "
            "the configuration and the curves are shown."
        )
    return said


def _by_number_of_lines(runs: Sequence[ComparedRun]) -> list[str]:
    named: dict[int, list[str]] = {}
    for run in runs:
        if run.n_lines is not None:
            named.setdefault(run.n_lines, []).append(run.name)
    return [f"{_counted(n_lines, 'line')}: {', '.join(names)}" for n_lines, names in named.items()]


def _of_documents(common: Common, by_documents: bool) -> list[str]:
    if common.n_documents is None:
        return []
    counted = _counted(common.n_documents, "document")
    if by_documents:
        return [f"The lines come from {counted}; chance is judged by whole documents."]
    return [
        f"The lines come from {counted} only; chance is judged by single lines, which is too sure "
        "where lines of a document are alike."
    ]


def _cer(run: ComparedRun) -> float:
    return run.rates.cer.value if run.rates else math.nan


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _listed(runs: Sequence[ComparedRun], places: Sequence[int]) -> str:
    return _and([runs[place].name for place in places])


def _and(names: Sequence[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
