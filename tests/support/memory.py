"""Peak memory of a process that a test starts."""

import re
import resource
from pathlib import Path


def peak_memory_mb() -> int:
    """The most memory that this process has had since its program began.

    `ru_maxrss` alone would count what the process that started it had before.
    """
    status = Path("/proc/self/status")
    if status.exists() and (peak := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(peak[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
