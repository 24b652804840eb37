"""Brute force in plain Python: slow, obvious, and independent of what it checks."""
