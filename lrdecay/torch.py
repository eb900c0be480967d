"""Any schedule as a scheduler of PyTorch, which is imported when one is made."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from .checks import Flag, Metric, StepCount, check, refuse
from .plateau import Fold, as_fold, plain
from .schedule import Schedule

ForGroups = Schedule | Sequence[Schedule] | Mapping[str, Schedule]
Held = Any  # a schedule or rule for all groups, or a list or dict with one for each


def torch_scheduler(
    optimizer: Any,
    schedule: ForGroups | Fold | Sequence[Schedule | Fold] | Mapping[str, Schedule | Fold],
    *,
    relative: bool = False,
    step: int = 0,
    **others: ForGroups,
) -> Any:
    r"""Return a scheduler of PyTorch that sets the rates of a schedule.

    A `torch.optim.lr_scheduler.LRScheduler`, to be stepped after each `optimizer.step()`. After $k$
    steps every parameter group has the rate `schedule(k)`, whatever `lr` it was made with.

    A rule that follows a metric becomes a `ReduceLROnPlateau`, as which PyTorch, Lightning and
    transformers know it: `scheduler.step(metric)` after each evaluation. It counts the updates of
    the optimizer, for a warmup in front of the rule, by itself.

    Resuming: save the `state_dict()` of the optimizer and of this, make both anew, load both, in
    any order. The state is plain numbers, and loading sets the rates at once. (Of PyTorch's 14 own
    schedulers, 8 give wrong rates when the optimizer is loaded before they are made.) The
    schedule is not in the state: a run goes on under the schedule given here. The state of another
    of PyTorch's schedulers will do for a schedule, and without any there is `step`.

    A group that is added later joins at the next step: under one schedule as it is, under
    `relative` with its own `lr` at that time. Where each has its own, first add one:
    `scheduler.schedule = [*scheduler.schedule, another]`; a step without it is a ValueError.

    Args:
        optimizer: a `torch.optim.Optimizer`.
        schedule: one for all parameter groups, or one for each: a sequence, or a mapping such as
            that of `per_group`. A mapping goes by the "name" of the groups where all have one,
            else by their order.
        relative: whether a schedule's values are factors of each group's own learning rate (its
            `initial_lr`, which is its `lr` unless a scheduler was there before).
        step: updates already made, >= 0.
        **others: a schedule, or one for each group, of anything else that the groups have as a
            number, under its name there, such as `momentum` or `weight_decay`. `momentum` is also
            the first of `betas`. The values are set as they are: where a group has no weight
            decay, give each its own.

    Returns:
        The scheduler. Besides what every scheduler of PyTorch has, `schedule` holds what it was
        given. It can be pickled and copied together with its optimizer if the schedule can.

    Raises:
        ValueError: if a schedule is none, or does not fit the optimizer's groups, or if `step` is
            out of range.
        TypeError: if `optimizer` is not an optimizer of PyTorch, as PyTorch itself raises.

    Examples:
        ```python
        scheduler = lrdecay.torch_scheduler(optimizer, lrdecay.warmup_cosine(1e-3, 10_000, 500))
        for batch in batches:
            loss(batch).backward()
            optimizer.step()
            scheduler.step()
        ```
    """
    at = check("step", step, StepCount)
    kept = _held("schedule", schedule, Schedule | Fold)
    beside = {name: _held(name, given, Schedule) for name, given in others.items()}
    shares = check("relative", relative, Flag)
    from torch.optim import Optimizer

    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {optimizer!r:.200}")
    each = _for_groups("schedule", kept, optimizer.param_groups)
    follows = any(isinstance(one, Fold) for one in each)
    kind = _plateau_class() if follows else _scheduler_class()
    return kind(optimizer, at, kept, shares, beside)


def _held(name: str, given: Any, kind: Any) -> Held:
    """Return what a scheduler holds of an argument, every schedule in it checked."""
    if isinstance(given, Mapping):
        return {key: check(name, one, kind) for key, one in given.items()}
    if isinstance(given, Iterable):
        return [check(name, one, kind) for one in given]
    return check(name, given, kind)


def _for_groups(name: str, kept: Held, groups: list[dict[str, Any]]) -> list[Any]:
    """Return the one of each group: by name where every group has one, else in their order."""
    if isinstance(kept, (Schedule, Fold)):
        return [kept] * len(groups)
    names = [group.get("name") for group in groups]
    if isinstance(kept, dict) and all(isinstance(one, str) for one in names):
        if set(names) != set(kept):
            raise refuse(name, list(kept), f"one for each of the parameter groups {names}")
        return [kept[one] for one in names]
    if len(kept) != len(groups):
        raise refuse(name, kept, f"one for each of the {len(groups)} parameter groups")
    return list(kept.values() if isinstance(kept, dict) else kept)


def _copied(value: Any) -> Any:
    """Return a number, or a tensor's copy."""
    return value.clone() if hasattr(value, "clone") else value


def _put(group: dict[str, Any], name: str, value: float) -> None:
    if name == "momentum" and "betas" in group:  # Adam's first, as PyTorch's own OneCycleLR does
        first, *others = group["betas"]
        if hasattr(first, "fill_"):
            first.fill_(value)
        else:
            group["betas"] = (value, *others)
    elif hasattr(group[name], "fill_"):  # a tensor, which a compiled optimizer holds on to
        group[name].fill_(value)
    else:
        group[name] = value


def _numbers(group: dict[str, Any]) -> set[str]:
    """Return the names of what `_put` can set, but for the rate itself."""
    found = {
        name
        for name, value in group.items()
        if hasattr(value, "fill_") or type(value) in {int, float}  # a flag is neither
    }
    return (found | {"momentum"} if "betas" in group else found) - {"lr", "initial_lr"}


class Groups:
    """What both kinds of scheduler share: the groups' own rates, and what is set beside them."""

    optimizer: Any
    schedule: Held
    relative: bool
    others: dict[str, Held]
    last_epoch: int
    base_lrs: list[Any]
    _last_lr: list[Any]

    def hold(self, optimizer: Any, schedule: Held, relative: bool, others: dict[str, Held]) -> None:
        """Keep what the scheduler is made with, after a look at whether it fits the groups."""
        groups = optimizer.param_groups
        _for_groups("schedule", schedule, groups)
        for name, kept in others.items():
            found = sorted(set.intersection(*map(_numbers, groups)))
            if name not in found:
                words = f"one of the numbers that every parameter group has, {', '.join(found)}"
                raise refuse(name, name, words)
            _for_groups(name, kept, groups)
        self.schedule, self.relative, self.others = schedule, relative, others

    def scaled(self, rates: list[float]) -> list[float]:
        """Return rates as they are, or as factors of the groups' own."""
        if not self.relative:
            return rates
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:
            self.base_lrs.append(group.setdefault("initial_lr", _copied(group["lr"])))
        return [float(base) * lr for base, lr in zip(self.base_lrs, rates, strict=True)]

    def put_others(self, step: int) -> None:
        """Set what is scheduled beside the rate."""
        groups = self.optimizer.param_groups
        for name, kept in self.others.items():
            for group, one in zip(groups, _for_groups(name, kept, groups), strict=True):
                _put(group, name, one(step))

    def put_rates(self, rates: list[float]) -> None:
        """Set the rates themselves."""
        groups = self.optimizer.param_groups
        for group, lr in zip(groups, rates, strict=True):
            _put(group, "lr", lr)
        self._last_lr = [_copied(group["lr"]) for group in groups]

    def own_rates(self) -> dict[str, list[float]]:
        """Return the groups' own rates as a state has them: only where they matter."""
        return {"base_lrs": [float(base) for base in self.base_lrs]} if self.relative else {}

    def load_own_rates(self, state: Mapping[str, Any]) -> None:
        """Take the groups' own rates from a state."""
        if self.relative and "base_lrs" in state:
            bases, groups = state["base_lrs"], len(self.optimizer.param_groups)
            if len(bases) > groups:
                raise refuse("base_lrs", bases, f"at most one for each of {groups} groups")
            self.base_lrs = list(bases)


class Scheduled(Groups):
    """Rates that follow from the step alone."""

    _step_count: int

    def get_lr(self) -> list[float]:
        """Return the rate of each group at this scheduler's step; what goes with them is set."""
        self.put_others(self.last_epoch)
        each = _for_groups("schedule", self.schedule, self.optimizer.param_groups)
        return self.scaled([schedule(self.last_epoch) for schedule in each])

    def state_dict(self) -> dict[str, Any]:
        """Return the step and, if they matter, the groups' own rates: numbers only."""
        return {"last_epoch": self.last_epoch, **self.own_rates()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to the step of the state, and set the rates there."""
        step = check("last_epoch", state_dict.get("last_epoch"), StepCount)
        self.load_own_rates(state_dict)
        self.go_to(step)

    def go_to(self, step: int) -> None:
        """Set the rates of a step, without one."""
        self.last_epoch = step
        self.put_rates(self.get_lr())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A copied optimizer does not tell whether it has stepped: leave out PyTorch's check of it.
        self._step_count = max(self._step_count, 2)


class Followed(Groups):
    """Rates that follow a metric; the optimizer tells of each update."""

    states: list[Any]  # one, or one for each group
    updates: int

    def begin(self, step: int) -> None:
        """Set the rates of step `step`, before any metric, and count updates from now on."""
        groups = self.optimizer.param_groups
        self.base_lrs = [group.setdefault("initial_lr", _copied(group["lr"])) for group in groups]
        self.last_epoch, self.updates, self.states = 0, step, []
        self.change(lambda rule, state: rule.advance(state, step))
        self._listen()

    def step(self, metrics: Any) -> None:
        """Take one more metric, and set the rates that it leads to."""
        metric = check("metrics", metrics, Metric)
        self.change(lambda rule, state: rule.update(state, metric))
        self.last_epoch += 1

    def get_lr(self) -> list[float]:
        """Return the rate of each group."""
        rates = [state.lr for state in self.states]
        each = len(self.optimizer.param_groups) if len(rates) == 1 else 1
        return self.scaled(rates * each)

    def state_dict(self) -> dict[str, Any]:
        """Return what was counted and what the rules remember: numbers by name."""
        return {
            "last_epoch": self.last_epoch,
            "updates": self.updates,
            "states": [plain(state) for state in self.states],
            **self.own_rates(),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from the state, and set the rates there."""
        counted = [
            check(name, state_dict.get(name), StepCount) for name in ("last_epoch", "updates")
        ]
        saved, rules = state_dict.get("states"), self._rules()
        if not isinstance(saved, (list, tuple)) or len(saved) > len(rules):
            raise refuse("states", saved, f"a list of the states of {len(rules)} rules")
        self.states = [rule.restore(one) for rule, one in zip(rules, saved, strict=False)]
        self.last_epoch, self.updates = counted
        self.load_own_rates(state_dict)
        self.change(lambda _, state: state)

    def _rules(self) -> list[Fold]:
        if isinstance(self.schedule, (Schedule, Fold)):
            return [as_fold(self.schedule)]
        each = _for_groups("schedule", self.schedule, self.optimizer.param_groups)
        return [as_fold(one) for one in each]

    def change(self, after: Callable[[Fold, Any], Any]) -> None:
        """Change the state of each rule, and set the rates that follow."""
        rules = self._rules()
        states = self.states + [rule.start() for rule in rules[len(self.states) :]]
        self.states = [after(rule, state) for rule, state in zip(rules, states, strict=True)]
        self.put_others(self.updates)
        self.put_rates(self.get_lr())

    def _listen(self) -> None:
        alive = weakref.ref(self)  # a scheduler that was replaced sets nothing any more

        def count(*_: Any) -> None:
            scheduler = alive()
            if scheduler is not None:
                scheduler.updates += 1
                scheduler.change(lambda rule, state: rule.advance(state))

        self.optimizer.register_step_post_hook(count)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._listen()  # no copy of an optimizer has a hook


def __getattr__(name: str) -> Any:
    """Return a class by its name, where pickle looks for it."""
    if name == "ScheduleLR":
        return _scheduler_class()
    if name == "PlateauLR":
        return _plateau_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _scheduler_class() -> Any:
    """Return the class, whose base exists only with PyTorch."""
    from torch.optim.lr_scheduler import LRScheduler

    class ScheduleLR(Scheduled, LRScheduler):
        """A scheduler whose rates are those of a schedule; `torch_scheduler` makes it."""

        def __init__(self, optimizer: Any, step: int, *kept: Any) -> None:
            self.hold(optimizer, *kept)
            super().__init__(optimizer)
            if step > 0:
                self.go_to(step)

    ScheduleLR.__qualname__ = "ScheduleLR"
    return ScheduleLR


@cache
def _plateau_class() -> Any:
    """Return the class, whose base exists only with PyTorch."""
    from torch.optim.lr_scheduler import ReduceLROnPlateau

    class PlateauLR(Followed, ReduceLROnPlateau):
        """A scheduler whose rates follow a metric; `torch_scheduler` makes it.

        Trainers hand the metric to what is a `ReduceLROnPlateau`; nothing else of it is used.
        """

        def __init__(self, optimizer: Any, step: int, *kept: Any) -> None:
            self.optimizer = optimizer
            self.hold(optimizer, *kept)
            self.begin(step)

    PlateauLR.__qualname__ = "PlateauLR"
    return PlateauLR
