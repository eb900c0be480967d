"""Schedules as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay as lrd
from lrdecay.dialects import torch, transformers
from lrdecay.export import to_json
from lrdecay.tuning.written import constructor, read
from tests.makers import SCHEDULES

READ = [
    (["Cosine", "base_lr=1e-3", "total_steps=1000"], lrd.Cosine(1e-3, 1000)),
    (["Cosine(1e-3, total_steps=1000)"], lrd.Cosine(1e-3, 1000)),
    (["lrd.Cosine(1e-3, 1000).scale(2)"], lrd.Cosine(1e-3, 1000).scale(2)),
    (["warmup_cosine", "base_lr=1", "total_steps=9", "warmup_steps=3"], lrd.warmup_cosine(1, 9, 3)),
    (["Cosine(1.0, 9) + Constant(.5) * 2"], lrd.Cosine(1.0, 9) + lrd.Constant(0.5) * 2),
    (["WSD", "base_lr=1", "total_steps=9", "decay_steps=3", "shape=1-sqrt"],
     lrd.WSD(1, 9, 3, shape="1-sqrt")),
    (["MultiStep", "base_lr=1", "milestones=[3, 6]"], lrd.MultiStep(1, [3, 6])),
    (["torch.StepLR", "lr=0.1", "step_size=30"], torch.StepLR(0.1, 30)),
    (["CosineAnnealingLR(0.1, T_max=100)"], torch.CosineAnnealingLR(0.1, 100)),
    (["transformers.get_linear_schedule_with_warmup(1e-3, 10, 100)"],
     transformers.get_linear_schedule_with_warmup(1e-3, 10, 100)),
    (["torch.SequentialLR(0.1, [LinearLR(0.1), StepLR(0.1, 3)], [5])"],
     torch.SequentialLR(0.1, [torch.LinearLR(0.1), torch.StepLR(0.1, 3)], [5])),
    (["ReduceOnPlateau(0.1, patience=3)"], lrd.ReduceOnPlateau(0.1, patience=3)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "schedule"), READ)
def test_words_make_the_schedule_that_python_makes(words, schedule):
    assert read(words) == schedule


@pytest.mark.parametrize("made", SCHEDULES.values(), ids=list(SCHEDULES))
def test_what_a_schedule_prints_is_read_again(made):
    assert read([repr(made)]) == made


def test_json_is_read_as_text_and_from_a_file(tmp_path):
    made = lrd.warmup_cosine(1e-3, 1000, 100)
    file = tmp_path / "schedule.json"
    file.write_text(to_json(made), "utf-8")
    assert read([to_json(made)]) == read([str(file)]) == made


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "schedule must be a name"),
        (["Cosin(1, 2)"], "there is no schedule 'Cosin'; did you mean Cosine"),
        (["Cosine"], "missing a required argument: 'base_lr'"),
        (["Cosine", "1e-3"], "arguments must be key=value, got '1e-3'"),
        (["Cosine", "base_lr=1", "base_lr=2"], "base_lr must be given once"),
        (["Cosine", "base_lr=one", "total_steps=9"], "base_lr must be a finite number"),
        (["Cosine(1, 2, 3, 4, 5, 6, 7)"], "too many positional arguments"),
        (["Cosine(1, 2).__class__(3)"], "a schedule has no '__class__'"),
        (["__import__('os').system('true')"], "there is no schedule '__import__'"),
        (["Cosine(open('/etc/passwd'), 3)"], "there is no schedule 'open'"),
        (["(lambda: 1)()"], "there is no schedule 'lambda: 1'"),
        (["9**9**9"], "there is no schedule"),
        (["Cosine(9**9**9, 3)"], "schedule must be made of schedules"),
        (["Constant(1/0)"], "schedule cannot be made: division by zero"),
        (["Constant('a' * 9)"], "made of numbers and schedules where it is reckoned"),
        (["Constant(" * 200 + "1" + ")" * 200], "schedule must be"),
        (["-" * 150 + "Constant(1)"], "schedule must be"),
        (['{"lrdecay": 2}'], "text must be JSON"),
    ],
)
def test_what_names_no_schedule_is_refused_in_a_sentence(words, sentence):
    with pytest.raises(ValueError, match=r".+") as caught:
        read(words)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_file_that_is_none_is_named(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        read([str(tmp_path / "none.json")])
    (tmp_path / "some.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="file must be text in UTF-8"):
        read([str(tmp_path / "some.json")])


def test_every_name_of_a_dialect_is_found_with_its_prefix():
    assert constructor("torch.OneCycleLR") is torch.OneCycleLR
    with pytest.raises(ValueError, match=r"did you mean .*torch.ReduceLROnPlateau"):
        constructor("ReduceLROnPlateau")


@given(st.text(max_size=60))
def test_any_text_is_a_schedule_or_one_sentence(words):
    with suppress(ValueError):  # and nothing else
        assert callable(read([words.replace("/", "")]))
