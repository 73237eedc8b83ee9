"""Differences of arms within periods by statsmodels' weighted least squares, chances of being the best arm by
scipy's quadrature and its multivariate normal distribution, top-two shares by drawing as Russo's algorithm
says, and what the textbook Gaussian Thompson sampling does on three arms.
Run from the root of the repository: python tests/oracles/bandit.py"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm
from statsmodels.formula.api import wls

FIXTURE = Path(__file__).parent / "fixtures" / "bandit.json"


def posteriors():
    """People of arms by period, with different shares in each, and a cell without anybody."""
    random = np.random.default_rng(2)
    for arms, periods in [(2, 1), (2, 5), (3, 1), (3, 4), (5, 4), (8, 10)]:
        rows = []
        for period in range(periods):
            shares = random.dirichlet(np.full(arms, 1.5))
            for arm in range(arms):
                people = 0 if periods > 1 and (period, arm) == (0, 1) else 3 + int(400 * shares[arm])
                for value in random.normal(arm / 3 + 2 * period, 1 + arm, people).round(6):
                    rows.append((period, arm, value))
        frame = pd.DataFrame(rows, columns=["period", "arm", "y"])
        groups = frame.groupby(["arm", "period"])["y"]
        squares = ((frame["y"] - groups.transform("mean")) ** 2).groupby(frame["arm"]).sum()
        freedom = frame.groupby("arm").size() - groups.ngroup().groupby(frame["arm"]).nunique()
        weights = 1 / frame["arm"].map(squares / freedom)
        model = "y ~ C(arm)" if periods == 1 else "y ~ C(arm) + C(period)"
        fit = wls(model, frame, weights=weights).fit()
        place = [fit.params.index.get_loc(f"C(arm)[T.{arm}]") for arm in range(1, arms)]
        effects = np.array([0.0, *fit.params.iloc[place]])
        cover = np.zeros((arms, arms))
        cover[1:, 1:] = fit.normalized_cov_params.to_numpy()[np.ix_(place, place)]
        variances = np.add.outer(np.diag(cover), np.diag(cover)) - 2 * cover
        cells = [[[round(y * 1e6) for y in frame["y"][(frame["period"] == period) & (frame["arm"] == arm)]]
                  for arm in range(arms)] for period in range(periods)]
        yield {"periods": cells, "mean": frame["y"].mean(), "effects": effects.tolist(), "variances": variances.tolist()}


def chance(means, errors, arm):
    others = [at for at in range(len(means)) if at != arm]

    def density(z):
        x = means[arm] + errors[arm] * z
        return norm.pdf(z) * np.prod([norm.cdf((x - means[at]) / errors[at]) for at in others])

    bends = sorted({float(np.clip((means[at] + bend * errors[at] - means[arm]) / errors[arm], -38, 38))
                    for at in others for bend in (-9, -3, 0, 3, 9)} | {-9.0, 0.0, 9.0})
    pieces = zip([-38.0, *bends], [*bends, 38.0])
    return sum(quad(density, low, high, epsabs=1e-15, epsrel=1e-13, limit=200)[0] for low, high in pieces if low < high)


def chances():
    random = np.random.default_rng(1)
    shapes = [([0.0, 0.1], [1.0, 1.0]), ([0.0, 0.1], [0.001, 1.0]), ([5.0, 5.0, 5.0], [0.1, 1.0, 10.0]),
              ([0.1, 0.12, 0.09, 0.11], [0.01, 0.012, 0.02, 0.008]), ([0.0, 3.0], [0.5, 0.5])]
    shapes += [(random.normal(0, 1, arms).tolist(), random.lognormal(-1, 1, arms).tolist()) for arms in (2, 3, 5, 10)]
    for means, errors in shapes:
        found = [chance(means, errors, arm) for arm in range(len(means))]
        # Two arms have a closed form, three the bivariate distribution.
        if len(means) == 2:
            closed = norm.cdf((means[0] - means[1]) / np.hypot(*errors))
            assert abs(found[0] - closed) < 1e-12
        if len(means) == 3:
            for arm in range(3):
                a, b = (at for at in range(3) if at != arm)
                cover = [[errors[arm] ** 2 + errors[a] ** 2, errors[arm] ** 2],
                         [errors[arm] ** 2, errors[arm] ** 2 + errors[b] ** 2]]
                both = multivariate_normal([means[a] - means[arm], means[b] - means[arm]], cover).cdf([0, 0])
                assert abs(found[arm] - both) < 1e-6
        draws = random.normal(means, errors, (1_000_000, len(means)))
        yield {"means": means, "errors": errors, "chances": found, "top_two": top_two(random, draws)}


def top_two(random, draws):
    """Leader of one draw; half of the time the first leader of later draws that is another."""
    leaders = draws.argmax(axis=1)
    counts = np.bincount(leaders, minlength=draws.shape[1]) / 2
    for leader in range(draws.shape[1]):
        others = leaders[leaders != leader]
        if len(others):
            led = np.sum(leaders == leader)
            counts += np.bincount(random.choice(others, led), minlength=draws.shape[1]) / 2
    return (counts / len(leaders)).tolist()


def textbook():
    """One person at a time: draw from each posterior, play the best draw (Russo et al. 2018, algorithm 4.2)."""
    means, deviation, people, burn_in = np.array([0.0, 0.1, 0.3]), 1.0, 4_000, 300
    runs = 300
    random = np.random.default_rng(5)
    shares, regrets = [], []
    for _ in range(runs):
        counts, sums = np.zeros(3), np.zeros(3)
        for person in range(people):
            arm = person % 3 if person < burn_in else int(
                random.normal(sums / counts, deviation / np.sqrt(counts)).argmax())
            counts[arm] += 1
            sums[arm] += random.normal(means[arm], deviation)
        shares.append(counts / people)
        regrets.append(float(counts @ (means.max() - means)))
    return {"means": means.tolist(), "people": people, "burn_in": burn_in, "runs": runs,
            "shares": np.mean(shares, axis=0).tolist(), "regret": float(np.mean(regrets)),
            "regret_error": float(np.std(regrets) / np.sqrt(runs))}


fixture = {
    "versions": {name: version(name) for name in ("statsmodels", "scipy", "pandas", "numpy")},
    "posteriors": list(posteriors()),
    "chances": list(chances()),
    "textbook": textbook(),
}
FIXTURE.write_text(json.dumps(fixture) + "\n")
