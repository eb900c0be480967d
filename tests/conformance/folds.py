"""The rates that a fold over a metric gave, in the shape that the harness compares."""


class Replay:
    """Rates by their number."""

    def __init__(self, rates):
        self.rates = rates

    def __call__(self, step):
        return self.rates[step]
