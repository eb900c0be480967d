"""PyTorch's schedulers with arguments that JSON can hold, for its dialect's two test files."""

# Functions have names, so that the golden file can hold them.
FUNCTIONS = {
    "1/(k+1)": lambda k: 1 / (k + 1),
    "0.9 or 0.8": lambda k: 0.9 if k % 3 else 0.8,
    "0.7**n": lambda n: 0.7**n,
}


def named(value):
    """Functions in place of their names."""
    return FUNCTIONS[value] if isinstance(value, str) and value in FUNCTIONS else value


def build(dialect, name, kwargs):
    """The dialect's schedule."""
    kwargs = {key: named(value) for key, value in kwargs.items()}
    if "schedulers" in kwargs:
        kwargs["schedulers"] = [build(dialect, *inner) for inner in kwargs["schedulers"]]
    return getattr(dialect, name)(**kwargs)


def case(name, lr=None, **kwargs):
    return name, ({} if lr is None else {"lr": lr}) | kwargs


LINEAR = case("LinearLR", 0.5, start_factor=0.1, total_iters=3)
COSINE = case("CosineAnnealingLR", 0.5, T_max=5, eta_min=0.01)
HALF = case("ConstantLR", 0.5, factor=0.5, total_iters=4)
FALL = case("ExponentialLR", 0.5, gamma=0.8)
CYCLE = case("CyclicLR", base_lr=0.1, max_lr=0.6, step_size_up=2, step_size_down=3)
ONE_CYCLE = case("OneCycleLR", max_lr=0.6, total_steps=14)

CASES = [
    case("LambdaLR", 0.5, lr_lambda="1/(k+1)"),
    case("MultiplicativeLR", 0.5, lr_lambda="0.9 or 0.8"),
    case("StepLR", 0.5, step_size=3),
    case("StepLR", 0.5, step_size=2, gamma=1.1),
    case("MultiStepLR", 0.5, milestones=[3, 6]),
    case("MultiStepLR", 0.5, milestones=[6, 0, 2, 2], gamma=0.5),
    case("MultiStepLR", 0.5, milestones=[]),
    case("ConstantLR", 0.5),
    HALF,
    case("LinearLR", 0.5),
    case("LinearLR", 0.5, start_factor=1.0, end_factor=0.0, total_iters=8),
    FALL,
    case("PolynomialLR", 0.5),
    case("PolynomialLR", 0.5, total_iters=9, power=2.5),
    case("CosineAnnealingLR", 0.5, T_max=4),
    case("CosineAnnealingLR", 0.5, T_max=1, eta_min=0.1),
    case("CosineAnnealingLR", 0.01, T_max=7, eta_min=0.5),
    case("CosineAnnealingWarmRestarts", 0.5, T_0=4),
    case("CosineAnnealingWarmRestarts", 0.5, T_0=2, T_mult=2, eta_min=0.1),
    case("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4),
    case("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=2, step_size_down=3, mode="triangular2"),
    case("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4, mode="exp_range", gamma=0.9),
    case("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=3, scale_fn="0.7**n"),
    case(
        "CyclicLR",
        base_lr=0.1,
        max_lr=1.0,
        step_size_up=3,
        scale_fn="0.7**n",
        scale_mode="iterations",
    ),
    case("CyclicLR_momentum", base_lr=0.1, max_lr=1.0, step_size_up=4, mode="triangular2"),
    case("OneCycleLR", max_lr=0.5, total_steps=15),
    case("OneCycleLR", max_lr=0.5, epochs=3, steps_per_epoch=5, anneal_strategy="linear"),
    case("OneCycleLR", max_lr=0.5, total_steps=15, pct_start=0.41, three_phase=True),
    case("OneCycleLR", max_lr=0.5, total_steps=15, pct_start=0.7, three_phase=True),
    case("OneCycleLR", max_lr=0.5, total_steps=15, pct_start=0.0, div_factor=2.0),
    case("OneCycleLR_momentum", max_lr=0.5, total_steps=15),
    case("OneCycleLR_momentum", max_lr=0.5, total_steps=15, pct_start=0.4, three_phase=True),
    case("SWALR", 0.5, swa_lr=0.05),
    case("SWALR", 0.5, swa_lr=0.05, anneal_epochs=4, anneal_strategy="linear"),
    case("SWALR", 0.5, swa_lr=0.05, anneal_epochs=0),
    case("SequentialLR", 0.5, schedulers=[LINEAR, COSINE], milestones=[3]),
    case("SequentialLR", 0.5, schedulers=[HALF, FALL, COSINE], milestones=[2, 7]),
    case("SequentialLR", 0.5, schedulers=[HALF, FALL, COSINE], milestones=[4, 4]),
    case("SequentialLR", 0.5, schedulers=[HALF, COSINE], milestones=[0]),
    case("SequentialLR", 0.5, schedulers=[COSINE], milestones=[]),
    case("SequentialLR", 0.5, schedulers=[HALF, CYCLE], milestones=[3]),
    case(
        "SequentialLR",
        0.5,
        schedulers=[FALL, case("MultiplicativeLR", 0.5, lr_lambda="0.9 or 0.8")],
        milestones=[5],
    ),
    case(
        "SequentialLR",
        0.5,
        schedulers=[
            FALL,
            case("SWALR", 0.5 * 0.8**4, swa_lr=0.05, anneal_epochs=4, anneal_strategy="linear"),
        ],
        milestones=[5],
    ),
    case(
        "SequentialLR",
        0.5,
        schedulers=[
            case("LambdaLR", 0.5, lr_lambda="1/(k+1)"),
            case("CosineAnnealingWarmRestarts", 0.5, T_0=4),
        ],
        milestones=[3],
    ),
    case(
        "SequentialLR",
        0.6 / 25.0,
        schedulers=[case("ConstantLR", 0.6 / 25.0, factor=0.5, total_iters=3), ONE_CYCLE],
        milestones=[3],
    ),
    case("ChainedScheduler", 0.5, schedulers=[HALF, FALL]),
    case("ChainedScheduler", 0.5, schedulers=[LINEAR, HALF, FALL]),
    case("ChainedScheduler", 0.5, schedulers=[LINEAR, COSINE]),
    case("ChainedScheduler", 0.5, schedulers=[COSINE, FALL, COSINE]),
    case("ChainedScheduler", 0.5, schedulers=[CYCLE]),
    case(
        "ChainedScheduler",
        0.5,
        schedulers=[
            case("PolynomialLR", 0.5, total_iters=6),
            case("CosineAnnealingLR", 0.5, T_max=4),
        ],
    ),
    case(
        "ChainedScheduler",
        0.5,
        schedulers=[
            case("ChainedScheduler", 0.5, schedulers=[LINEAR, COSINE]),
            case("MultiplicativeLR", 0.5, lr_lambda="0.9 or 0.8"),
        ],
    ),
    case(
        "SequentialLR",
        0.05,
        schedulers=[
            case(
                "ChainedScheduler",
                0.05,
                schedulers=[
                    case("LinearLR", 0.05, start_factor=0.1, total_iters=5),
                    case("ConstantLR", 0.05, factor=0.1, total_iters=5),
                ],
            ),
            case("ConstantLR", 0.05, factor=0.5, total_iters=5),
        ],
        milestones=[5],
    ),
    case("ChainedScheduler", 0.5, schedulers=[LINEAR, case("CosineAnnealingLR", 0.5, T_max=4)]),
    case(
        "ChainedScheduler",
        0.5,
        schedulers=[
            HALF,
            case("SequentialLR", 0.5, schedulers=[LINEAR, COSINE], milestones=[3]),
            FALL,
        ],
    ),
    case(
        "ChainedScheduler",
        0.5,
        schedulers=[
            case(
                "SequentialLR",
                0.5,
                schedulers=[FALL, case("MultiplicativeLR", 0.5, lr_lambda="0.9 or 0.8")],
                milestones=[4],
            ),
            FALL,
        ],
    ),
]
