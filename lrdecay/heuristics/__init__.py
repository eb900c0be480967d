"""Rules of thumb about learning rates, and the sources they rest on."""
