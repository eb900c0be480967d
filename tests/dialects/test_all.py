"""What holds of every dialect: what it lists, what it says, and what its results print as."""

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay
from lrdecay import dialects
from lrdecay.export import from_json
from tests.drawn import MAKERS, made
from tests.makers import SCHEDULES
from tests.paths import DATA, ROOT

HOMES = [lrdecay, *(getattr(dialects, name) for name in ("shared", "plateaus", *dialects.PEERS))]
# Of a scheduler that sets more than the rate, what else it sets; and the updates of a trainer.
BESIDE = ("_momentum", "train_updates")
FORMAT_1 = json.loads((DATA / "format-1.json").read_text("utf-8"))


def classes():
    """Yield the public classes by name, as one may import them."""
    for home in HOMES:
        for name in home.__all__:
            if inspect.isclass(getattr(home, name)):
                yield name, getattr(home, name)


NAMES = dict(classes())


def test_a_name_is_that_of_one_class_and_none_is_private():
    assert all(NAMES[name] is found for name, found in classes())
    for kind in (lrdecay.Schedule, lrdecay.Fold):
        below = list(kind.__subclasses__())
        for one in below:
            below += one.__subclasses__()
            ours = one.__module__.startswith("lrdecay.dialects")
            assert not ours or inspect.isabstract(one) or NAMES[one.__name__] is one


@pytest.mark.parametrize("peer", dialects.PEERS)
def test_every_function_says_how_it_compares(peer):
    module = getattr(dialects, peer)
    functions = {name for name in module.__all__ if inspect.isfunction(getattr(module, name))}
    assert all(name.endswith(BESIDE) for name in functions - set(module.SCHEDULERS))
    assert peer in SCHEDULES  # what other tests take one of each kind from


@pytest.mark.parametrize("peer", dialects.PEERS)
def test_every_peer_has_a_page_that_says_first_what_differs(peer):
    page = f"reference/api/dialects/{peer}.md"
    text = (ROOT / "docs" / page).read_text("utf-8")
    assert text.index("## Beside ") < text.index(f"::: lrdecay.dialects.{peer}\n")
    assert f"- {page}\n" in (ROOT / "mkdocs.yml").read_text("utf-8")
    assert f"](api/dialects/{peer}.md)" in (ROOT / "docs/reference/dialects.md").read_text("utf-8")


@given(st.sampled_from(sorted(MAKERS)).flatmap(lambda name: made(MAKERS[name])))
def test_a_schedule_prints_as_what_one_can_import(schedule):
    assert "._" not in repr(schedule)
    if "<function" not in repr(schedule) and "function=" not in repr(schedule):
        assert eval(repr(schedule), dict(NAMES)) == schedule


@pytest.mark.parametrize("case", FORMAT_1["cases"], ids=lambda case: str(case["json"])[:60])
def test_so_does_every_class_and_state(case):
    one = from_json(json.dumps(case["json"]))
    assert eval(repr(one), dict(NAMES)) == one
    if isinstance(one, lrdecay.Fold):
        state = one.update(one.start(), 1.0)
        names = NAMES | {type(state).__name__: type(state)}
        if not isinstance(one, lrdecay.ThenFold):  # whose state holds that of a part
            assert state == eval(repr(state), names)
