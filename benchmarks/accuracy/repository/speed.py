"""The work as pyperf runs it."""

import importlib
import pkgutil

import pyperf
import work

runner = pyperf.Runner()
for module in pkgutil.iter_modules(work.__path__):
    if not module.name.startswith("extra_"):
        runner.bench_func(module.name, importlib.import_module("work." + module.name).run)
