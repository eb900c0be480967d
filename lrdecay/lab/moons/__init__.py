"""Karpathy's micrograd demo, vectorised: a small network, two moons, any learning rates."""

from .training import EXPLODED, PENALTY, SEED, Run, data, demo, initial, run, scores

__all__ = ["EXPLODED", "PENALTY", "SEED", "Run", "data", "demo", "initial", "run", "scores"]
