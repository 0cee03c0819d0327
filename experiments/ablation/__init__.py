"""Parts of `experiments/ablate.py` and `experiments/findings.py`, by question."""
