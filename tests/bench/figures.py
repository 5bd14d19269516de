"""How a figure is printed: one JSON line with its name, value, unit and what it was measured under."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def figure(name: str, value: float, unit: str, **conditions: Any) -> None:
    """Print a figure."""
    print(json.dumps({"figure": name, "value": round(value, 3), "unit": unit, **conditions}), flush=True)


def machine() -> None:
    """Print what the figures that follow were measured on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    line = {
        "machine": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }
    print(json.dumps(line), flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children in MB (10^6 bytes)."""
    pids = [pid]
    for child in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(child.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid:
            pids.append(int(child.parent.name))
    total = 0
    for each in pids:
        for line in _lines(f"/proc/{each}/status"):
            if line.startswith("VmRSS"):
                total += int(line.split()[1]) * 1024
    return total / 1e6


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
