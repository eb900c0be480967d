"""The experiments that judge rules: a module a topic, a function a rule, named after its id."""
