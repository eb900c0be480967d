"""How a rule asks real training: settings in words, cases of trials and of published runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import FunctionType, MappingProxyType
from typing import Any

import numpy as np

from ...lab import runs
from ...lab.stats import Interval
from ...lab.trials import effects as trials
from ...lab.trials.effects import Setting
from ..cases import Case, Claim

IMAGES, TEXT = "small image networks", "language models"
SETTINGS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "digits": ("digits, MLP, SGD", IMAGES, "SGD with momentum"),
        "fashion-sgd": ("Fashion-MNIST, MLP, SGD", IMAGES, "SGD with momentum"),
        "fashion-adamw": ("Fashion-MNIST, MLP, AdamW", IMAGES, "AdamW"),
        "fashion-conv": ("Fashion-MNIST, conv net, SGD", IMAGES, "SGD with momentum"),
        "text-64k": ("King James text, 64k transformer, AdamW", TEXT, "AdamW"),
        "text-161k": ("King James text, 161k transformer, AdamW", TEXT, "AdamW"),
        "text-10m": ("King James text, 10M transformer, AdamW", TEXT, "AdamW"),
        "fashion-decayed": ("Fashion-MNIST, MLP, AdamW, weight decay 0.1", IMAGES, "AdamW"),
        "fashion-muon": ("Fashion-MNIST, MLP, Muon and AdamW", IMAGES, "Muon"),
        "fashion-adamw-widths": ("Fashion-MNIST, MLP, AdamW", IMAGES, "AdamW"),
        "fashion-sgd-widths": ("Fashion-MNIST, MLP, SGD", IMAGES, "SGD with momentum"),
        "fashion-tuned": ("new classes of Fashion-MNIST, pretrained MLP, AdamW", IMAGES, "AdamW"),
        "fashion-lora": ("new classes of Fashion-MNIST, pretrained MLP, LoRA", IMAGES, "AdamW"),
        "text-muon": ("King James text, 64k transformer, Muon and AdamW", TEXT, "Muon"),
        "text-widths": ("King James text, transformers, AdamW", TEXT, "AdamW"),
        "text-tuned": ("Python code, 64k transformer of King James text, AdamW", TEXT, "AdamW"),
        "text-lora": ("Python code, 64k transformer of King James text, LoRA", TEXT, "AdamW"),
        "text-continued": ("much Python code, 64k transformer of King James text", TEXT, "AdamW"),
    }
)
"""In words: the setting, what is trained, and the optimizer."""

ASKED: dict[str, Callable[[], Iterable[Case]]] = {}


def asks(asked: FunctionType) -> FunctionType:
    """Keep what the rule asks that the function is named after."""
    ASKED[asked.__name__.upper()] = asked
    return asked


# --- cases of trials -----------------------------------------------------------------------------


def from_trials(
    arms: str,
    value: Callable[..., Any] = np.subtract,
    claim: Claim = "superiority",
    *,
    anywhere: bool = False,
    among: Collection[str] = trials.SCHEDULES,
    longest: bool = False,
    native: bool = False,
    variant: Mapping[str, str] | None = None,
    note: str = "",
    **ends: float,
) -> Iterable[Case]:
    """Yield a case for each setting that has the arms: by default, the first less the second.

    A threshold is of the value as it is, and names its ends; any other claim is of losses, in nats
    if `native`.
    """
    names = tuple(arms.split())
    for setting in longest_of(trials.tried(*names, anywhere=anywhere, among=among), longest):
        found = trials.effect(setting, names, value, anywhere=anywhere)
        if claim == "threshold":
            yield of_setting(setting, found.nats, claim, variant, note, unit="", **ends)
        elif native:
            effect = found.nats
            yield of_setting(setting, effect, claim, variant, note, unit="nats", native=effect)
        else:
            yield of_losses(setting, found, claim, variant, note)


def of_losses(
    setting: Setting,
    found: trials.Effect,
    claim: Claim,
    variant: Mapping[str, str] | None = None,
    note: str = "",
) -> Case:
    """Return the case of a difference of losses; in nats where decay gains nothing."""
    if found.known_share is None:
        return of_setting(setting, found.nats, claim, variant, note, unit="nats", native=found.nats)
    return of_setting(setting, found.share, claim, variant, note, native=found.nats)


def of_setting(
    setting: Setting,
    effect: Interval,
    claim: Claim,
    variant: Mapping[str, str] | None = None,
    note: str = "",
    **options: Any,
) -> Case:
    """Return the case of a number of a setting."""
    words, data, optimizer = SETTINGS[setting.trial]
    own = dict(variant or {})
    when = ", ".join([f"{words}, {setting.updates:,} updates", *([note] if note else own.values())])
    return Case(
        key=_key(setting.trial, setting.updates, *([note] if note else own.values())),
        when=when,
        effect=effect,
        world="trial",
        claim=claim,
        setting=words,
        traits=own | {"data": data, "optimizer": optimizer},
        updates=setting.updates,
        **options,
    )


def of_power(
    setting: Setting,
    ratio: Interval,
    times: float,
    of: str,
    variant: Mapping[str, str] | None = None,
    *,
    at_least: float,
    at_most: float,
) -> Case:
    """Return the case of a ratio of best peaks as a power of something that grew so many times."""
    power = Interval(*(np.log(ratio[:3]) / np.log(times)).tolist(), ratio.n)
    return of_setting(
        setting,
        power,
        "threshold",
        variant,
        unit=f"power of the {of}",
        at_least=at_least,
        at_most=at_most,
    )


def _key(*parts: object) -> str:
    plain = "_".join(str(part) for part in parts)
    return "".join(c if c.isalnum() else "_" for c in plain).strip("_").lower()


def longest_of(settings: list[Setting], alone: bool) -> list[Setting]:
    """Return the settings, or of each trial that of the longest horizon alone."""
    if not alone:
        return settings
    return [
        max(s for s in settings if s.trial == trial) for trial in {s.trial: 0 for s in settings}
    ]


def widest(first: str, *choices: str) -> Iterable[tuple[Setting, tuple[str, ...]]]:
    """Yield each setting once, with `first` and the earliest choice of arms that it has."""
    seen: set[Setting] = set()
    for choice in choices:
        names = (*first.split(), *choice.split())
        for setting in trials.tried(*names):
            if setting not in seen:
                seen.add(setting)
                yield setting, names


def over_best(first: Any, *others: Any) -> Any:
    """Return by how much the first loss lies above the best of the others."""
    return first - np.min(others, axis=0)


def spread(*means: Any) -> Any:
    """Return how far the greatest lies above the least."""
    return np.max(means, axis=0) - np.min(means, axis=0)


# --- cases of published runs ---------------------------------------------------------------------


def of_published(
    effect: runs.Effect | Interval,
    claim: Claim = "superiority",
    *,
    millions: int = 124,
    updates: int = 50_000,
    text: str = "SlimPajama",
    variant: Mapping[str, str] | None = None,
    note: str = "",
    untuned: bool = False,
) -> Case:
    """Return the case of a difference of published runs, in shares of decay's gain at 124M.

    That gain is known at 124M over 50,000 updates alone: elsewhere the unit is borrowed, at other
    sizes as if it were exact.
    """
    if isinstance(effect, Interval):
        nats, of_gain, borrowed = effect, None, True
    else:
        nats, of_gain, borrowed = effect
    if of_gain is None:
        unit, borrowed = runs.gain().estimate, True
        of_gain = Interval(*(end / unit for end in nats[:3]), nats.n)
    own = dict(variant or {})
    text = {"slimpajama": "SlimPajama", "openwebtext2": "OpenWebText2"}.get(text, text)
    told = [note] if note else [*own.values()]
    words = [f"a published {millions}M model on {text}, {updates:,} updates", *told]
    words += ["one peak, tuned for neither"] * untuned + ["unit of 124M, 50,000 updates"] * borrowed
    return Case(
        key=_key("runs", millions, text, updates, *told),
        when=", ".join(words),
        effect=of_gain,
        world="runs",
        claim=claim,
        setting=f"published runs, {millions}M, {text}",
        traits=own | {"data": TEXT, "optimizer": "AdamW"},
        updates=updates,
        native=nats,
    )


def between(a: str, b: str, updates: int = 50_000) -> runs.Effect:
    """Return the loss of one arm of the 124M sweep above that of another."""
    arms = runs.arms(updates)
    return runs.compare(arms[a], arms[b])


def in_nats(case: Case) -> Case:
    """Return a case of losses in nats, as where the unit is what is asked about."""
    assert case.native is not None
    return replace(case, effect=case.native, unit="nats", when=case.when.split(", unit of")[0])
