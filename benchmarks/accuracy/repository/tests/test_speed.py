"""The work as pytest-benchmark and pytest-codspeed run it."""

import importlib
import pkgutil

import pytest
import work


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(work.__path__) if not module.name.startswith("extra_")]
)
def test_speed(benchmark, name):
    benchmark(importlib.import_module("work." + name).run)
