"""What Linux tells of the processes of a session, with nothing but the standard library."""

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def session_pids(session: int) -> list[int]:
    """Processes of a session."""
    return [pid for pid, fields in _processes() if int(fields[3]) == session]


def session_seconds(session: int) -> float:
    """Processor time of a session's processes, and of those they have waited for."""
    ticks = sum(
        sum(map(int, fields[11:15])) for _, fields in _processes() if int(fields[3]) == session
    )
    return ticks / _TICKS


def session_mb(session: int) -> float:
    """Memory of a session's processes; what they share counts once."""
    return sum(map(_proportional_kb, session_pids(session))) / 1024


def busy_shares(seconds: float) -> dict[int, float]:
    """What share of the next seconds each processor works, for whatever the machine does."""
    before = _ticks()
    time.sleep(seconds)
    after = _ticks()
    return {
        processor: (after[processor][0] - busy) / max(1, after[processor][1] - ticks)
        for processor, (busy, ticks) in before.items()
    }


def _ticks() -> dict[int, tuple[int, int]]:
    """Ticks that each processor worked, and all of its ticks (proc(5), /proc/stat)."""
    found = {}
    for row in Path("/proc/stat").read_text().splitlines():
        name, *fields = row.split()
        if name.startswith("cpu") and name != "cpu":
            ticks = [int(field) for field in fields[:8]]
            found[int(name[3:])] = sum(ticks) - ticks[3] - ticks[4], sum(ticks)
    return found


def _proportional_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended
    return sum(int(row.split()[1]) for row in text.splitlines() if row.startswith("Pss:"))


def _processes() -> list[tuple[int, list[str]]]:
    """Number and fields, from the state on, of each process (proc(5), /proc/PID/stat)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text()
        except OSError:
            continue  # it has ended
        found.append((int(path.parent.name), stat.rpartition(")")[2].split()))
    return found
