"""Sample ratio mismatch: chi-squared by scipy, the always-valid test by Optimizely's ssrm-test, and how often
each raises a false alarm under daily looks. Run from the root of the repository:
python tests/oracles/mismatch.py"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import power_divergence

# ssrm-test uses a name that numpy 2 has dropped.
np.Inf = np.inf
from ssrm_test import ssrm_test  # noqa: E402

FIXTURE = Path(__file__).parent / "fixtures" / "mismatch.json"
PRIOR_PEOPLE = 100

WEIGHTS = [[1, 1], [9, 1], [1, 1, 1], [5000, 3000, 2000], [1, 2, 3, 4], [97, 1, 1, 1]]


def cases():
    random = np.random.default_rng(1)
    for weights in WEIGHTS:
        expected = np.array(weights) / sum(weights)
        for people in (600, 20_000, 3_000_000):
            for tilt in (0, 2, 5):
                share = expected + tilt / np.sqrt(people) * np.array([1] + [-1] + [0] * (len(weights) - 2)) * 0.3
                share = np.clip(share, 1e-4, 1)
                days = random.multinomial(people // 10, share / share.sum(), size=10)
                found = days.sum(axis=0)
                by_day = ssrm_test.sequential_p_values(
                    days, expected, dirichlet_concentration=PRIOR_PEOPLE)
                posteriors = ssrm_test.sequential_posteriors(
                    days, expected, dirichlet_concentration=PRIOR_PEOPLE)
                chi = power_divergence(found, expected * found.sum(), lambda_="pearson")
                yield {
                    "weights": weights,
                    "days": days.tolist(),
                    "pearson": float(chi.pvalue),
                    "ln_bayes_factor": float(posteriors[-1]["log_bayes_factor"]),
                    "always_valid": [float(p) for p in by_day],
                }


fixture = {
    "versions": {name: version(name) for name in ("ssrm-test", "scipy", "numpy")},
    "cases": list(cases()),
}
FIXTURE.write_text(json.dumps(fixture) + "\n")
