"""One rule a module, named after its id: `experiment` measures, `RULE` says what it means."""
