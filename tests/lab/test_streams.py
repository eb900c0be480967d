"""Random streams: independent by name, and no name in two places."""

import ast
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import lrdecay
from lrdecay.lab.streams import stream

PACKAGE = Path(lrdecay.__file__).parent
OURS = [p for room in ("lab", "heuristics") for p in sorted(PACKAGE.joinpath(room).rglob("*.py"))]


def called(path):
    """Return the calls in a module: the last part of what is called, and its arguments."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).split(".")[-1], node.args


def names():
    """Return every name of a stream, and the module that draws from it."""
    return [
        (ast.literal_eval(arguments[0]), path)
        for path in OURS
        for function, arguments in called(path)
        if function == "stream"
    ]


def test_no_name_is_used_twice_and_each_begins_with_its_world_or_rule():
    found = names()
    assert len(found) >= 15
    assert [name for name, times in Counter(name for name, _ in found).items() if times > 1] == []
    worlds = {}
    for name, path in found:
        world, _, what = name.partition(".")
        assert what
        assert worlds.setdefault(world, path.parent) == path.parent
        if path.is_relative_to(PACKAGE / "lab"):
            assert world in path.relative_to(PACKAGE / "lab").with_suffix("").parts, name


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_makes_a_generator_itself(path):
    makers = {"default_rng", "SeedSequence", "Generator", "PCG64", "RandomState", "Random"}
    allowed = {
        "streams.py": {"default_rng", "SeedSequence"},
        "points.py": {"RandomState"},  # scikit-learn's, for its bits
        "net.py": {"Random"},  # micrograd's, likewise
    }.get(path.name, set())
    assert {function for function, _ in called(path)} & makers <= allowed


def test_a_stream_depends_on_its_name_and_seed_alone():
    draws = {(name, seed): stream(name, seed).random() for name in "ab" for seed in (0, 1, 2**200)}
    assert len(set(draws.values())) == 6
    assert draws["a", 1] == stream("a", 1).random() == stream("a", np.int64(1)).random()
    # Written down: other numbers here are other numbers in every rule.
    assert stream("well.noise", 0).integers(10**6, size=3).tolist() == GOLDEN


GOLDEN = [873871, 449783, 950887]


def test_a_stream_is_that_of_no_plain_seed():
    plain = np.random.default_rng(0).random(1000)
    named = stream("a", 0).random(1000)
    assert abs(np.corrcoef(plain, named)[0, 1]) < 0.2
    for entropy in ([0, 0], [0, 4], [4]):
        assert np.random.default_rng(entropy).random() != named[0]
