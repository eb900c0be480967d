"""The demo's run as a plain PyTorch loop; prints seconds per run. Needs torch, not lrdecay.

A program of its own, because torch may live in another environment than lrdecay. It reads from the
file named by its first argument the points, labels and initial parameters, and starts from them, so
that both sides do the same 100 steps; the last loss is printed too, to prove it.
"""

import importlib
import json
import statistics
import sys
import time

import numpy as np

torch = importlib.import_module("torch")  # the type checker's environment has none


def main() -> None:
    """Time the loop."""
    given = np.load(sys.argv[1])
    repeats = int(sys.argv[2])
    points, labels = torch.from_numpy(given["points"]), torch.from_numpy(given["labels"])

    def train() -> float:
        model = torch.nn.Sequential(
            torch.nn.Linear(2, 16),
            torch.nn.ReLU(),
            torch.nn.Linear(16, 16),
            torch.nn.ReLU(),
            torch.nn.Linear(16, 1),
        ).double()
        flat = torch.from_numpy(given["parameters"])
        with torch.no_grad():
            for layer, start in ((model[0], 0), (model[2], 48), (model[4], 320)):
                rows = flat[start : start + layer.weight.numel() + layer.bias.numel()]
                rows = rows.reshape(layer.out_features, layer.in_features + 1)
                layer.weight.copy_(rows[:, :-1])
                layer.bias.copy_(rows[:, -1])
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        for k in range(100):
            optimizer.param_groups[0]["lr"] = 1.0 - 0.9 * k / 100
            score = model(points)[:, 0]
            loss = torch.relu(1 - labels * score).mean()
            loss = loss + 1e-4 * sum((p * p).sum() for p in model.parameters())
            _ = ((score > 0) == (labels > 0)).double().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    def seconds() -> float:
        start = time.perf_counter()
        train()
        return time.perf_counter() - start

    last = train()
    found = {}
    for threads in (1, torch.get_num_threads()):
        torch.set_num_threads(threads)
        found[threads] = statistics.median(seconds() for _ in range(repeats))
    threads = min(found, key=lambda n: found[n])  # its better setting
    result = {"loss": last, "version": torch.__version__, "threads": threads}
    print(json.dumps({**result, "seconds": found[threads]}))


if __name__ == "__main__":
    main()
