"""How lines are decoded: the values that a search needs, from wherever they come."""

from dataclasses import dataclass

from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.tables import WordTables


@dataclass(frozen=True)
class DecodingSettings:
    """What a decoding is made from.

    Attributes:
        decoding: `greedy`, `beam`, or `auto`, see `name`.
        n_readings: wanted of each line.
        beam_width: prefixes kept at each time step.
        beam_threshold: nats behind the best at which prefixes are dropped.
        language_model: n-grams of units, if there are some.
        language_model_weight: of their natural log probability.
        length_bonus: nats for each unit.
        words: of a lexicon, if there is one.
        lexicon_penalty: nats for each word that it lacks.
        n_copies: changed copies of each line that are read beside it.
    """

    decoding: str = "auto"
    n_readings: int = 1
    beam_width: int = 100
    beam_threshold: float = 6.0
    language_model: LanguageModel | None = None
    language_model_weight: float = 0.0
    length_bonus: float = 0.0
    words: WordTables | None = None
    lexicon_penalty: float = 0.0
    n_copies: int = 0

    @property
    def name(self) -> str:
        """Of the decoding: what `auto` means here."""
        if self.decoding != "auto":
            return self.decoding
        weights = self.weights
        is_more = self.n_readings > 1 or self.n_copies > 0 or any(weights)
        return "beam" if is_more else "greedy"

    @property
    def weights(self) -> tuple[float, float, float]:
        """Of language model, length and lexicon; 0 where there is none."""
        return (
            float(self.language_model_weight) if self.language_model else 0.0,
            float(self.length_bonus),
            float(self.lexicon_penalty) if self.words else 0.0,
        )
