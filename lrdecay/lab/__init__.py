"""Small, exact worlds in which a rule about learning rates can be tried."""
