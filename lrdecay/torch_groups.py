"""What a scheduler of PyTorch sets in parameter groups: all of it that needs nothing of PyTorch."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .fields import Metric, StepCount, check, refuse
from .fold import Fold, plain
from .schedule import Schedule
from .then_fold import as_fold

Held = Any  # a schedule or rule for all groups, or a list or dict with one for each
RULES = "a Schedule, or a rule that follows a metric"


def held(name: str, given: Any, kinds: Any = Schedule, words: str = "a Schedule") -> Held:
    """Return what a scheduler holds of an argument, every schedule in it checked."""
    if isinstance(given, Mapping):
        kept: Held = dict(given)
        parts = list(kept.values())
    elif isinstance(given, Iterable):
        kept = parts = list(given)
    else:
        kept, parts = given, [given]
    for one in parts:
        if not isinstance(one, kinds):
            raise refuse(name, one, words)
    return kept


def for_groups(name: str, kept: Held, groups: list[dict[str, Any]]) -> list[Any]:
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


def copied(value: Any) -> Any:
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
        for_groups("schedule", schedule, groups)
        for name, kept in others.items():
            found = sorted(set.intersection(*map(_numbers, groups)))
            if name not in found:
                words = f"one of the numbers that every parameter group has, {', '.join(found)}"
                raise refuse(name, name, words)
            for_groups(name, kept, groups)
        self.schedule, self.relative, self.others = schedule, relative, others

    def scaled(self, rates: list[float]) -> list[float]:
        """Return rates as they are, or as factors of the groups' own."""
        if not self.relative:
            return rates
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:
            self.base_lrs.append(group.setdefault("initial_lr", copied(group["lr"])))
        return [float(base) * lr for base, lr in zip(self.base_lrs, rates, strict=True)]

    def put_others(self, step: int) -> None:
        """Set what is scheduled beside the rate."""
        groups = self.optimizer.param_groups
        for name, kept in self.others.items():
            for group, one in zip(groups, for_groups(name, kept, groups), strict=True):
                _put(group, name, one(step))

    def put_rates(self, rates: list[float]) -> None:
        """Set the rates themselves."""
        groups = self.optimizer.param_groups
        for group, lr in zip(groups, rates, strict=True):
            _put(group, "lr", lr)
        self._last_lr = [copied(group["lr"]) for group in groups]

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
        each = for_groups("schedule", self.schedule, self.optimizer.param_groups)
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
        self.base_lrs = [group.setdefault("initial_lr", copied(group["lr"])) for group in groups]
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
        each = for_groups("schedule", self.schedule, self.optimizer.param_groups)
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
