"""Is going on from a decayed checkpoint as good as going back to before the decay?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.wsd import WSD
from ...lab import moons, quadratic
from ...lab.stats import Interval, bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS, COOLDOWN = 500, 100
STABLE = STEPS - COOLDOWN  # where the other checkpoint was kept
FURTHER = {"30 %": 150, "100 %": 500, "300 %": 1500}
NETWORK_STEPS, BATCH, PEAKS = 100, 10, (0.25, 0.35, 0.5, 0.7, 1.0)
TUNING = 5000  # offset of the seeds that chose the network's peak
LITTLE = (0.005, 0.05)  # noise, a hundredth of the usual


def experiment(seeds: range) -> Evidence:
    """Continue a finished run from its end, and from before its cooldown."""
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), LITTLE))
    cooled = WSD(1.0, STEPS, COOLDOWN).sample(STEPS)
    peak, calm = quadratic.best(noisy, cooled).rate, quadratic.best(quiet, cooled).rate
    same = {name: _ratio(noisy, peak, _again(n), n) for name, n in FURTHER.items()}
    low = np.full(STEPS, 0.1)
    held = {"noise": _ratio(noisy, peak, low, STEPS), "calm": _ratio(quiet, calm, low, STEPS)}
    claim = {"at_most": 0.01}
    cases = (
        Case("some", "the rate goes back to the peak for 30 % more updates", same["30 %"], **claim),
        Case("twice", "the rate goes back to the peak for as many updates again",
             same["100 %"], **claim),
        Case("network", "a small network goes back to the peak for as many updates again",
             _network(seeds), **claim),
        Case("held", "the rate stays at 10 % of the peak and gradients are noisy",
             held["noise"], **claim),
        Case("calm", "the rate stays at 10 % of the peak and there is little noise",
             held["calm"], **claim),
    )  # fmt: skip
    chart = Dots(
        rows=(
            "at the peak, +30 %",
            "at the peak, +100 %",
            "at the peak, +300 %",
            "network, at the peak, +100 %",
            "at a tenth, +100 %",
            "at a tenth, little noise, +100 %",
        ),
        series={"": (*same.values(), cases[2].effect, held["noise"], held["calm"])},
        xlabel="final loss, relative to going on from the stable one",
        alt="Loss after equally many further updates, from the decayed against from the stable "
        "checkpoint. Back at the peak it is some per cent lower, less so the longer training goes "
        "on. Held at a tenth of the peak it is a little lower with noise, and far higher with "
        "little noise.",
        caption="With as many updates again and the rate back at the peak, the decayed checkpoint "
        "ends {gain_twice:.1%} lower. With little noise, holding a tenth of the peak "
        "costs {calm:.0%}.",
        reference=0.0,
    )
    return Evidence(
        "loss from the decayed checkpoint / from the stable one, minus 1",
        cases,
        chart,
        {
            "gain_some": _minus(same["30 %"]),
            "gain_twice": _minus(same["100 %"]),
            "gain_long": _minus(same["300 %"]),
            **_numbers(noisy, peak, cooled),
        },
    )


def _minus(ratio: Interval) -> Interval:
    return Interval(-ratio.estimate, -ratio.high, -ratio.low, ratio.n)


def _again(updates: int) -> np.ndarray:
    """Return the peak, then a cooldown over a fifth of what the whole run has become."""
    length = min(updates, round((STEPS + updates) / 5))
    return WSD(1.0, updates, length).sample(updates)


def _ratio(
    problem: quadratic.Problem, peak: np.ndarray, decayed: np.ndarray, updates: int
) -> Interval:
    """Compare: from the end at the rates `decayed`, and from before the cooldown at the peak."""
    end = np.r_[WSD(1.0, STEPS, COOLDOWN).sample(STEPS), decayed]
    before = np.r_[np.ones(STABLE), _again(updates)]
    losses = [quadratic.rates(problem, s, peak[:, None])[:, 0] for s in (end, before)]
    return bootstrap(losses[0] / losses[1] - 1.0)


def _numbers(
    problem: quadratic.Problem, peak: np.ndarray, cooled: np.ndarray
) -> dict[str, Interval]:
    """Return the rise after going back to the peak, and the price of the detour."""

    def final(shape: np.ndarray) -> np.ndarray:
        return quadratic.rates(problem, shape, peak[:, None])[:, 0]

    end, rise = final(cooled), final(np.r_[cooled, np.ones(COOLDOWN)])
    never = final(np.r_[np.ones(STEPS), _again(STEPS)])
    return {
        "rise": bootstrap(rise / end - 1.0),
        "detour": bootstrap(final(np.r_[cooled, _again(STEPS)]) / never - 1.0),
    }


def _network(seeds: range) -> Interval:
    """Do the same in a small network, for as many updates as the run had."""
    cooldown = NETWORK_STEPS // 5
    cooled = WSD(1.0, NETWORK_STEPS, cooldown).sample(NETWORK_STEPS)
    other = range(seeds.start + TUNING, seeds.start + TUNING + len(seeds))
    tried = _train(np.outer(PEAKS, cooled), other)
    peak = PEAKS[int(np.median(tried, axis=-1).argmin())]
    again = WSD(1.0, NETWORK_STEPS, 2 * cooldown).sample(NETWORK_STEPS)
    # The shorter of the two ends with updates at rate 0, which change nothing.
    before = np.r_[np.ones(NETWORK_STEPS - cooldown), again, np.zeros(cooldown)]
    decayed, stable = _train(peak * np.array([np.r_[cooled, again], before]), seeds)
    return bootstrap(decayed / stable - 1.0)


def _train(lrs: np.ndarray, seeds: range) -> np.ndarray:
    runs = moons.run(lrs, seeds, batch_size=BATCH, curves=False, test_points=2, workers=1)
    return runs.final_loss


RULE = Rule(
    id="H020",
    name="Resuming a decayed checkpoint",
    question="Is going on from a decayed checkpoint as good as going back to before the decay?",
    claim="With as many further updates, going on from the decayed checkpoint ends at most 1 % "
    "above going on from the stable one, kept before the cooldown.",
    topic="cooldown",
    action="Go on from the decayed checkpoint and bring the rate back to the peak; nothing forces "
    "you back to the stable one. If little is left to train, see H019 first.",
    value="With as many updates again, the decayed checkpoint ends {gain_twice:.1%} lower than the "
    "stable one, and with 30 % more {gain_some:.1%} lower: the updates of the cooldown are not "
    "lost.",
    tradeoff="The loss first rises: 100 updates back at the peak it is {rise:.0%} higher than at "
    "the checkpoint. And the cooldown was a detour: the result is {detour:.1%} above that of a run "
    "of the same total length that never cooled in between.",
    reasoning="The rise is noise that comes back with the rate, not progress that is lost: the "
    "next cooldown removes it again. Slow directions went on improving during the cooldown, if "
    "more slowly, so the decayed checkpoint is the one further on. Its lead fades with the length "
    "of what follows: three times the first run leaves {gain_long:.1%}. Holding a low rate spares "
    "the rise. With noise that is as good for a while; where there is little noise it gives up "
    "the progress that the peak would make.",
    not_when="New data come in, the optimizer's state was not kept, or the peak needs a warmup to "
    "be stable: none of these is in these worlds.",
    conditions="Noisy quadratics of random spectra: 500 updates with a 20 % cooldown at its best "
    "peak, then more at the same peak with a cooldown over a fifth of the total; exact expected "
    "losses; a seed draws the problem. Little noise: a hundredth. micrograd's network: 100 updates "
    "and 100 more, batches of 10, the best of five peaks on other seeds.",
    sources=("wen-2024", "haegele-2024", "ibrahim-2024"),
    situations=("extending a run", "fine-tuning"),
    symptoms=("the horizon changed",),
    related=("H014", "H019", "H033"),
    experiment=experiment,
    seeds=range(1000, 1200),
)
