"""The server, asked by a real client over standard input and output, as an agent does."""

import asyncio
import json
import sys

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.export import source
from lrdecay.heuristics import QUESTIONS, RULES
from lrdecay.tuning import written
from lrdecay.tuning.lint import lint
from tests.paths import ROOT

mcp = pytest.importorskip("mcp")

RATES = np.geomspace(1e-5, 10, 100)
LOSSES = 3 - 2 / (1 + (0.01 / RATES) ** 2) + (RATES / 2) ** 4
TEST = "step,lr,loss\n" + "".join(
    f"{k},{rate!r},{loss!r}\n"
    for k, (rate, loss) in enumerate(zip(RATES.tolist(), LOSSES.tolist(), strict=True))
)
PAIR = ["Cosine(3e-4, 2000)", "Linear(3e-4, 1000)"]

ASKED = [
    ("lint", {"schedule": "Cosine base_lr=1e-3 total_steps=500", "updates": 1000}),
    ("rules", {"symptom": "late-oscillation"}),
    ("rules", {"words": "cosine"}),
    ("rule", {"id": "h009"}),
    ("export", {"schedule": "torch.StepLR(0.1, 30)", "to": "optax"}),
    ("export", {"schedule": "Linear(1.0, 9)"}),
    ("show", {"schedule": "Linear(1.0, 100)"}),
    ("predict", {"schedules": ["Cosine(3e-4, 2000)", "Linear(3e-4, 2000)"], "updates": 2000}),
    ("recommend", {"start": "lora", "updates": 339}),
    ("find", {"log": TEST}),
    ("diagnose", {"log": TEST}),
    ("identify", {"log": TEST}),
    ("compare", {"schedules": PAIR}),
    ("export", {"schedule": "keras.CosineDecay(0.1, 9)", "to": "torch"}),
    ("lint", {"schedule": "Cosin(1)"}),
    ("rules", {"symptom": "hunger"}),
    ("rule", {"id": "H999"}),
    ("export", {"schedule": "Linear(1.0, 9)", "to": "basic"}),
    ("show", {"schedule": "Constant(1.0)"}),
    ("show", {"schedule": "ReduceOnPlateau(1.0)"}),
    ("export", {"schedule": "ReduceOnPlateau(1.0)", "to": "torch"}),
    ("recommend", {"start": "sideways"}),
    ("find", {"log": "step,lr,loss\n0,0.1,2\n"}),
    ("find", {"log": "none.csv"}),
    ("compare", {"schedules": ["Constant(1.0)"]}),
    ("lint", {}),
]


@pytest.fixture(scope="module")
def talk():
    """The tools that there are, and what each question was answered."""

    async def ask():
        server = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "lrdecay", "mcp"], env={"PYTHONPATH": str(ROOT)}
        )
        async with mcp.Client(server) as client:
            tools = (await client.list_tools()).tools
            answers = [await client.call_tool(name, given) for name, given in ASKED]
        return tools, answers

    return asyncio.run(asyncio.wait_for(ask(), 120))


def answers(talk, name):
    found = zip(ASKED, talk[1], strict=True)
    return [one for (asked, _), one in found if asked == name and not one.is_error]


def text(answer):
    return answer.content[0].text


def test_each_tool_says_what_it_is_for(talk):
    names = {tool.name for tool in talk[0]}
    assert {"rules", "rule", "lint", "identify", "diagnose", "predict", "export"} <= names
    assert {"recommend", "find", "show", "compare"} <= names
    assert all(tool.description for tool in talk[0])


def test_the_questions_are_those_of_the_home_page(talk):
    (tool,) = (tool for tool in talk[0] if tool.name == "recommend")
    asked = tool.input_schema["properties"]
    for question in QUESTIONS:
        assert asked[question.name]["enum"] == list(question.options)
        assert question.text in tool.description


def test_answers_are_those_of_python(talk):
    (found,) = answers(talk, "lint")
    assert json.loads(text(found)) == [one._asdict() for one in lint(lrd.Cosine(1e-3, 500), 1000)]
    by_symptom, by_words = (json.loads(text(one)) for one in answers(talk, "rules"))
    assert {one["id"] for one in by_symptom} == {
        id_ for id_, rule in RULES.items() if "loss oscillates" in rule.symptoms
    }
    assert "H009" in {one["id"] for one in by_words}
    (advice,) = answers(talk, "recommend")
    assert json.loads(text(advice))["code"] == lrd.recommend(339, start="lora").code
    (rule,) = answers(talk, "rule")
    assert json.loads(text(rule))["question"] == RULES["H009"].question
    code, plain, converted = map(text, answers(talk, "export"))
    assert converted == source(lrd.dialects.keras.CosineDecay(0.1, 9), "torch")
    assert code == source(lrd.dialects.torch.StepLR(0.1, 30), "optax")
    assert plain == "Linear(base_lr=1.0, total_steps=9)"
    (shown,) = answers(talk, "show")
    assert json.loads(text(shown))["rates"]["50"] == 0.5
    (compared,) = (json.loads(text(one)) for one in answers(talk, "compare"))
    assert [one["code"] for one in compared.values()] == [
        repr(written.read([words])) for words in PAIR
    ]
    assert all("2000" in one["rates"] for one in compared.values())
    (predicted,) = answers(talk, "predict")
    assert set(json.loads(text(predicted))["final_loss"]) == {
        "Cosine(3e-4, 2000)",
        "Linear(3e-4, 2000)",
    }


def test_a_log_is_read_as_python_reads_it(talk):
    (found,), (diagnosed,), (named,) = (
        [json.loads(text(one)) for one in answers(talk, tool)]
        for tool in ("find", "diagnose", "identify")
    )
    said = lrd.find(RATES, LOSSES)
    assert found["diverges_at"] == said.diverges_at
    assert found["suggestions"] == {n: one._asdict() for n, one in said.suggestions.items()}
    assert diagnosed["symptoms"][0]["name"] == lrd.diagnose(range(100), LOSSES, rates=RATES).name
    assert named["candidates"][0]["family"] == lrd.identify(range(100), RATES)[0].family


def test_what_is_wrong_is_an_error_in_a_sentence(talk):
    wrong = [text(one) for one in talk[1] if one.is_error]
    assert len(wrong) == 12
    for sentence, said in zip(
        (
            "there is no schedule 'Cosin'; did you mean Cosine",
            "there is no symptom 'hunger'; try diverges",
            "id must be one of H001",
            "to must be one of",
            "updates must be given",
            "schedule must be one with rates of its own",
            "to must be json or lrdecay",
            "'scratch', 'finetune' or 'lora'",
            "at least 20",
            "No such file",
            "updates must be given",
            "schedule",
        ),
        wrong,
        strict=True,
    ):
        assert sentence in said
        assert "Traceback" not in said
