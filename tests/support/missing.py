"""What a test needs and does not find."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(skipped: str, failed: str) -> NoReturn:
    """Skip the test with the one message on a user's machine, fail with the other in CI."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(failed)
    pytest.skip(skipped)
