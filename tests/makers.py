"""One of everything public that makes a schedule, rule, mapping or rates, by what was made."""

import lrdecay as lr
from lrdecay import dialects as of
from lrdecay import export
from lrdecay.heuristics.recipes import RECIPES
from tests.strategies import EXAMPLES

COSINE = lr.Cosine(0.3, 12)
RULE = lr.ReduceOnPlateau(0.3, patience=1)

SCHEDULES = {
    **{repr(one): one for one in EXAMPLES},
    "operators": (0.5 * COSINE + COSINE * COSINE).shift(1).skip(2).stretch(2).clip(0.01),
    "with_sum": lr.with_sum(COSINE, 12, 1.0),
    "extend": lr.extend(COSINE, lr.Cosine(0.3, 20), 6).schedule,
    "cooldown": lr.cooldown(COSINE, 6, 3).schedule,
    "branch": lr.branch(COSINE, [6], 3)[0].schedule,
    "momentum": lr.OneCycle(0.3, 12).momentum(),
    "from_json": export.from_json(export.to_json(COSINE)),
    "torch": of.torch.CosineAnnealingWarmRestarts(0.3, 4),
    "optax": of.optax.warmup_cosine_decay_schedule(0.0, 0.3, 3, 12),
    "keras": of.keras.ExponentialDecay(0.3, 4, 0.5, staircase=True),
    "timm": of.timm.CosineLRScheduler(0.3, 12, warmup_t=3),
    "transformers": of.transformers.get_wsd_schedule(0.3, 3, 4, num_training_steps=12),
    "nanogpt": of.nanogpt.get_lr(0.3, 3, 12, 0.03),
    "fastai": of.fastai.fit_one_cycle(12, 0.3),
    "lrsched": of.lrsched.cosine(base_lr=0.3, min_lr=0.0, total_steps=12),
    "pytorch_scheduler": of.pytorch_scheduler.TanhDecayScheduler(0.3, 12),
    "deepspeed": of.deepspeed.WarmupLR(0.3, warmup_num_steps=4),
    "diffusers": of.diffusers.get_linear_schedule_with_warmup(0.3, 3, 12, f_min=0.1),
    "kohya": of.kohya.get_scheduler_fix(0.3, "cosine_with_restarts", 12),
    "megatron": of.megatron.OptimizerParamScheduler(0.0, 0.3, 0.0, 3, 12, "cosine"),
    "ultralytics": of.ultralytics.train(3, epochs=4),
    "pytorch_warmup": of.pytorch_warmup.LinearWarmup(COSINE, 3),
    **{f"recipe {one.name}": one.schedule for one in RECIPES if one.schedule is not None},
}
RULES = {
    "plateau": RULE,
    "after_warmup": RULE.after_warmup(3),
    "schedule then": COSINE.then(RULE, 3),
    "then schedule": RULE.then(COSINE, 3),
    "rule from_json": export.from_json(export.to_json(RULE.after_warmup(3))),
    "torch plateau": of.torch.ReduceLROnPlateau(0.3),
    "timm plateau": of.timm.PlateauLRScheduler(0.3, warmup_t=3),
    "keras plateau": of.keras.ReduceLROnPlateau(0.3),
    "optax plateau": of.optax.reduce_on_plateau(0.3),
    "fastai plateau": of.fastai.ReduceLROnPlateau(0.3),
    "greedy": of.transformers.GreedyLR(0.3),
}
MAPPINGS = {
    "per_group": lr.per_group(COSINE, {"a": 1.0, "b": 0.1}),
    "rules by group": {"a": RULE, "b": COSINE},
}
RATES = {
    "sample": COSINE.sample(12),
    "called": COSINE(range(12)),
    "history": RULE.history([1.0] * 12),
    "rates": RULE.rates([1.0] * 6, every=2),
}
OTHERS = {
    "Rerun": lr.cooldown(COSINE, 6, 3),
    "branches": lr.branch(COSINE, [6, 8], 3),
    "state": RULE.start(),
    "summary": lr.summary(COSINE, 12),
    "source": export.source(COSINE, "python"),
    "json": export.to_json(COSINE),
    "class": lr.Cosine,
    "function": abs,
    "rate": 0.3,
    "nothing": None,
}
MADE = [
    (kind, name, one)
    for kind, found in {
        "schedule": SCHEDULES,
        "rule": RULES,
        "mapping": MAPPINGS,
        "rates": RATES,
        "other": OTHERS,
    }.items()
    for name, one in found.items()
]
