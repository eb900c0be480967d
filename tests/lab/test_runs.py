"""Published runs: figures by a few lines of csv, intervals by textbook formulas and simulation."""

import csv
import itertools
import math
import statistics
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import lrdecay
from lrdecay.lab import runs
from lrdecay.lab.runs import noise
from lrdecay.lab.stats import Interval

FOLDER = Path(lrdecay.__file__).parent / "lab" / "runs"
COOLDOWNS = {  # the best of the peaks tried in 50,000 updates, as those who read the logs say
    "linear, last 10 %": 2.98255,
    "linear, last 20 %": 2.96599,
    "linear, last 40 %": 2.95478,
    "linear, last 60 %": 2.95126,
    "linear, last 80 %": 2.95226,
    "linear, last 90 %": 2.95322,
    "1-sqrt, last 20 %": 2.95990,
    "cosine to 0": 2.95337,
    "cosine to 10 %": 2.98194,
    "constant": 3.11211,
}


def rows(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def lowest(**wanted):
    """Return the least loss at one peak of the sweep, and that peak; reruns are averaged."""
    losses = defaultdict(list)
    for row in rows("llama"):
        if row["series"] in {"sweep", "grad_norm"} and all(row[k] == v for k, v in wanted.items()):
            losses[float(row["peak"])].append(float(row["loss"]))
    return min((statistics.mean(found), peak) for peak, found in losses.items())


LONG = {"steps": "50000"}
CONSTANT, LINEAR = LONG | {"schedule": "constant"}, LONG | {"cooldown": "0.994"}
GAIN = lowest(**CONSTANT)[0] - lowest(**LINEAR)[0]


# --- the tables -----------------------------------------------------------------------------------


def test_the_tables_are_small_and_say_where_they_are_from():
    paths = list(FOLDER.glob("*.csv"))
    assert sum(path.stat().st_size for path in paths) < 100_000
    assert len(paths) == len(runs.SOURCES)
    for source in runs.SOURCES.values():
        assert source.url.startswith("https://github.com/")
        assert len(source.commit) == 12
        assert int(source.commit, 16)
        assert source.licence == "MIT"


def test_every_row_is_read_as_it_stands():
    for run, row in zip(runs.llama_style(), rows("llama"), strict=True):
        assert [str(value) for value in run[:3]] == list(row.values())[:3]
        assert (run.peak, run.steps) == (float(row["peak"]), int(row["steps"]))
        for name in ("loss", "running", "averaged"):
            assert str(getattr(run, name)) == str(float(row[name] or "nan"))
    for one, row in zip(runs.benchmark(), rows("benchmark"), strict=True):
        assert one.name == row["name"]
        assert [f"{loss:g}" for loss in one.losses] == row["losses"].split()
    points = [
        (c.millions, s, x)
        for c in runs.nine_schedules()
        for s, x in zip(c.steps, c.losses, strict=True)
    ]
    told = [(int(r["millions"]), int(r["step"]), float(r["loss"])) for r in rows("nine")]
    assert points == told


def test_sizes_are_those_of_the_architecture():
    for run in runs.llama_style():
        inner = -(-(8 * run.width // 3) // 256) * 256
        block = 4 * run.width**2 + 3 * run.width * inner
        assert run.millions == pytest.approx(
            (50_304 * run.width + run.layers * block) / 1e6, rel=0.015
        )


def test_filters_keep_what_has_all_values_and_refuse_what_nothing_has():
    kept = runs.llama_style(schedule="wsd", shape="1-sqrt", peak=0.001)
    assert {(run.schedule, run.shape, run.peak) for run in kept} == {("wsd", "1-sqrt", 0.001)}
    assert kept == tuple(r for r in runs.llama_style() if r in kept)
    assert runs.llama_style(series="210m", shape="1-sqrt") == ()
    with pytest.raises(ValueError, match=r"^shape must be one of \['', '1-sqrt', .*got 'sqrt'"):
        runs.llama_style(shape="sqrt")
    with pytest.raises(ValueError, match=r"^millions must be one of \[25, 100, 400\], got 124"):
        runs.nine_schedules(millions=124)
    with pytest.raises(ValueError, match=r"^name must be one of .{200}, got 'muon'$"):
        runs.benchmark(name="muon")


def test_a_curve_is_read_between_its_points():
    (curve,) = runs.nine_schedules(millions=25, schedule="linear")
    early, late = curve.steps[3:5]
    middle = curve.loss_at((early + late) / 2)
    assert middle == pytest.approx(sum(curve.losses[3:5]) / 2)
    with pytest.raises(ValueError, match=r"^step must be from"):
        curve.loss_at(0)


def test_older_runs_that_name_neither_shape_nor_floor_have_twins_that_do():
    older = runs.llama_style(series="scaling", millions=124)
    names = ["steps", "schedule", "shape", "cooldown", "floor", "peak", "dataset"]
    differences = [
        old.loss - new.loss
        for old, new in itertools.product(older, runs.llama_style(series="sweep"))
        if all(getattr(old, name) == getattr(new, name) for name in names)
    ]
    assert len(differences) == 4
    assert max(map(abs, differences)) < 2 * math.sqrt(2) * 0.0012


def test_what_a_log_that_is_cut_says_is_left_out():
    for run in runs.llama_style():
        if not math.isnan(run.loss + run.running):
            assert -0.01 < run.loss - run.running < 0.045
    lacking = [run for run in runs.llama_style() if math.isnan(run.loss)]
    assert sorted(run.millions for run in lacking) == [210, 210, 210, 210, 360]


# --- what they say at a glance --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "loss"), COOLDOWNS.items())
def test_the_best_of_the_peaks_tried_is_as_told(name, loss):
    arm = [run for run in runs.arms()[name] if run.series == "sweep"]
    assert runs.best(arm).loss.estimate == loss
    assert min(run.loss for run in arm) == loss


def test_the_best_peak_rises_with_the_length_of_the_cooldown():
    arms = runs.arms()
    assert runs.best(arms["linear, last 10 %"]).peak <= 0.001
    for share in (60, 80, 90):
        assert runs.best(arms[f"linear, last {share} %"]).peak == 0.002


def test_reruns_differ_by_a_deviation_of_0012():
    losses = defaultdict(list)
    for row in rows("llama"):
        if row["series"] in {"sweep", "grad_norm"}:
            key = [row[k] for k in ["schedule", "shape", "cooldown", "floor", "peak", "steps"]]
            losses[tuple(key)].append(float(row["loss"]))
    twice = [found for found in losses.values() if len(found) == 2]
    assert len(twice) == len(runs.pairs()) == 16
    told = runs.rerun_noise()
    assert told.estimate == pytest.approx(
        math.sqrt(sum((b - a) ** 2 for a, b in twice) / 2 / len(twice))
    )
    assert (round(told.estimate, 4), told.n) == (0.0012, 16)
    for end, chance in ((told.low, 0.975), (told.high, 0.025)):
        assert stats.chi2.cdf(8 * told.estimate**2 / end**2, 8) == pytest.approx(chance)


def test_pairs_of_one_peak_without_a_cosine_moved_together():
    moved = defaultdict(list)
    for first, again in runs.pairs():
        moved[first.peak if first.schedule != "cosine" else first].append(again.loss - first.loss)
    shared = [found for found in moved.values() if len(found) > 1]
    assert [len(found) for found in shared] == [3, 3, 3, 3]
    assert all(len(set(np.sign(found))) == 1 for found in shared)  # by chance once in 256


def test_seeds_differ_by_a_deviation_of_0010():
    seeded = [list(map(float, row["losses"].split())) for row in rows("benchmark")]
    spread = [statistics.stdev(losses) for losses in seeded if len(losses) >= 4]
    assert (len(spread), round(min(spread), 4), round(max(spread), 4)) == (32, 0.0003, 0.0016)
    told = runs.seed_noise()
    assert told.estimate == pytest.approx(statistics.median(spread))
    assert (round(told.estimate, 4), told.n) == (0.0010, 32)
    assert max(map(len, seeded)) == 30


def test_the_unit_is_what_linear_decay_gains():
    assert runs.gain().estimate == pytest.approx(GAIN)
    assert round(GAIN, 3) == 0.157


@pytest.mark.parametrize(
    ("earlier", "later", "sooner"),
    [
        ("20260501_contra_muon", "20260509_contra_muon_split_cooldown", 50),
        ("20260508_klsoap_h_clean_tuple_sweep/b1095_sh090", "20260511_klsoap_h_lr_power_decay", 85),
        ("20260430_muonh", "20260611_muonh_tuned_aux_3250", 75),
    ],
)
def test_entries_are_compared_at_equal_updates(earlier, later, sooner):
    a, b = (runs.benchmark(name=name)[0] for name in (earlier, later))
    assert a.steps - b.steps == sooner
    told = runs.seeded(a, b)
    means = statistics.mean(a.losses) - statistics.mean(b.losses)
    assert told.estimate == pytest.approx(means + 0.0045 * sooner / 100)
    parts = [statistics.variance(one.losses) / len(one.losses) for one in (a, b)]
    free = sum(parts) ** 2 / sum(
        part**2 / (len(one.losses) - 1) for part, one in zip(parts, (a, b), strict=True)
    )
    half = stats.t.ppf(0.975, free) * math.sqrt(sum(parts))
    assert (told.high - told.low) / 2 == pytest.approx(half)
    assert told.low > 0


# --- effects and their intervals ------------------------------------------------------------------


def test_a_difference_of_single_runs_has_the_interval_of_a_t_with_eight_degrees():
    first, second = runs.arms()["linear, last 40 %"][:2]
    told = runs.compare((first,), (second,)).nats
    assert told.estimate == pytest.approx(first.loss - second.loss)
    half = stats.t.ppf(0.975, 8) * math.sqrt(2) * runs.rerun_noise().estimate
    assert told.high - told.estimate == pytest.approx(half, rel=0.05)
    assert told.estimate - told.low == pytest.approx(half, rel=0.05)
    assert told.n == 1


def test_a_mean_of_two_runs_has_a_narrower_interval():
    once, twice = (
        [run for run in runs.arms()["cosine to 0"] if run.peak == peak] for peak in (0.003, 0.002)
    )
    wide, narrow = (runs.best(arm).loss for arm in (once, twice))
    assert (wide.n, narrow.n) == (1, 2)
    ratio = (wide.high - wide.low) / (narrow.high - narrow.low)
    assert ratio == pytest.approx(math.sqrt(2), rel=0.05)


def test_the_least_of_several_losses_has_an_interval_that_holds_the_truth():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        seen = rng.standard_normal((2, 1))
        draws = seen + rng.standard_normal((2, 400))
        told = noise.within(np.c_[seen, draws].min(axis=0), 1)
        held += told.low <= 0 <= told.high
    assert held >= 0.9 * 400


def test_a_share_is_of_the_gain_and_certain_for_the_unit_itself():
    arms = runs.arms()
    whole = runs.compare(arms["constant"], arms["linear, whole run"]).share
    assert (whole.estimate, whole.low, whole.high) == pytest.approx((1, 1, 1))
    floor = runs.compare(arms["cosine to 10 %"], arms["cosine to 0"])
    above = (
        LONG | {"schedule": "cosine", "floor": "0.1"},
        LONG | {"schedule": "cosine", "floor": "0"},
    )
    nats = lowest(**above[0])[0] - lowest(**above[1])[0]
    assert floor.nats.estimate == pytest.approx(nats)
    assert floor.share.estimate == pytest.approx(nats / GAIN)
    assert not floor.borrowed
    # Its deviation, by propagation: the unit is known to 1 %, which hardly counts.
    assert floor.share.high - floor.share.low == pytest.approx(
        (floor.nats.high - floor.nats.low) / GAIN, rel=0.05
    )


def test_the_share_is_borrowed_at_another_horizon_and_missing_at_another_size():
    arms = runs.arms(15_000)
    assert runs.compare(arms["linear, last 10 %"], arms["linear, last 60 %"]).borrowed
    found = runs.extensions()
    assert found[124, 100_000, "two-stage"].borrowed
    assert found[210, 100_000, "two-stage"].known_share is None
    with pytest.raises(ValueError, match=r"^share must be of runs of 124M"):
        _ = found[210, 100_000, "two-stage"].share


def test_swapped_arms_give_the_opposite():
    arms = runs.arms()
    one = runs.compare(arms["cosine to 0"], arms["linear, last 10 %"])
    other = runs.compare(arms["linear, last 10 %"], arms["cosine to 0"])
    for a, b in ((one.nats, other.nats), (one.share, other.share)):
        assert (a.estimate, a.low, a.high) == pytest.approx((-b.estimate, -b.high, -b.low))


def test_equal_arms_differ_by_nothing():
    arm = runs.arms()["cosine to 0"]
    assert runs.compare(arm, arm).nats[:3] == (0.0, 0.0, 0.0)


def test_the_best_of_all_may_not_be_the_best():
    found = runs.above_best()
    names = [name for name, told in found.items() if told.nats.low == 0]
    assert found["linear, last 60 %"].nats.estimate == 0 < found["linear, last 60 %"].nats.high
    assert {"linear, whole run", "cosine to 0"} <= set(names)
    assert not {"constant", "linear, last 10 %", "cosine to 10 %"} & set(names)
    for name, told in found.items():
        if told.nats.estimate:
            losses = [runs.best(arm).loss.estimate for arm in runs.arms().values()]
            assert told.nats.estimate == pytest.approx(
                runs.best(runs.arms()[name]).loss.estimate - min(losses)
            )


@pytest.mark.parametrize("steps", [15_000, 25_000, 35_000, 50_000])
def test_a_tenth_costs_about_three_hundredths_of_a_nat_at_every_horizon(steps):
    found = runs.cooldowns(steps)
    best = {
        share: lowest(steps=str(steps), schedule="wsd", shape="linear", cooldown=f"{share:g}")[0]
        for share in found
    }
    for share, told in found.items():
        assert told.nats.estimate == pytest.approx(best[share] - min(best.values()))
    assert list(found) == [0.1, 0.2, 0.4, 0.6, 0.8, 0.9]
    assert 0.028 < found[0.1].nats.estimate < 0.033
    assert found[0.1].nats.low > 0.024


def test_at_half_the_best_peak_a_tenth_costs_less():
    told = runs.cooldowns(peak=0.0005)[0.1].nats
    assert round(told.estimate, 3) == 0.019
    with pytest.raises(ValueError, match=r"^peak must be one of"):
        runs.cooldowns(peak=0.004)


def test_gradual_decays_lie_within_two_per_cent_of_the_gain():
    gradual = [lowest(**LONG, cooldown=share)[0] for share in ("0.6", "0.8", "0.9", "0.994")]
    gradual.append(lowest(**LONG, schedule="cosine", floor="0")[0])
    told = runs.spread()
    assert told.nats.estimate == pytest.approx(max(gradual) - min(gradual))
    assert round(told.share.estimate, 3) == 0.019
    assert told.nats.low == 0


def test_what_a_kept_peak_costs():
    arms = runs.arms()
    told = runs.kept_peak(arms["linear, last 20 %"], arms["cosine to 0"])
    cosine = LONG | {"schedule": "cosine", "floor": "0"}
    cost = lowest(**cosine, peak="0.001")[0] - lowest(**cosine)[0]
    assert told.nats.estimate == pytest.approx(cost)
    assert round(told.share.estimate, 2) == 0.05
    same = runs.kept_peak(arms["linear, whole run"], arms["cosine to 0"]).nats
    assert same[:2] == (0, 0)
    assert same.high == 0  # the next best peak costs far more than noise
    near = runs.kept_peak(runs.arms(15_000)["linear, last 60 %"], arms["linear, last 60 %"]).nats
    assert near.estimate == 0 < near.high
    with pytest.raises(ValueError, match=r"^after must be runs at two or more peaks of before"):
        runs.kept_peak(arms["constant"], runs.at(arms["constant"], 0.001))


def test_what_a_wrong_peak_costs():
    arms = runs.arms()
    told = runs.peak_cost(arms["cosine to 0"], 0.5).nats
    assert round(told.estimate, 3) == 0.008
    assert runs.peak_cost(arms["cosine to 0"], 2.5).nats.low > 4  # it diverged
    with pytest.raises(ValueError, match=r"^factor must be .*got 7"):
        runs.peak_cost(arms["cosine to 0"], 7)


def test_extended_runs_are_compared_with_those_that_share_their_beginning():
    loss = {
        (row["millions"], row["steps"], row["schedule"], row["cooldown"]): float(row["loss"])
        for row in rows("llama")
        if row["extends"] == "50000"
    }
    found = runs.extensions()
    assert len(found) == len(loss) - 4 == 6
    for (size, steps, other), told in found.items():
        kind = ("two-stage", "0.2") if other == "two-stage" else ("wsd", "0.6")
        held = loss[str(size), str(steps), "wsd", "0.2"]
        assert told.nats.estimate == pytest.approx(held - loss[str(size), str(steps), *kind])


def test_a_cosine_cut_at_a_third_is_read_from_the_curves():
    points = defaultdict(dict)
    for row in rows("nine"):
        points[row["millions"], row["schedule"], row["total"]][int(row["step"])] = float(
            row["loss"]
        )
    for size, told in runs.cut_cosine().items():
        short = points[str(size), "cosine", "24000"]
        long = points[str(size), "cosine", "72000"]
        near = min(long, key=lambda step: abs(step - max(short)))
        assert told.estimate == pytest.approx(long[near] - short[max(short)], abs=0.003)
        assert told.low > 0.03


def test_at_one_peak_the_constant_rate_ends_highest():
    for size in (25, 100, 400):
        found = runs.at_one_peak(size)
        assert set(found) == {"constant", "cosine", "exponential"}
        assert found["constant"].low > found["cosine"].high > found["exponential"].high


def test_averages_reach_a_part_of_what_a_decay_gains():
    found = runs.averages()
    assert len({average.setting for average in found}) == len(found) == 8
    for average in found:
        gained, possible = average.constant - average.averaged, average.constant - average.decayed
        assert average.reached.estimate == pytest.approx(gained / possible)
        assert average.above.estimate == pytest.approx(average.averaged - average.decayed)
        assert 0.5 < average.reached.low < average.reached.high < 0.8


def test_older_settings_are_compared_one_by_one():
    older = [r for r in rows("llama") if r["series"] == "scaling" and r["loss"]]
    for (dataset, size, steps), told in runs.cooldown_or_cosine().items():
        here = [
            r
            for r in older
            if (r["dataset"], r["millions"], r["steps"]) == (dataset, str(size), str(steps))
        ]
        ends = {r["schedule"]: float(r["loss"]) for r in here}
        assert told.estimate == pytest.approx(ends["wsd"] - ends["cosine"])
    gains = runs.untuned_gains()
    assert {size for _, size, _ in gains} == {33, 53, 60, 93, 124, 152, 166, 210, 360}
    assert all(told.low > 0.1 for told in gains.values())


def test_one_run_ranks_two_settings_as_often_as_the_normal_law_says():
    told = runs.one_run(Interval(0.0012, -0.001, 0.003, 1))
    rng = np.random.default_rng(0)
    means = rng.normal(0, runs.rerun_noise().estimate, (2, 100_000))
    assert told.estimate == pytest.approx((0.0012 + means[0] > means[1]).mean(), abs=0.005)
    assert told.low == 0.5


def test_arms_must_be_of_one_setting():
    with pytest.raises(ValueError, match=r"^b must be runs of the same setting as a"):
        runs.compare(runs.arms()["cosine to 0"], runs.arms(25_000)["cosine to 0"])
    with pytest.raises(ValueError, match=r"^arm must be one or more runs that have a loss"):
        runs.best(())
    with pytest.raises(ValueError, match=r"^steps must be one of"):
        runs.arms(20_000)
    with pytest.raises(ValueError, match=r"^b must be a configuration with two seeds or more"):
        runs.seeded(
            runs.benchmark(name="20260430_muonh")[0], runs.benchmark(name="20260505_aurora")[0]
        )


def test_an_edge_is_told():
    assert runs.best(runs.arms(25_000)["cosine to 0"]).at_edge
    assert not runs.best(runs.arms()["cosine to 0"]).at_edge


def test_noise_of_a_run_is_the_same_wherever_it_occurs():
    arm = runs.arms()["linear, last 40 %"]
    whole, alone = noise.losses(arm), noise.losses(arm[1:2])
    assert (whole[1] == alone[0]).all()
    assert whole[:, 1:].mean(axis=1) == pytest.approx(whole[:, 0])
