"""Sweeps: one training for each of many combinations of parameters; the extra `sweep`."""

from tf_crnn.errors import SweepError

try:
    import optuna  # noqa: F401 - asked for once, for all modules here
except ModuleNotFoundError as error:
    raise SweepError("tf-crnn sweep needs Optuna: pip install 'tf_crnn[sweep]'") from error
