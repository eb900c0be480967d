"""A schedule as a JavaScript module: run in the engines that are there, and compared with Python.

Where only operations are made that IEEE 754 rounds correctly, the values are the same to the bit.
Each engine has its own cosine, powers and logarithm.
"""

import json
import math
import re
import shutil
import subprocess
from operator import neg

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdecay
from lrdecay import Clip, Constant, Cosine, CosineRestarts, Linear, Schedule
from lrdecay.dialects import torch
from lrdecay.dialects.shared import CosineWave
from lrdecay.dialects.torch.onecycle import OneCycleRun
from lrdecay.export import source
from tests import strategies as my
from tests.chromium import chromium
from tests.makers import SCHEDULES
from tests.oracle import scale

# Imports each module and calls what it exports, with a step or with all arguments; gives text, for
# no JSON has NaN.
BATCH = """
async (batch) => {
  const found = [];
  for (const [code, steps] of batch) {
    const module = await import("data:text/javascript," + encodeURIComponent(code));
    found.push(steps.map((step) => String(module.schedule(...[].concat(step)))));
  }
  return found;
}
"""
READ = f"""
({BATCH})(JSON.parse(require("fs").readFileSync(0))).then((x) => console.log(JSON.stringify(x)))
"""
ENGINES = [pytest.param("chromium", marks=pytest.mark.browser), "node"]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    """What returns, for each module and its steps, the text of the values."""
    if request.param == "chromium":
        with chromium() as browser:
            page = browser.new_page()
            yield lambda batch: page.evaluate(BATCH, batch)
        return
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH; the browser decides")

    def run(batch):
        done = subprocess.run(
            [node, "-e", READ],
            input=json.dumps(batch),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    yield run


# What IEEE 754 leaves to the library.
ROUNDED = re.compile(r"\*\*|Math\.(cos|sin|exp|expm1|log|tanh)\(")


def compare(engine, cases):
    """Compare the rates of schedules at their steps with Python's."""
    codes = [source(schedule, "javascript") for schedule, _ in cases]
    steps = [steps for _, steps in cases]
    found = engine(list(zip(codes, steps, strict=True)))
    for (schedule, at), code, texts in zip(cases, codes, found, strict=True):
        got, want = np.array(texts, float), np.array([schedule(k) for k in at])
        if ROUNDED.search(code):
            # Of 1 + cos, where it is nearly 0, what counts is how large the terms are.
            slack = 2.0**-50 * max(scale(schedule), *want)
            np.testing.assert_allclose(got, want, rtol=2.0**-44, atol=slack, err_msg=repr(schedule))
        else:
            assert got.tolist() == want.tolist(), schedule


NEAR = [*range(40), -1, -5, -0.5, 0.5, 7.25, 11.875, 1000, 10**6]
FAR = [2**31 - 1, 2**31, 2**31 + 1, 2**32 + 5, 2**40 + 1, 2**53 - 1, 2**53]


def test_every_maker_over_a_run_and_far_past_its_end(engine):
    compare(engine, [(schedule, NEAR + FAR) for schedule in SCHEDULES.values()])


BIG = 3_000_000_000
EDGES = [m * BIG + d for m in (0, 1, 2, 3, 7, 1000) for d in (-1, 0, 1)]
LONG = (
    Linear(1.0, BIG, 0.1),
    Linear(1.0, BIG).stretch(BIG),
    Linear(1.0, BIG).repeat(BIG),
    Linear(1.0, 2**53).reverse(2**53),
    Cosine(1.0, BIG).hold(7),
    CosineRestarts(1.0, BIG, 2, 0.1),
    CosineRestarts(1.0, BIG, gamma=0.5, cycles=3),
    CosineWave(1.0, BIG, 0.1),
    lrdecay.Polynomial(1.0, BIG, 2.0, cycle=True),
    lrdecay.Step(1.0, BIG, 0.5),
    lrdecay.MultiStep(1.0, [BIG, 2 * BIG], 0.5),
    lrdecay.Piecewise([BIG, 2 * BIG], [1.0, 0.5, 0.1], "linear"),
    lrdecay.Cyclic(1.0, 0.1, BIG, 2 * BIG, cycle_gamma=0.5),
    lrdecay.OneCycle(1.0, BIG, BIG // 3),
    lrdecay.Warmup(Cosine(1.0, BIG), BIG, first="zero", shape="cosine"),
)


def test_edges_beyond_32_bits_are_at_their_step(engine):
    compare(engine, [(schedule, EDGES) for schedule in LONG])


def test_drawn_schedules(engine):
    cases = []

    @given(st.one_of(my.SCHEDULES, my.COMPOSED), st.lists(my.ANY_STEP, min_size=1, max_size=20))
    @settings(max_examples=100)
    def draw(schedule, steps):
        cases.append((schedule, steps))

    draw()
    compare(engine, cases)


def test_numbers_that_a_page_moves(engine):
    given = {"base_lr": 0.2, "total_steps": 700, "warmup_steps": 50, "final_lr": 0.01}
    schedule = lrdecay.Warmup(Cosine(0.3, 900), 100)
    code = source(schedule, "javascript", list(given))
    others = [given | {"warmup_steps": 0}, given, {"base_lr": 0.2}, {}]
    moved = [
        Cosine(0.2, 700, 0.01),
        lrdecay.Warmup(Cosine(0.2, 700, 0.01), 50),
        lrdecay.Warmup(Cosine(0.2, 900), 100),
        schedule,
    ]
    found = engine([(code, [[k, options] for k in NEAR]) for options in others])
    for texts, one in zip(found, moved, strict=True):
        np.testing.assert_allclose(np.array(texts, float), [one(k) for k in NEAR], rtol=2.0**-44)


class Divided(Schedule):
    """The quotient and the remainder of numbers of every sign, which no family needs."""

    def _lr(self, k, xp):  # noqa: ARG002 - as it is called
        x = (k - 50) * 0.1
        ways = (x // 0.3, x % 0.3, x // -0.7, x % -0.7, (k - 50) // 7, (k - 50) % -7, -(-k // 7))
        return 1000 + sum(2 ** (i / 2) * way for i, way in enumerate(ways))


def test_division_rounded_down_is_pythons(engine):
    code = source(Divided(), "javascript")
    steps = [*range(200), *(k + 0.5 for k in range(100)), 10**9 + 7, 2**52 + 1]
    (found,) = engine([(code, steps)])
    assert [float(text) for text in found] == [Divided()(k) for k in steps]


def nested(depth):
    schedule = Cosine(0.7, 300)
    for i in range(depth):
        schedule = schedule.then(Constant(0.1 + i / 1000), 1000 - i).scale(0.99) + Constant(1e-3)
    return schedule


def test_what_is_deep_and_what_functions_compute(engine):
    """A value that every branch assigns, long chains of conditions, and functions of the user's."""
    shapes = (lambda p: 1 - p**2, lambda p: (-p + 1) ** (2 - p), lambda p: 1 - (p >= 0.5) * p)
    factors = (
        lambda k: 0.95 ** (k // 3) - (-(k % 4) / -100),
        lambda k: 0.1 ** sum(k >= m for m in (3, 6)),
        lambda k: 2.0 ** (-((k + 1) ** 0.5)) ** 2,
    )
    cases = [
        nested(24),
        *(lrdecay.WSD(1.0, 30, 20, shape=shape) for shape in shapes),
        *(torch.LambdaLR(0.1, factor) for factor in factors),
    ]
    compare(engine, [(schedule, [*range(40), 299.5, 980, 999, 1000]) for schedule in cases])


REFUSED = """
const STEPS = [NaN, Infinity, -Infinity, "3", null, undefined, 10n, Symbol("k"), [1], {}, true];

export function schedule(i) {
  try {
    return inner(STEPS[i]);
  } catch (error) {
    return String(error);
  }
}
"""


def test_what_is_no_finite_number_is_refused_in_a_sentence(engine):
    words = "step must be a finite number, got"
    want = [f"RangeError: {words} {step}" for step in ("NaN", "Infinity", "-Infinity")]
    others = ("3", "null", "undefined", "10", "Symbol(k)", "1", "[object Object]", "true")
    want += [f"TypeError: {words} {step}" for step in others]
    codes = [source(schedule, "javascript") for schedule in (Linear(1.0, 3), Constant(1.0))]
    inner = [code.replace("export function schedule(", "function inner(") for code in codes]
    steps = list(range(len(want)))
    for found in engine([(code + REFUSED, steps) for code in inner]):
        assert found == want


class InTable(Schedule):
    """A schedule that looks up what is infinite."""

    def _lr(self, k, xp):
        return xp.item((1.0, math.inf), xp.bisect((2,), k))


INFINITE = (
    (Constant(1e308).scale(10), 0, math.inf),
    (Linear(1e308, 9) + Constant(1e308).scale(10), 3, math.inf),
    (InTable(), 2, math.inf),
    (Clip(Constant(1e308).scale(10), 0.0, 5.0), 0, 5.0),
    (OneCycleRun(0.3, 3, 0.1, 0.0), 9, math.nan),
)


def test_a_rate_that_is_none_is_infinite_or_nan(engine):
    found = engine([(source(schedule, "javascript"), [k]) for schedule, k, _ in INFINITE])
    np.testing.assert_array_equal([float(x) for (x,) in found], [want for *_, want in INFINITE])


def test_the_module_reads_like_code():
    schedule = lrdecay.warmup_cosine(1e-3, 100, 10, 1e-5)
    assert source(schedule, "javascript").splitlines() == [
        f"// {schedule!r}",
        "",
        "export function schedule(step) {",
        "  if (!Number.isFinite(step)) {",
        '    const Refused = typeof step === "number" ? RangeError : TypeError;',
        "    throw new Refused(`step must be a finite number, got ${String(step)}`);",
        "  }",
        "  const k = Math.max(step, 0);",
        "  if (k < 10) {",
        "    return 0.001 * ((k + 1) / 11);",
        "  }",
        "  const t1 = (k - 10) / 90;",
        "  const t2 = 0.5 * (1 + Math.cos(3.141592653589793 * (t1 < 1 ? t1 : 1)));",
        "  return 1e-5 * (1 - t2) + 0.001 * t2;",
        "}",
    ]


@pytest.mark.parametrize("schedule", my.EXAMPLES, ids=repr)
def test_it_needs_nothing_and_says_what_it_is(schedule):
    code = source(schedule, "javascript")
    first, *rest = code.splitlines()
    assert first == f"// {schedule!r}"
    assert not re.search(r"import|lrdecay|[|^~]|<<|>>", "\n".join(rest))
    assert code.count("export ") == 1
    assert code.endswith("}\n")


class Written(Schedule):
    """Operators inside one another, in every order that needs parentheses or does without."""

    def _lr(self, k, xp):  # noqa: ARG002 - as it is called
        product = (k - (1.0 - k)) * (-k) / (2.0 / (k * 3.0))
        return product + (-k) ** 2.0 ** -(k + 1) - neg(-k) * (2.0**k) ** 3.0


def test_no_more_parentheses_than_javascript_needs():
    *_, last, _ = source(Written(), "javascript").splitlines()
    assert last.strip() == (
        "return (k - (1 - k)) * -k / (2 / (k * 3)) + (-k) ** 2 ** -(k + 1) - -(-k) * (2 ** k) ** 3;"
    )
