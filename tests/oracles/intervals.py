"""Intervals of shares, their differences and ratios, means, counts and ratios of sums, by statsmodels and
scipy. Run from the root of the repository: python tests/oracles/intervals.py"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.stats
from lifetimes.datasets import load_cdnow_summary_data_with_monetary_value
from statsmodels.datasets import fair, modechoice
from statsmodels.sandbox.regression.gmm import LinearIVGMM
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson
from statsmodels.stats.weightstats import DescrStatsW

FIXTURE = Path(__file__).parent / "fixtures" / "intervals.json"

# The last rows are the examples of Newcombe (1998), table II.
PAIRS = [
    [(1, 1), (1, 2)], [(0, 7), (0, 9)], [(5, 5), (8, 8)], [(0, 3), (4, 4)], [(4, 4), (0, 3)],
    [(120, 300), (90, 400)], [(3, 10_000), (11, 12_000)], [(450_000, 1_000_000), (400, 1_000)],
    [(56, 70), (48, 80)], [(9, 10), (3, 10)], [(6, 7), (2, 7)], [(5, 56), (0, 29)],
    [(0, 10), (0, 20)], [(0, 10), (0, 10)], [(10, 10), (0, 20)], [(10, 10), (0, 10)],
]


def shares():
    for trials in (1, 2, 7, 30, 1_000, 1_000_000):
        for successes in sorted({0, 1, trials // 3, trials - 1, trials}):
            low, high = proportion_confint(successes, trials, alpha=0.05, method="wilson")
            yield {"numerator": successes, "denominator": trials, "interval": [low, high]}


def differences():
    for (successes, trials), (base_successes, base_trials) in PAIRS:
        counts = (successes, trials, base_successes, base_trials)
        case = {
            "share": [successes, trials],
            "base": [base_successes, base_trials],
            "difference": successes / trials - base_successes / base_trials,
            "newcombe": confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=0.05),
            "katz": None,
        }
        if successes and base_successes:
            case["katz"] = confint_proportions_2indep(*counts, method="log", compare="ratio", alpha=0.05)
        yield case


def means():
    random = np.random.default_rng(1)
    samples = {
        "CDNOW, monetary_value": load_cdnow_summary_data_with_monetary_value()["monetary_value"],
        "Fair, extramarital affairs": fair.load_pandas().data["affairs"],
        "log-normal, 2": random.lognormal(6, 1, 2),
        "log-normal, 3": random.lognormal(6, 1, 3),
        "log-normal, 40": random.lognormal(6, 1, 40),
    }
    for name, sample in samples.items():
        sample = np.asarray(sample, dtype=float)
        by_statsmodels = DescrStatsW(sample).tconfint_mean(alpha=0.05)
        by_scipy = scipy.stats.ttest_1samp(sample, 0).confidence_interval(0.95)
        assert np.allclose(by_statsmodels, by_scipy, rtol=1e-12)
        yield {
            "data": name,
            "mean": sample.mean(),
            "sample_variance": sample.var(ddof=1),
            "count": len(sample),
            "interval": by_statsmodels,
        }


def counts():
    for count in (0, 1, 2, 3, 10, 57, 1_000, 250_000):
        low, high = confint_poisson(count, 1, method="exact-c", alpha=0.05)
        yield {"count": count, "interval": [0.0 if count == 0 else low, high]}


def ratios():
    random = np.random.default_rng(2)
    x = random.lognormal(3, 1, 200).round(2)
    y = (x * random.lognormal(0.1, 0.4, 200)).round(2)
    x[:40], y[150:] = 0, 0
    costs = modechoice.load_pandas().data
    samples = {
        "recurring revenue with new and lost customers": (x, y),
        "three pairs": (np.array([1.0, 2, 4]), np.array([2.0, 3, 9])),
        "modechoice, in-vehicle cost by travel time": (costs["invt"][:120], costs["invc"][:120]),
    }
    for name, (x, y) in samples.items():
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        n = len(x)
        # With 1 as the instrument the moment condition is E[y - ratio * x] = 0.
        model = LinearIVGMM(y, x[:, None], np.ones((n, 1)))
        fit = model.fit(maxiter=1, inv_weights=np.eye(1), weights_method="cov", wargs={"centered": False})
        # GMM's variance divides the squares by n, ours by n - 1; Student's t for either.
        error = fit.bse[0] * np.sqrt(n / (n - 1))
        spread = scipy.stats.t.ppf(0.975, n - 1) * error
        yield {
            "data": name,
            "pairs": np.column_stack([x, y]).tolist(),
            "ratio": fit.params[0],
            "interval": [fit.params[0] - spread, fit.params[0] + spread],
        }


fixture = {
    "versions": {name: version(name) for name in ("statsmodels", "scipy", "numpy", "lifetimes")},
    "shares": list(shares()),
    "differences": list(differences()),
    "means": list(means()),
    "counts": list(counts()),
    "ratios": list(ratios()),
}
FIXTURE.write_text(json.dumps(fixture, indent=1, default=float) + "\n")
