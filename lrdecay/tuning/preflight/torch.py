"""PyTorch: what a scheduler will do, and what the optimizer's updates used."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from ...checks import StepCount, Steps, check, refuse
from ...plateau import Fold
from ..lint import Finding, ahead, counted, length, lint, live, look_at_groups, order
from ..lint.codes import finding
from ..lint.groups import over
from ..lint.subject import MOST_CALLS, Counts, sampled
from .departures import FEW, IN_A_ROW
from .recorder import Floats, Recorder

SAME = 1e-6  # of a rate
NEAR = 0.02  # of the run


def preflight(
    optimizer: Any,
    scheduler: Any,
    total_steps: int | None = None,
    *,
    epochs: float | None = None,
    dataset_size: int | None = None,
    batch_size: int | None = None,
    accumulation: int = 1,
    world_size: int = 1,
    every: int = 1,
    step: int | None = None,
) -> Recorder:
    r"""Look at what a scheduler of PyTorch will do, and record what the optimizer's updates use.

    Nothing is stepped and nothing changed: a copy of the scheduler is stepped on a stand-in for the
    optimizer, with its groups and without parameters. A Python function that a scheduler calls is
    called, too: it should not remember.

    Args:
        optimizer: a `torch.optim.Optimizer`, which gets a hook that records; or parameter groups,
            whose rates are looked at and recorded by `Recorder.record` alone.
        scheduler: of this optimizer; or a schedule or function of the step, for a loop that sets
            the rates itself.
        total_steps: updates of the run. Or `epochs`, `dataset_size` and `batch_size`.
        epochs: of the run.
        dataset_size: examples in an epoch.
        batch_size: examples in one forward pass of one process.
        accumulation: forward passes between two updates.
        world_size: processes.
        every: updates between two steps of the scheduler: those of an epoch, for one that is
            stepped once an epoch.
        step: updates that were made before, in a run that goes on; None to ask the scheduler.

    Returns:
        A recorder. Its `findings` are of before the first update; its `report()` says at the end
        where the rates that were used left the plan.

    Raises:
        ValueError: if an argument is out of range, or the scheduler is none of this optimizer.

    Examples:
        ```python
        flight = lrdecay.preflight(optimizer, scheduler, total_steps=10_000)
        print(*flight.findings, sep="\n")
        ...  # the training loop
        print(*flight.report(), sep="\n")
        ```
    """
    counts = counted(epochs, accumulation, world_size, dataset_size)
    every = check("every", every, Steps)
    total = length(scheduler, total_steps, dataset_size, batch_size, counts)
    if step is not None and check("step", step, StepCount) >= total:
        raise refuse("step", step, f"below the {total} updates of the run")
    optimizer, groups = _groups(optimizer, scheduler)
    names = [group.get("name") for group in groups]
    about = {"total": total, "counts": counts, "every": every}
    if live.is_live(scheduler):
        recorder = _of_scheduler(scheduler, names, step=step, **about)
    else:
        recorder = _of_function(scheduler, names, start=step or 0, **about)
    if optimizer is not None:
        recorder.stop = _listen(optimizer, scheduler, recorder)
    return recorder


def _groups(optimizer: Any, scheduler: Any) -> tuple[Any, Any]:
    """Return the optimizer, or None where there are groups alone, and the groups."""
    bare = live.bare(optimizer)
    groups = getattr(bare, "param_groups", bare)
    alone = groups is bare
    if not (
        isinstance(groups, (list, tuple))
        and groups
        and all(isinstance(one, dict) and (alone or "lr" in one) for one in groups)
    ):
        raise refuse("optimizer", optimizer, "an optimizer of PyTorch, or its parameter groups")
    if live.is_live(scheduler):
        its = live.bare(live.bare(scheduler).optimizer)  # the Trainer gives it the prepared one
        if (not alone and its is not bare) or len(its.param_groups) != len(groups):
            raise refuse("scheduler", live.name_of(scheduler), "a scheduler of this optimizer")
        groups = its.param_groups
    return None if alone else bare, groups


def _of_function(
    schedule: Any, names: Any, *, total: int, counts: Counts, every: int, start: int
) -> Recorder:
    """Return the recorder of a loop that sets the rates itself."""
    if isinstance(schedule, Fold):
        found = (finding("LR027", f"{type(schedule).__name__} follows a metric"),)
        return Recorder(found, (), names, total, start)
    if not callable(schedule):
        words = "a scheduler of PyTorch, a schedule, or a function of the step"
        raise refuse("scheduler", schedule, words)
    found = lint(
        schedule,
        total,
        epochs=counts.epochs,
        accumulation=counts.accumulation,
        world_size=counts.world_size,
    )
    last = min(total, MOST_CALLS)
    rates = sampled(schedule, ahead(last, 0, counts) // every + 1)[0][start // every :]
    return Recorder(found, [rates] * len(names), names, total, start, every)


def _of_scheduler(
    scheduler: Any, names: Any, *, total: int, counts: Counts, every: int, step: int | None
) -> Recorder:
    """Return the recorder of a scheduler of PyTorch, with what it will do."""
    each, at = _steps_an_update(scheduler), live.step_of(scheduler)
    start = step if step is not None else (at or 0) * every // each
    found = _as_left(scheduler, at, start * each // every, step)
    plan: list[Floats] = []
    if live.follows_metric(scheduler):
        found.append(finding("LR027", f"{live.name_of(scheduler)} follows a metric"))
    elif total > MOST_CALLS:
        found.append(finding("LR027", f"the run has more than {MOST_CALLS:,} updates"))
    else:
        plan, stops = live.rates_of(scheduler, each * ahead(total, start, counts))
        if every == 1:
            of_updates = [rates[::each] for rates in plan]
            found += look_at_groups(
                scheduler, of_updates, stops, total=total, counts=counts, at=start
            )
        else:
            of_steps = -(-total // every)
            at_step = start // every
            of_run = [rates[: ahead(of_steps, at_step, Counts())] for rates in plan]
            looked = look_at_groups(
                scheduler, of_run, stops, total=of_steps, counts=Counts(), at=at_step
            )
            seldom = over([_seldom(rates, total, start, every) for rates in plan], names)
            found += seldom
            said = {"LR007"} if seldom else set()  # the same, in other words
            found += [_times(one, every) for one in looked if one.code not in said]
    recorder = Recorder(order(found), plan, names, total, start, every, each, _clock(scheduler, at))
    recorder.in_parts = lambda: live.is_between(scheduler)
    return recorder


def _times(one: Finding, every: int) -> Finding:
    return one if one.step is None else one._replace(step=one.step * every)


def _seldom(rates: Floats, total: int, start: int, every: int) -> list[Finding]:
    """Return whether a scheduler that is stepped seldom counts updates."""
    low, steps = start // every + int(rates.argmin()), -(-total // every)
    ends = rates.argmin() < rates.size - 1 and abs(low - total) <= NEAR * total + 1
    if not ends or low <= 2 * steps:
        return []
    words = f"the scheduler ends at step {low:,} and is stepped once in {every:,} updates"
    return [finding("LR020", f"{words}, {steps:,} times in the run", 0)]


def _steps_an_update(scheduler: Any) -> int:
    """Return how often a scheduler is stepped for an update: by accelerate, once a process."""
    if live.bare(scheduler) is scheduler or scheduler.split_batches:
        return 1
    from accelerate.state import AcceleratorState

    return AcceleratorState().num_processes if scheduler.step_with_optimizer else 1


def _as_left(scheduler: Any, at: int | None, due: int, step: int | None) -> list[Finding]:
    """Return whether a scheduler, and the rates of its optimizer, are where the run is."""
    found = []
    far = at is not None and (at == 0 or abs(at - due) > max(IN_A_ROW, FEW * due))
    if step is not None and step > 0 and far:
        words = f"the run goes on with update {step:,}, and the scheduler is at step {at:,}"
        found.append(finding("LR023", words, step))
    if not hasattr(live.bare(scheduler), "_last_lr"):
        return found
    last = live.bare(scheduler).get_last_lr()
    groups = live.bare(scheduler).optimizer.param_groups
    for k, (group, rate) in enumerate(zip(groups, last, strict=False)):
        has, said = float(group["lr"]), float(rate)
        if abs(has - said) > SAME * max(abs(has), abs(said)):
            words = f"the optimizer has the rate {has:.4g}, and its scheduler has set {said:.4g}"
            code = "LR024" if at in {None, 0} else "LR023"
            where = f"group {group.get('name', k)}: " if len(groups) > 1 else ""
            found.append(finding(code, where + words, step or at or 0))
    return found


def _clock(scheduler: Any, at: int | None) -> Callable[[], int | None]:
    """Return what tells the steps of a scheduler since it was looked at."""
    if at is None:
        return lambda: None
    return lambda: (live.step_of(scheduler) or 0) - at


def _listen(optimizer: Any, scheduler: Any, recorder: Recorder) -> Callable[[], Any]:
    """Record each update of an optimizer; return what ends that."""
    teller = live.teller(scheduler) if live.is_live(scheduler) else None
    at = 0 if teller is None else teller.last_epoch
    own, every, each = count(), recorder.every, recorder.each
    step, rates = recorder.steps.append, [used.append for used in recorder.used]

    def note(optimizer: Any, *_: Any) -> None:
        step(next(own) * each // every if teller is None else teller.last_epoch - at)
        if len(optimizer.param_groups) > len(rates) and recorder.joined is None:
            recorder.joined = len(recorder.steps) - 1
        for put, group in zip(rates, optimizer.param_groups, strict=False):
            put(group["lr"])

    return optimizer.register_step_pre_hook(note).remove
