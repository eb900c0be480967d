"""Real networks, trained on real data with every schedule a rule speaks of."""
