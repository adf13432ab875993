"""Errors that a user can act on. Each message says where, what and what to do."""


class CrnnError(Exception):
    """Base of every error that this package raises for a user's mistake."""


class ConfigError(CrnnError):
    """A configuration that cannot be used; the message lists every problem found."""


class AlphabetError(CrnnError):
    """A lookup table that cannot be used, or a unit that it does not hold."""


class DataError(CrnnError):
    """A CSV or a data set that cannot be used."""


class LineImageError(CrnnError):
    """An image that cannot be read as a text line."""


class ModelFolderError(CrnnError):
    """A run, `saving/` or `export/` folder that is absent, incomplete or in the way."""


class TrainingError(CrnnError):
    """A training that cannot go on, for instance after an infinite loss."""


class TrackingError(CrnnError):
    """A place where a run should be recorded, and cannot be."""


class SweepError(CrnnError):
    """A sweep that cannot begin or cannot go on."""
