"""Run every measurement, or those named: ``python -m tests.bench chat nlu``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench
from tests.bench.figures import machine


def main() -> None:
    names = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    benches = [name.removeprefix("bench_") for name in names if name.startswith("bench_")]
    wanted = sys.argv[1:] or benches
    unknown = sorted(set(wanted) - set(benches))
    if unknown:
        sys.exit(f"There is no measurement {unknown[0]!r}; there are: {', '.join(benches)}.")
    machine()
    for name in wanted:
        importlib.import_module(f"tests.bench.bench_{name}").main()


if __name__ == "__main__":
    main()
