"""Suites written for pytest-benchmark or pytest-codspeed, served without either: our own `benchmark` fixture.

What breaks measurement is switched off: the project's `addopts` and `filterwarnings`, parallel and coverage plugins,
and both benchmark plugins. Partner: `bot/runners/pytest.py`.
"""

import argparse
import functools
import inspect
import os
import re

import pytest
import region

DISTURBERS = (
    "benchmark",
    "codspeed",
    "xdist",
    "xdist.looponfail",
    "pytest_cov",
    "randomly",
    "random_order",
    "timeout",
    "sugar",
    "rerunfailures",
    "flaky",
    "instafail",
    "html",
    "memray",
    "profiling",
    "testmon",
    "flakefinder",
    "repeat",
    "forked",
    "speed",
    "cacheprovider",
    "warnings",
    "xvfb",
    "pretty",
)
OVERRIDES = (
    "addopts=",
    "filterwarnings=",
    "required_plugins=",
    "strict=false",
    "strict_config=false",
    "strict_markers=false",
    "log_cli=false",
    "xfail_strict=false",
    "faulthandler_timeout=0",
)
IMPORT_MODE = re.compile(r"--import-mode[=\s\"',]+(\w+)")
NAMES = ("benchmark", "codspeed_benchmark")
NO_TIMES = {"ops": float("inf"), "rounds": 1, "iterations": 1, "outliers": "0;0"}
MARKS = ("benchmark", "codspeed_benchmark")
_PARAMETER = "get_direct_param_fixture_func"  # what pytest makes of a parameter that no fixture asks for


def arguments(root, paths=(), project="."):
    """The command line of pytest that neutralises what disturbs; a project below the root has a root of its own."""
    listed = ["-q", "--no-header"] + (["--rootdir=" + root] if project == "." else [])
    for name in DISTURBERS:
        listed += ["-p", "no:" + name]
    for option in OVERRIDES:
        listed += ["-o", option]
    places = [os.path.join(root, path) for path in paths]
    return listed + [place for place in places if os.path.exists(place)]


class FakeStats:
    """What `benchmark.stats` is while Perfwright measures: it has no times, so none is ever too long.

    Times and their spread read as zero, rates as without bound: a test's own limits on them hold, and mean nothing.
    """

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return FakeStats() if name == "stats" else self[name]

    def __getitem__(self, name):
        return NO_TIMES.get(name, 0.0)


class FakeCoverage:
    """What a conftest finds that switches pytest-cov off around benchmarks: switched off already."""

    def __init__(self):
        self.options, self.cov_controller = argparse.Namespace(no_cov=True), None


class Fixture:
    """The `benchmark` fixture of both tools."""

    def __init__(self, kind, node):
        self._region, self.name = kind, node.name
        self.group, self.param, self.params = None, None, None
        self.extra_info, self.disabled, self.enabled = {}, False, True
        self.stats = FakeStats()
        self._used, self.undo = False, []

    def _run(self, call, prepare=None):
        if self._used:
            raise RuntimeError("the benchmark fixture can be used once per test")
        self._used = True
        return self._region.run(call, prepare)

    def __call__(self, function, *args, **kwargs):
        return self._run(functools.partial(function, *args, **kwargs) if args or kwargs else function)

    def pedantic(
        self, target, args=(), kwargs=None, setup=None, teardown=None, rounds=1, warmup_rounds=0, iterations=1
    ):
        """As in both tools; how often it is called is ours, but without a setup never more often than they would."""
        if setup is None and teardown is None:
            self._region.warmups = min(self._region.warmups, rounds * iterations + warmup_rounds - 1)
            return self(target, *args, **(kwargs or {}))
        previous = []

        def prepare():
            if teardown is not None and previous:
                teardown(*previous[-1][0], **previous[-1][1])
            answer = setup() if setup is not None else None
            previous.append(answer if answer is not None else (args, kwargs or {}))
            return previous[-1]

        answer = self._run(target, prepare)
        if teardown is not None and previous:
            teardown(*previous[-1][0], **previous[-1][1])
        return answer

    def weave(self, target, **kwargs):
        """Measure what the test calls by itself: the target is wrapped until the test ends."""
        try:
            import aspectlib
        except ImportError:
            raise RuntimeError("benchmark.weave needs aspectlib, which the environment does not hold") from None

        def wrap(function):
            return functools.partial(self, function)

        self.undo.append(aspectlib.weave(target, wrap, **kwargs).rollback)

    patch = weave


class Plugin:
    """Collects as pytest does, then serves instead of running."""

    def __init__(self, serve, root=None):
        self.serve, self.region = serve, None
        self.errors, self.failure = [], None
        self.root, self.prefix = root, ""

    def pytest_configure(self, config):
        for name in MARKS:
            config.addinivalue_line("markers", name + ": measured by Perfwright")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config, args):
        """Work where the configuration lies, and say why a conftest does not load: pytest says it to people alone."""
        if self.root is not None:
            place = str(getattr(early_config, "rootpath", None) or early_config.rootdir)
            os.chdir(place)
            self.prefix = os.path.relpath(place, self.root) + "/"
        _import_mode(early_config, args)
        outcome = yield
        if outcome.excinfo is not None:
            self.errors.append({"path": "", "message": str(outcome.excinfo[1])[:500]})

    def pytest_addhooks(self, pluginmanager):
        pluginmanager.add_hookspecs(Hooks)
        pluginmanager.register(FakeCoverage(), "_cov")

    @pytest.fixture
    def benchmark(self, request):
        """The fixture of pytest-benchmark."""
        yield from self._fixture(request)

    @pytest.fixture
    def codspeed_benchmark(self, request):
        """The fixture of pytest-codspeed."""
        yield from self._fixture(request)

    def _fixture(self, request):
        made = Fixture(self.region or region.Once(), request.node)
        yield made
        for undo in reversed(made.undo):
            undo()

    def identity(self, nodeid):
        """The name of a test from the root of the repository, whichever directory pytest goes by."""
        path, separator, rest = nodeid.partition("::")
        return (os.path.normpath(self.prefix + path) if self.prefix else path) + separator + rest

    def pytest_collectreport(self, report):
        if report.failed:
            self.errors.append({"path": self.identity(report.nodeid), "message": _wrong(report.longrepr)[:500]})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        if self.serve is None:
            return None
        found = {}
        for item in session.items:
            if self.is_benchmark(item):
                found[self.identity(item.nodeid)] = functools.partial(self._measure, item)
        self.serve(found, self.errors)
        return True

    def is_benchmark(self, item):
        """Whether a test is to be served."""
        return has_fixture(item) or has_mark(item)

    def is_whole(self, item):
        """Whether all of the test is what is measured, and not what it hands to the fixture."""
        return not has_fixture(item) and has_mark(item)

    def _measure(self, item, kind):
        self.region, self.failure = kind, None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if self.failure is not None:
            raise self.failure

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        function = pyfuncitem.obj
        if self.region is None or not self.is_whole(pyfuncitem) or _is_coroutine(function):
            return None
        if _own_fixtures(pyfuncitem):
            self.region.run(function, functools.partial(_fresh, pyfuncitem, []))
            return True
        wanted = _arguments_of(pyfuncitem)
        self.region.run(functools.partial(function, **wanted) if wanted else function)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item):
        """Coroutines and unittest's test cases are run by others: all that these do is what is measured."""
        others = _is_coroutine(getattr(item, "obj", None)) or type(item).__name__ == "TestCaseFunction"
        if self.region is not None and others and self.is_whole(item):
            original = item.runtest
            item.runtest = lambda: self.region.run(functools.partial(_run_again, item, original))

    def pytest_runtest_logreport(self, report):
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            lines = (crash.message if crash is not None else _wrong(report.longrepr)).strip().splitlines()
            place = " (%s:%s)" % (os.path.basename(crash.path), crash.lineno) if crash is not None else ""
            self.failure = self.failure or Failed((lines or ["failed"])[0], place)
        elif report.skipped:
            reason = report.longrepr[2].replace("Skipped: ", "", 1) if isinstance(report.longrepr, tuple) else "skipped"
            self.failure = self.failure or region.Skipped(reason)


def _wrong(shown):
    """The line that says what is wrong, of what pytest shows where it has no exception of a test to show."""
    lines = [line for line in str(shown).splitlines() if line.strip()]
    wrong = [line[1:].strip() for line in lines if line.startswith("E ")]
    return wrong[-1] if wrong else (lines[-1] if lines else "no reason is given")


class Failed(Exception):
    """The benchmark's own test failed; `place` is where, for people."""

    def __init__(self, message, place):
        super().__init__(message)
        self.place = place


class Hooks:
    """pytest-benchmark's hooks, so that a conftest that implements them is accepted without the plugin."""

    def pytest_benchmark_scale_unit(self, config, unit, benchmarks, best, worst, sort): ...

    def pytest_benchmark_generate_machine_info(self, config): ...

    def pytest_benchmark_update_machine_info(self, config, machine_info): ...

    def pytest_benchmark_generate_commit_info(self, config): ...

    def pytest_benchmark_update_commit_info(self, config, commit_info): ...

    def pytest_benchmark_group_stats(self, config, benchmarks, group_by): ...

    def pytest_benchmark_generate_json(self, config, benchmarks, include_data, machine_info, commit_info): ...

    def pytest_benchmark_update_json(self, config, benchmarks, output_json): ...

    def pytest_benchmark_compare_machine_info(self, config, benchmarksession, machine_info, compared_benchmark): ...


for _name in [name for name in vars(Hooks) if name.startswith("pytest_")]:
    pytest.hookspec(firstresult=True)(getattr(Hooks, _name))


def _import_mode(early_config, args):
    """Keep the one option of `addopts` that says which files can be imported."""
    path = getattr(early_config, "inipath", None)
    if path is None or any(argument.startswith("--import-mode") for argument in args):
        return
    with open(str(path), encoding="utf-8", errors="replace") as settings:
        found = IMPORT_MODE.search(settings.read())
    if found:
        args.insert(0, "--import-mode=" + found.group(1))
        early_config.known_args_namespace.importmode = found.group(1)


def has_fixture(item):
    """Whether the test asks for a benchmark fixture, itself or through another fixture."""
    return any(name in NAMES for name in getattr(item, "fixturenames", ()))


def has_mark(item):
    """Whether the whole test is marked as a benchmark."""
    return any(item.get_closest_marker(name) is not None for name in MARKS)


def _arguments_of(item):
    return {name: item.funcargs[name] for name in item._fixtureinfo.argnames}


def _own_fixtures(item):
    """The fixtures that pytest makes for this test alone, but for parameters, which are given as such."""
    found = [definitions[-1] for definitions in item._fixtureinfo.name2fixturedefs.values()]
    return [one for one in found if one.scope == "function" and getattr(one.func, "__name__", "") != _PARAMETER]


def _fresh(item, earlier):
    """The arguments of one more call: a parser that is done, or an iterator, has nothing left for a second one."""
    notes = getattr(getattr(item, "stash", None), "_storage", {})
    if earlier:
        for one in reversed(_own_fixtures(item)):
            one.finish(item._request)
        for key, value in earlier[0].items():  # tmp_path takes away how the test went when it is done, and it is not
            notes.setdefault(key, value)
        item._initrequest()
        item._request._fillfixtures()
    else:
        earlier.append(dict(notes))
    return (), _arguments_of(item)


def _run_again(item, runtest):
    """Run a test as often as wanted: unittest's asynchronous cases keep the loop that they have closed."""
    case = getattr(item, "_instance", None) or getattr(item, "_testcase", None)
    if getattr(case, "_asyncioRunner", None) is not None:
        case._asyncioRunner = None
    runtest()


def _is_coroutine(function):
    return inspect.iscoroutinefunction(function)


def load(spec, serve, kind=Plugin):
    """Collect the suite and serve it; pytest's own exit status says nothing to us."""
    served = []

    def once(found, errors):
        served.append(True)
        serve(found, errors)

    root, project = spec["root"], spec["options"].get("project", ".")
    os.chdir(os.path.join(root, project))
    plugin = kind(once, None if project == "." else root)
    pytest.main(arguments(root, spec["paths"], project), plugins=[plugin])
    if not served:
        stopped = "pytest stopped before it had collected the benchmarks"
        serve({}, plugin.errors or [{"path": "" if project == "." else project, "message": stopped}])
