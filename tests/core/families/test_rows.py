"""Every family against the rows that the peers print, by peer and version."""

import numpy as np
import pytest

from lrdecay import (
    REX,
    WSD,
    Constant,
    Cosine,
    CosineCycles,
    CosineRestarts,
    Cyclic,
    Exponential,
    Hyperbolic,
    InverseSqrt,
    InverseTime,
    Linear,
    MultiStep,
    OneCycle,
    Polynomial,
    RAdamWarmup,
    Tanh,
    Warmup,
    warmup_cosine,
    warmup_linear,
)

ROWS = [
    ("torch 2.14.1 MultiStepLR", MultiStep(1, [3, 6]), "1 1 1 .1 .1 .1 .01 .01 .01"),
    (
        "optax 0.2.8 exponential_decay",
        Exponential(1, half_life=4),
        "1 .8409 .7071 .5946 .5 .4204 .3536",
    ),
    ("torch 2.14.1 LinearLR", Linear(1, 4, 0.1), "1 .775 .55 .325 .1 .1 .1"),
    ("torch 2.14.1 PolynomialLR", Polynomial(1, 4, 2), "1 .5625 .25 .0625 0 0 0"),
    (
        "optax 0.2.8 polynomial_schedule",
        Polynomial(1, 4, 2, 0.1),
        "1 .60625 .325 .15625 .1 .1 .1",
    ),
    ("torch 2.14.1 CosineAnnealingLR", Cosine(1, 4), "1 .8536 .5 .1464 0"),
    ("optax 0.2.8 cosine_decay_schedule", Cosine(1, 4, 0.1), "1 .8682 .55 .2318 .1 .1 .1"),
    (
        "torch 2.14.1 CosineAnnealingWarmRestarts(4)",
        CosineRestarts(1, 4),
        "1 .8536 .5 .1464 1 .8536 .5 .1464 1",
    ),
    (
        "torch 2.14.1 CosineAnnealingWarmRestarts(2, 2)",
        CosineRestarts(1, 2, 2, 0.1),
        "1 .55 1 .8682 .55 .2318 1 .9657 .8682 .7222 .55 .3778 .2318 .1343 1",
    ),
    (
        "torch 2.14.1 CyclicLR",
        Cyclic(1, 0.1, 4),
        ".1 .325 .55 .775 1 .775 .55 .325 .1",
    ),
    (
        "optax 0.2.8 cosine_onecycle_schedule",
        OneCycle(1, 10),
        ".04 .28 .76 1 .9505 .8117 .6113 .3887 .1883 .0495 4e-6",
    ),
    (
        "transformers 5.23.0 linear",
        warmup_linear(1, 8, 3, first="zero"),
        "0 .3333 .6667 1 .8 .6 .4 .2 0 0 0",
    ),
    (
        "transformers 5.23.0 polynomial",
        Warmup(Polynomial(1, 4, 2, 0.1), 2, first="zero"),
        "0 .5 1 .60625 .325 .15625 .1 .1 .1",
    ),
    (
        "nanoGPT 3adf61e",
        warmup_cosine(1, 8, 3, 0.1),
        ".25 .5 .75 1 .9141 .6891 .4109 .1859 .1 .1 .1",
    ),
    (
        "optax 0.2.8 warmup_cosine_decay_schedule",
        warmup_cosine(1, 8, 3, 0.1, first="zero"),
        "0 .3333 .6667 1 .9141 .6891 .4109 .1859 .1 .1 .1",
    ),
    (
        "timm 1.0.31 cosine with warmup_prefix",
        Warmup(Cosine(1, 5, 0.1), 3, 0.01, first="zero"),
        ".01 .34 .67 1 .9141 .6891 .4109 .1859 .1 .1",
    ),
    (
        "keras 3.15.1 InverseTimeDecay",
        InverseTime(1, 0.25),
        "1 .8 .6667 .5714 .5 .4444",
    ),
    (
        "transformers 5.23.0 inverse square root",
        Warmup(InverseSqrt(1, 4), 4, first="zero"),
        "0 .25 .5 .75 1 .8944 .8165 .7559 .7071 .6667",
    ),
    (
        "keras 3.15.1 PolynomialDecay(cycle=True)",
        Polynomial(1, 4, 1, 0.1, cycle=True),
        "1 .775 .55 .325 .1 .4375 .325 .2125 .1 .325 .25 .175 .1",
    ),
    (
        "timm 1.0.31 k-decay",
        Cosine(1, 8, k_decay=2),
        "1 .9994 .9904 .9520 .8536 .6684 .4025 .1295 0",
    ),
    (
        "timm 1.0.31 cosine, 3 falling cycles",
        CosineRestarts(1, 2, 2, gamma=0.5, cycles=3),
        "1 .5 .5 .4268 .25 .0732 .25 .2405 .2134 .1728 .125 .0772 .0366 .0095 0 0",
    ),
    (
        "transformers 5.23.0 hard restarts",
        CosineCycles(1, 8, 2),
        "1 .8536 .5 .1464 1 .8536 .5 .1464 0 0",
    ),
    (
        "transformers 5.23.0 uneven hard restarts",
        Warmup(CosineCycles(1, 8, 3), 2, first="zero"),
        "0 .5 1 .6913 .1464 .9619 .5 .0381 .8536 .3087 0 0",
    ),
    (
        "torch 2.14.1 CyclicLR(mode='triangular2')",
        Cyclic(1, 0.1, 4, cycle_gamma=0.5),
        ".1 .325 .55 .775 1 .775 .55 .325 .1 .2125 .325 .4375 .55 .4375",
    ),
    (
        "torch 2.14.1 CyclicLR(mode='exp_range')",
        Cyclic(1, 0.1, 4, step_gamma=0.9),
        ".1 .3025 .4645 .5921 .6905 .4986 .3391 .2076 .1",
    ),
    (
        "torch 2.14.1 OneCycleLR(10, 'cos')",
        OneCycle(1, 9, 2),
        ".04 .52 1 .9505 .8117 .6113 .3887 .1883 .0495 4e-6",
    ),
    (
        "torch 2.14.1 OneCycleLR(10, 'linear')",
        OneCycle(1, 9, 2, shape="linear"),
        ".04 .52 1 .8571 .7143 .5714 .4286 .2857 .1429 4e-6",
    ),
    (
        "torch 2.14.1 OneCycleLR(10, three_phase=True)",
        OneCycle(1, 9, 2, return_steps=2),
        ".04 .52 1 .52 .04 .0362 .0262 .0138 .0038 4e-6",
    ),
    (
        "torch 2.14.1 OneCycleLR(10), momentum",
        OneCycle(1, 9, 2).momentum(),
        ".95 .9 .85 .8550 .8688 .8889 .9111 .9312 .9450 .95",
    ),
    (
        "optax 0.2.8 linear_onecycle_schedule",
        OneCycle(1, 20, 6, shape="linear", return_steps=11),
        ".04 .2 .36 .52 .68 .84 1 .9127 .8255 .7382 .6509 .5636 .4764 .3891 .3018 .2145 .1273 .04",
    ),
    *(
        (
            f"transformers 5.23.0 warmup-stable-decay, {shape}",
            Warmup(WSD(1, 7, 4, final_lr=0.1, shape=shape), 2, 0.1, first="zero"),
            f".1 .55 1 1 1 1 {row} .1 .1",
        )
        for shape, row in [
            ("linear", ".775 .55 .325"),
            ("cosine", ".8682 .55 .2318"),
            ("1-sqrt", ".55 .3636 .2206"),
        ]
    ),
    *(
        (
            f"timm 1.0.31 WSDLRScheduler, {shape}",
            Warmup(WSD(1, 6, 3, final_lr=0.1, shape=shape), 2, first="zero"),
            f"0 .5 1 1 1 1 {row} .1",
        )
        for shape, row in [
            ("1-sqrt", ".4804 .2652"),
            ("linear", ".7 .4"),
            ("cosine", ".775 .325"),
            ("exponential", ".4642 .2154"),
        ]
    ),
    (
        "timm 1.0.31 TanhLRScheduler",
        Tanh(1, 8),
        ".999999 .99999 .99988 .99850 .98201 .81757 .26894 .02931",
    ),
    (
        "pytorch-scheduler 0.2.2 TanhDecayScheduler",
        Tanh(1, 8, lower=-3, upper=3),
        ".99753 .98901 .95257 .81757 .5 .18243 .04743 .01099",
    ),
    ("pytorch-scheduler 0.2.2 RexScheduler", REX(1, 4), "1 .8571 .6667 .4 0"),
    ("pytorch-scheduler 0.2.2 HyperbolicLR", Hyperbolic(1, 4, 8), "1 .8520 .6930 .5090 .1340"),
    (
        "pytorch-warmup 0.2.0 RAdamWarmup, from its first rate above 0",
        RAdamWarmup(Constant(1), threshold=4).skip(4),
        ".0173115 .0258211 .0327388 .0387383 .0441049 .048998 .0535193 .0577385 .0617063",
    ),
    (
        "pytorch-warmup 0.2.0 LinearWarmup(3) on torch's cosine",
        Warmup(Constant(1), 3, first="1/w") * Cosine(1, 8),
        ".3333 .6413 .8536 .6913 .5 .3087 .1464 .0381 0",
    ),
    (
        "torch 2.14.1 SequentialLR",
        Linear(0.1, 5, 1).then(Cosine(1, 5), 5),
        ".1 .28 .46 .64 .82 1 .9045 .6545 .3455 .0955 0",
    ),
]


@pytest.mark.parametrize(("peer", "schedule", "row"), ROWS, ids=[row[0] for row in ROWS])
def test_agrees_with_the_peer(peer, schedule, row):
    want = np.array(row.split(), dtype=float)
    assert schedule.sample(len(want)) == pytest.approx(want, abs=6e-5), peer
