"""What two other diagnosers of 2026 say of the same curves, in our names.

Neither knows all of our symptoms. What they find is given the nearest of our names, by where in the
log they find it; nothing found is "healthy". `pip install runmedic==0.1.1 training-doctor==0.1.0`.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import Any

import numpy as np

from .curves import Curve

RUNMEDIC = {
    "non_finite": "diverged",
    "divergence": "diverged",
    "no_learning": "starved",
    "overfitting": "overfitting",
    "constant_lr_plateau": "on-its-noise-floor",
}
DOCTOR = {
    "lr_too_low": "starved",
    "plateau": "on-its-noise-floor",
    "overfitting": "overfitting",
}
MANY = 3  # spikes
MOST = 1e30  # it squares losses, and raises where that overflows


def names() -> dict[str, Any]:
    """Return the functions by name and version."""
    return {
        f"runmedic {version('runmedic')}": runmedic,
        f"training-doctor {version('training-doctor')}": training_doctor,
        "always healthy": lambda _: "healthy",
    }


def _spikes(share: float, count: int) -> str:
    """Return our name for spikes, the worst or the last of which is at a share of the log."""
    if share > 0.5:
        return "oscillating-late"
    return "early-instability" if count >= MANY else "early-spike"


def runmedic(curve: Curve) -> str:
    """Return the name of its first finding: it sorts them by severity."""
    model, checks, roles = (
        importlib.import_module(f"runmedic.{name}") for name in ("model", "checks", "roles")
    )
    run = model.Run(name="run", source="csv", path="run.csv")
    columns = {"train_loss": curve.losses, "lr": curve.rates, "val_loss": curve.validation}
    for name, values in columns.items():
        if values is None:
            continue
        for step, value in zip(curve.steps.tolist(), values.tolist(), strict=True):
            if name == "train_loss" or np.isfinite(value):
                run.get(name).add(step, value)
    run.finalize()
    for found in checks.run_checks(run, roles.detect(run)):
        if found.check in RUNMEDIC:
            return RUNMEDIC[found.check]
        if found.check == "loss_spikes":
            count = int(found.title.rpartition("(")[2].rstrip(")"))
            return _spikes((found.step - curve.steps[0]) / max(np.ptp(curve.steps), 1), count)
    return "healthy"


def training_doctor(curve: Curve) -> str:
    """Return the name of its surest diagnosis, of those it makes while the log is written."""
    doctor = importlib.import_module("training_doctor").Doctor()
    found = []
    for k, step in enumerate(curve.steps.tolist()):
        loss = float(curve.losses[k])
        row = {"loss": min(loss, MOST) if np.isfinite(loss) else loss}
        if curve.rates is not None:
            row["lr"] = float(curve.rates[k])
        if curve.validation is not None and np.isfinite(curve.validation[k]):
            row["eval_loss"] = float(curve.validation[k])
        found += doctor.log(step, **row)
    if not found:
        return "healthy"
    surest = max(found, key=lambda one: one.confidence)
    if surest.detector_name in DOCTOR:
        return DOCTOR[surest.detector_name]
    words = " ".join(one.observation for one in surest.evidence)
    if "NaN" in words or "diverging" in words or "increasing" in words:
        return "diverged"
    count = int(words.partition("spiked ")[2].partition(" ")[0] or 1)
    return _spikes((surest.step - curve.steps[0]) / max(np.ptp(curve.steps), 1), count)
