"""The journey: CSVs in, findings out."""

import time

from tf_crnn.doctor.checks import run_checks
from tf_crnn.doctor.distributions import find_distributions
from tf_crnn.doctor.examination import Examination
from tf_crnn.doctor.reading import OnProgress, read_lines
from tf_crnn.doctor.setting import Setting
from tf_crnn.doctor.survey import Survey


def examine(setting: Setting, jobs: int = 1, on_progress: OnProgress | None = None) -> Examination:
    """Look a data set over.

    Args:
        setting: CSVs and requirements.
        jobs: processes that read.
        on_progress: called while lines are read.

    Raises:
        DataError: a CSV cannot be read.
    """
    began = time.perf_counter()
    survey = Survey(setting, read_lines(setting, jobs, on_progress))
    findings = run_checks(survey)
    distributions = find_distributions(survey)
    return Examination(survey, findings, distributions, time.perf_counter() - began)
