"""What Linux tells of the processes of a session, with nothing but the standard library."""

import os
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


def busy_processors(stat: str) -> tuple[int, int]:
    """Ticks that processors worked, and all ticks, of the text of /proc/stat."""
    ticks = [int(field) for field in stat.splitlines()[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


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
