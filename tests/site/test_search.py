"""Search: the page meant comes first, whoever's name for it is typed."""

import gzip
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterable

import pytest
import yaml

from lrdecay import dialects
from tests.pages import built
from tests.paths import ROOT
from tests.visits import Visit, until

pytestmark = pytest.mark.browser

INDEX = "search/search_index.json"
SIZE = 200_000  # bytes of the index, gzipped
FIRST = {
    "cosine": "schedules/cosine/",
    "CosineAnnealingLR": "schedules/cosine/",
    "OneCycleLR": "schedules/onecycle/",
    "ReduceLROnPlateau": "schedules/plateau/",
    "WSD": "schedules/wsd/",
    "warmup": "schedules/warmup/",
    "step decay": "schedules/step/",
    "linear": "schedules/linear/",
    "plateau": "schedules/plateau/",
    "H012": "heuristics/h012/",
    "GPT-3": "tables/recipes/",
    "BERT": "how-to/fine-tune/",
    "LoRA": "how-to/fine-tune/",
    "nan loss": "how-to/messages/nan-loss/",
    "batch size": "learn/batch-size/",
    "cooldown": "schedules/wsd/",
    "resume": "how-to/change-a-run/",
    "final learning rate": "learn/ending/",
    "how long should warmup be": "learn/warmup/",
    "fine-tuning": "how-to/fine-tune/",
}
# Within the first two.
SOON = {
    "cosine annealing": "schedules/cosine/",
    "cosine schedule": "schedules/cosine/",
    "T_max": "schedules/cosine/",
    "eta_min": "learn/ending/",
    "exponential decay": "schedules/exponential/",
    "inverse square root": "schedules/inverse/",
    "noam": "schedules/noam/",
    "attention is all you need": "schedules/noam/",
    "polynomial": "schedules/polynomial/",
    "rex": "schedules/rex/",
    "tanh": "schedules/tanh/",
    "trapezoidal": "schedules/wsd/",
    "1cycle": "schedules/onecycle/",
    "one cycle": "schedules/onecycle/",
    "onecycle": "schedules/onecycle/",
    "super-convergence": "schedules/onecycle/",
    "SGDR": "schedules/restarts/",
    "warm restarts": "schedules/restarts/",
    "cyclical learning rate": "schedules/cyclic/",
    "triangular": "schedules/cyclic/",
    "ulmfit": "schedules/slanted/",
    "milestones": "schedules/multistep/",
    "patience": "schedules/plateau/",
    "H005": "heuristics/h005/",
    "which schedule": "learn/choosing/",
    "edge of stability": "learn/curvature/",
    "gradient accumulation": "learn/batch-size/",
    "linear scaling rule": "learn/batch-size/",
    "schedule-free": "learn/averaging/",
    "SWA": "learn/averaging/",
    "EMA": "learn/averaging/",
    "karpathy": "learn/micrograd/",
    "micrograd": "learn/micrograd/",
    "off by one": "learn/conventions/",
    "warmup steps": "learn/warmup/",
    "warmup ratio": "learn/warmup/",
    "cooldown length": "learn/ending/",
    "min lr": "learn/ending/",
    "loss spikes": "tables/symptoms/",
    "loss goes up": "tables/symptoms/",
    "checkpoint": "how-to/change-a-run/",
    "continue training": "how-to/change-a-run/",
    "SequentialLR to optax": "how-to/messages/sequentiallr-to-optax/",
    "get_last_lr": "how-to/messages/current-rate/",
    "current learning rate": "how-to/messages/current-rate/",
    "initial_lr": "how-to/messages/initial-lr/",
    "KeyError: param 'initial_lr'": "how-to/messages/initial-lr/",
    "lr_scheduler.step() before optimizer.step()": "how-to/messages/step-order/",
    "GradScaler": "how-to/messages/step-order/",
    "layer-wise learning rate": "how-to/messages/parameter-groups/",
    "muon": "how-to/messages/parameter-groups/",
    "weight decay": "how-to/messages/momentum-weight-decay/",
    "plot a schedule": "how-to/messages/plot/",
    "num_training_steps": "how-to/messages/epochs-to-steps/",
    "epochs": "how-to/units/",
    "learning rate finder": "how-to/sweep/",
    "cite": "how-to/rules/",
    "LoRA rank": "how-to/fine-tune/",
    "llama": "tables/recipes/",
    "chinchilla": "tables/recipes/",
    "pytorch": "reference/api/dialects/torch/",
    "optax": "reference/api/dialects/optax/",
    "keras": "reference/api/dialects/keras/",
    "hugging face": "reference/api/dialects/transformers/",
    "deepspeed": "reference/api/dialects/deepspeed/",
    "megatron": "reference/api/dialects/megatron/",
    "timm": "reference/api/dialects/timm/",
    "fastai": "reference/api/dialects/fastai/",
    "rosetta": "reference/rosetta/",
    "glossary": "reference/glossary/",
    "explorer": "tools/explorer/",
    "playground": "tools/demo/",
}
# A letter left out, doubled, wrong, or in the place of its neighbour.
TYPOS = {
    "cosne": "schedules/cosine/",
    "cosinne": "schedules/cosine/",
    "OneCyleLR": "schedules/onecycle/",
    "warnup": "schedules/warmup/",
    "plataeu": "schedules/plateau/",
    "lienar": "schedules/linear/",
    "fintuning": "how-to/fine-tune/",
    "batch sixe": "learn/batch-size/",
    "cooldwon": "schedules/wsd/",
    "cosine restrats": "schedules/restarts/",
    "megatorn": "reference/api/dialects/megatron/",
}
# The worker of the search box, asked without the box.
ASK = """async queries => {
  const config = JSON.parse(document.querySelector("#__config").textContent);
  const worker = new Worker(new URL(config.search, location));
  const ask = message => new Promise(go => {
    worker.onmessage = ({ data }) => go(data);
    worker.postMessage(message);
  });
  const index = await (await fetch("search/search_index.json")).json();
  await ask({ type: 0, data: { ...index, options: { suggest: true } } });
  const found = {};
  for (const query of queries) {
    const { data } = await ask({ type: 2, data: query });
    const plain = text => text.replace(/<[^>]+>/g, "");
    found[query] = data.items.slice(0, 3).map(group =>
      group.map(one => [one.location, ...[one.title, ...(one.tags ?? [])].map(plain)]));
  }
  worker.terminate();
  return found;
}"""


def named() -> dict[str, set[str]]:
    """Return each function named after a framework's, with the pages of its dialects."""
    found: dict[str, set[str]] = {}
    for each in pkgutil.iter_modules(dialects.__path__):
        module = importlib.import_module(f"{dialects.__name__}.{each.name}")
        for name in getattr(module, "__all__", []):
            if inspect.isfunction(getattr(module, name)):
                found.setdefault(name, set()).add(f"reference/api/dialects/{each.name}/")
    return found


def ask(visit: Visit, queries: Iterable[str]) -> dict[str, list[list[list[str]]]]:
    """Return, for each query, the first three pages with what they are found by."""
    return visit.open("").evaluate(ASK, list(queries))


def pages(groups: list[list[list[str]]], count: int) -> list[str]:
    """Return the addresses of the first pages."""
    return [group[0][0].partition("#")[0] for group in groups[:count]]


def test_the_page_meant_comes_first(visit: Visit) -> None:
    found = ask(visit, FIRST)
    assert {query: pages(groups, 1) for query, groups in found.items()} == {
        query: [page] for query, page in FIRST.items()
    }


@pytest.mark.parametrize(("meant", "count"), [(SOON, 2), (TYPOS, 3)], ids=["names", "typos"])
def test_the_page_meant_comes_soon(visit: Visit, meant: dict[str, str], count: int) -> None:
    found = ask(visit, meant)
    late = {
        q: pages(found[q], 3) for q, page in meant.items() if page not in pages(found[q], count)
    }
    assert late == {}


def test_every_name_of_every_framework_is_found(visit: Visit) -> None:
    """Within the first two pages: that of its dialect, or another that bears the very name."""
    known = named()
    assert len(known) > 100
    found, late = ask(visit, known), {}
    for name, its in known.items():
        bears = any(name in words for group in found[name][:2] for _, *words in group)
        if not bears and not its & set(pages(found[name], 2)):
            late[name] = pages(found[name], 3)
    assert late == {}


def test_the_index_waits_until_the_reader_turns_to_search(visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url.removeprefix(visit.base)))
    page = visit.open("schedules/cosine/")
    assert INDEX not in asked
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type("cosine")
    first = page.locator(".md-search-result__link").first
    assert "/schedules/cosine/" in str(first.get_attribute("href"))
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Search").click()
    assert asked.count(INDEX) == 1


def test_an_address_can_ask(visit: Visit) -> None:
    page = visit.open("?q=OneCyleLR")  # with a letter missing
    first = page.locator(".md-search-result__link").first
    assert "/schedules/onecycle/" in str(first.get_attribute("href"))
    assert page.get_by_role("textbox", name="Search").input_value() == "OneCyleLR"


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "a" * 100_000, "*", '"', "~~ ^ +"]
)
def test_what_cannot_be_found_is_text(visit: Visit, text: str) -> None:
    page = visit.open("")
    page.get_by_role("textbox", name="Search").fill(text)
    page.keyboard.press("End")
    meta = "document.querySelector('.md-search-result__meta').textContent"
    until(page, f"!/Initiali[sz]ing/.test({meta})")
    assert page.locator(".md-search-result img, .md-search__suggest img").count() == 0


def test_the_index_is_small_and_holds_sentences() -> None:
    data = (built() / INDEX).read_bytes()
    assert len(gzip.compress(data)) <= SIZE
    docs = json.loads(data)["docs"]
    assert all(re.fullmatch(r"(<p>.*?</p>)*", one["text"], re.DOTALL) for one in docs)
    assert not [one["location"] for one in docs if re.search(r"<pre>|<t[dh]\b", one["text"])]
    blocks = re.findall(r"<p>(.*?)</p>", "".join(one["text"] for one in docs), re.DOTALL)
    sentences = [
        text for text in blocks if re.search(r"[.:?!)]$", re.sub(r"<[^>]+>", "", text).strip())
    ]
    assert len(sentences) > 0.8 * len(blocks)


def test_every_page_with_names_exists() -> None:
    docs = json.loads((built() / INDEX).read_text("utf-8"))["docs"]
    tagged = {one["location"] for one in docs if "tags" in one}
    names = yaml.safe_load((ROOT / "docs" / "_search.yml").read_text("utf-8"))
    assert tagged == set(names)
