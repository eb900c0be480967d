"""What each peer gave, as its conformance test wrote it down, and the same made by its dialect."""

import json

import lrdecay
from lrdecay import dialects
from tests.paths import DATA
from tests.torch_cases import named

GOLDEN = {
    path.stem: json.loads(path.read_text("utf-8"))["cases"]
    for path in sorted((DATA / "golden").glob("*.json"))
}
SCHEDULES = ("schedules", "scheds", "schedulers")  # arguments that hold a name and arguments each


def made(peer, name, kwargs):
    """Make a schedule or rule from arguments as JSON holds them."""
    given = {key: named(value) for key, value in kwargs.items() if key != "metrics"}
    for key in given.keys() & SCHEDULES:
        given[key] = [made(peer, *inner) for inner in given[key]]
    if "boundaries_and_scales" in given:
        given["boundaries_and_scales"] = dict(given["boundaries_and_scales"])
    return getattr(getattr(dialects, peer), name)(**given)


def rates(schedule, case):
    """Return the rates of a case: all at once and one by one, or those of a rule as it goes."""
    steps = range(len(case["lr"]))
    if isinstance(schedule, lrdecay.Fold):
        return [schedule.history(case["kwargs"]["metrics"])]
    return [schedule.sample(len(steps)), [schedule(k) for k in steps]]
