"""Measurements: each prints one JSON line per figure. They assert nothing; machines differ, and are noisy."""
