"""What an experiment may conclude: by scipy, statsmodels, GrowthBook's gbstats and sequential-analysis, and by
the definition where no package has it. Run from the root of the repository:
python tests/oracles/inference.py"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig, GaussianPrior
from gbstats.frequentist.tests import (
    FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest, frequentist_variance,
)
from gbstats.models.statistics import RatioStatistic, RegressionAdjustedStatistic, SampleMeanStatistic
from scipy import integrate, optimize, stats
from sequential_analysis.procedures.mixture import NormalMixtureSPRT
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.power import NormalIndPower, normal_power_het

FIXTURE = Path(__file__).parent / "fixtures" / "inference.json"
MICROS = 1_000_000
SIDES = {"both": "two-sided", "above": "greater", "below": "less"}


def people(random, kind, n, shift):
    """Values of n people in millionths: value, denominator, and both before."""
    before = random.gamma(2, 3, n)
    views = random.poisson(6, n) + 1
    views_before = random.poisson(5, n) + 1
    value = {
        "normal": lambda: 4 + shift + before + random.normal(0, 2, n),
        "negative": lambda: -9 + shift + before / 2 + random.normal(0, 2, n),
        "zero mean": lambda: shift + random.normal(0, 3, n),
        "skewed": lambda: random.lognormal(1 + shift / 9, 1.2, n) * (random.random(n) < 0.5),
        "rate": lambda: (random.random(n) < 0.3 + shift / 20) * 1.0,
        "ratio": lambda: views * (2 + shift / 3) + before + random.normal(0, 1, n),
        "far away": lambda: 1e6 + shift + before / 50 + random.normal(0, 0.1, n),
    }[kind]()
    rows = np.column_stack([value, views, before, views_before])
    return np.round(rows * MICROS).astype(np.int64)


def statistic(rows, shape, theta=None):
    """gbstats' statistic of an arm."""
    n = len(rows)
    value, whole, before = (rows[:, at] / MICROS for at in range(3))
    mean = lambda x: SampleMeanStatistic(n, x.sum(), (x * x).sum())
    if shape == "ratio":
        return RatioStatistic(n, mean(value), mean(whole), (value * whole).sum())
    if theta is not None:
        return RegressionAdjustedStatistic(n, mean(value), mean(before), (value * before).sum(), theta)
    return mean(value)


def linear(rows, shape):
    """The metric, and each person's part in it, now and before."""
    value, whole, before, whole_before = (rows[:, at] / MICROS for at in range(4))
    if shape != "ratio":
        return (value.mean(), value - value.mean()), (before.mean(), before - before.mean())
    metrics = []
    for top, bottom in ((value, whole), (before, whole_before)):
        ratio = top.sum() / bottom.sum()
        metrics.append((ratio, (top - ratio * bottom) / bottom.mean()))
    return tuple(metrics)


def theta_of(arms, shape):
    """Least squares with a constant for each arm, by statsmodels."""
    now = np.concatenate([linear(rows, shape)[0][1] for rows in arms])
    before = np.concatenate([linear(rows, shape)[1][1] for rows in arms])
    return sm.OLS(now, before).fit().params[0]


def fieller(difference, base, covariance, critical):
    """The two ratios at which (difference - ratio * base) is the critical value of its own errors."""
    (v, c), (_, w) = covariance
    excess = lambda r: abs(difference - r * base) - critical * np.sqrt(max(v - 2 * r * c + r * r * w, 0))
    middle = difference / base
    ends = []
    for sign in (-1, 1):
        step = np.sqrt(v) / abs(base)
        while excess(middle + sign * step) < 0:
            step *= 2
            if step > 1e9:
                return None
        ends.append(optimize.brentq(excess, middle, middle + sign * step, xtol=1e-15, rtol=1e-14))
    return ends


def one_sided_mixture(z, people, rho2):
    """The half-normal mixture of likelihood ratios, by its integral, and scaled by its largest exponent."""
    total = z * np.sqrt(people)
    peak = max(total, 0) ** 2 / (2 * (people + 1 / rho2))
    centre, width = max(total, 0) / (people + 1 / rho2), 1 / np.sqrt(people + 1 / rho2)
    scale = 2 / np.sqrt(2 * np.pi * rho2)
    density = lambda d: scale * np.exp(-d * d / (2 * rho2) + d * total - d * d * people / 2 - peak)
    reach = 12 * width if total >= 0 else min(12 * width, 45 / -total)
    points = [max(centre - reach, 0), centre, centre + reach]
    return peak + np.log(sum(integrate.quad(density, a, b, epsabs=0, epsrel=1e-12, limit=400)[0]
                             for a, b in zip(points, points[1:]) if b > a))


def sequence_of(z, n, alpha, tuned_for):
    level = {"both": alpha, "above": 2 * alpha, "below": 2 * alpha}
    rho2 = {side: (-2 * np.log(a) + np.log(1 - 2 * np.log(a))) / tuned_for for side, a in level.items()}
    sprt = NormalMixtureSPRT(1.0, np.sqrt(rho2["both"]), alpha=alpha)
    answers = {"both": {"ln_e": sprt.log_lambda(n, z / np.sqrt(n)), "critical": sprt.half_width(n) * np.sqrt(n)}}
    for side, seen in (("above", z), ("below", -z)):
        ln_e = lambda z: one_sided_mixture(z, n, rho2[side])
        critical = optimize.brentq(lambda z: ln_e(z) + np.log(alpha), -5, 60, xtol=1e-13, rtol=1e-13)
        answers[side] = {"ln_e": ln_e(seen), "critical": critical}
    return answers


def comparisons():
    random = np.random.default_rng(11)
    kinds = [
        ("normal", "mean"), ("negative", "mean"), ("zero mean", "mean"), ("skewed", "mean"), ("rate", "rate"),
        ("ratio", "ratio"), ("skewed", "ratio"), ("far away", "mean"),
    ]
    for kind, shape in kinds:
        for sizes, shift, copies in (((9, 7), 0, 1), ((40, 25), 1.5, 1), ((60, 50), -1.0, 1), ((30, 45), 0.3, 4096)):
            arms = [people(random, kind, n, s) for n, s in zip(sizes, (0, shift))]
            whole = [np.repeat(rows, copies, axis=0) for rows in arms]
            theta = theta_of(whole, shape)
            for adjusted in (False, True):
                yield {
                    "name": f"{kind} {shape} {sizes} {copies} {'adjusted' if adjusted else 'plain'}",
                    "shape": shape, "copies": copies, "adjusted": adjusted, "theta": theta,
                    "base": arms[0].tolist(), "arm": arms[1].tolist(),
                    **compared(whole, shape, theta if adjusted else None),
                }


def compared(arms, shape, theta):
    (base, base_part), (base_before, base_old) = linear(arms[0], shape)
    (arm, arm_part), (arm_before, arm_old) = linear(arms[1], shape)
    used = theta or 0.0
    parts = base_part - used * base_old, arm_part - used * arm_old
    difference = arm - base - used * (arm_before - base_before)
    variances = [part.var(ddof=1) / len(part) for part in parts]
    error = np.sqrt(sum(variances))
    crossed = -np.cov(parts[0], base_part)[0, 1] / len(base_part)
    covariance = [[error**2, crossed], [crossed, base_part.var(ddof=1) / len(base_part)]]
    ours = [statistic(rows, shape, theta) for rows in arms]
    # gbstats has no adjusted ratio, and its sums of squares lose the digits of values far from 0.
    by_gbstats = not (shape == "ratio" and theta is not None) and abs(base) < 1e5
    if by_gbstats:
        test = with_theta(TwoSidedTTest(*ours, FrequentistConfig(difference_type="absolute")), theta)
        assert np.isclose(test.variance, error**2, rtol=1e-6)
        assert np.isclose(test.point_estimate, difference, rtol=1e-6, atol=1e-9)
    freedom = sum(variances) ** 2 / sum(v**2 / (len(p) - 1) for v, p in zip(variances, parts))
    if shape != "ratio" and theta is None:
        by_scipy = stats.ttest_ind(arms[1][:, 0] / MICROS, arms[0][:, 0] / MICROS, equal_var=False)
        assert np.isclose(by_scipy.df, freedom, rtol=1e-7)
    z = difference / error
    # The relative error by each person's part in the quotient.
    sign = np.sign(base)
    relative = difference / abs(base)
    base_share = -parts[0] / abs(base) - difference / base**2 * sign * base_part
    relative_variance = base_share.var(ddof=1) / len(base_share) + variances[1] / base**2
    if by_gbstats and theta is None:
        theirs = frequentist_variance(
            ours[0].variance, ours[0].mean, ours[0].n, ours[1].variance, ours[1].mean, ours[1].n, True)
        assert np.isclose(theirs, relative_variance, rtol=1e-6)
    fixed = {}
    for side, alternative in SIDES.items():
        tail = 0.025 if side == "both" else 0.05
        p = {"both": 2 * stats.t.sf(abs(z), freedom), "above": stats.t.sf(z, freedom), "below": stats.t.cdf(z, freedom)}
        fixed[side] = {"p": p[side], "critical": stats.t.isf(tail, freedom)}
        if shape != "ratio" and theta is None:
            by_scipy = stats.ttest_ind(
                arms[1][:, 0] / MICROS, arms[0][:, 0] / MICROS, equal_var=False, alternative=alternative)
            assert np.isclose(by_scipy.pvalue, p[side], rtol=1e-5, atol=1e-300)
    n = sum(len(rows) for rows in arms)
    sequence = sequence_of(z, n, 0.05, 5000.0)
    if by_gbstats:
        config = SequentialConfig(difference_type="absolute", sequential_tuning_parameter=5000)
        test = with_theta(SequentialTwoSidedTTest(*ours, config), theta)
        width = (test.confidence_interval[1] - test.confidence_interval[0]) / 2
        assert np.isclose(width, sequence["both"]["critical"] * error, rtol=1e-6)
        assert np.isclose(test.p_value, min(1, np.exp(-sequence["both"]["ln_e"])), rtol=1e-4, atol=1e-300)
    far = abs(base) >= 5 * np.sqrt(covariance[1][1])
    return {
        "difference": difference, "error": error, "freedom": freedom, "z": z,
        "relative": [relative, np.sqrt(relative_variance)] if far else None,
        "fieller": fieller(difference * sign, base * sign * 1.0, [[error**2, crossed], [crossed, covariance[1][1]]],
                           fixed["both"]["critical"]) if far and sign > 0 else
        mirrored(fieller(difference, base, covariance, fixed["both"]["critical"])) if far else None,
        "fixed": fixed, "sequence": sequence,
        "posterior": posteriors(difference, error),
    }


def with_theta(test, theta):
    """gbstats takes a theta of its own, which the difference between the arms is a part of."""
    if theta is not None:
        test.stat_a.theta = test.stat_b.theta = theta
    return test


def mirrored(ends):
    """By the absolute value of a negative base."""
    return ends and [-ends[1], -ends[0]]


def posteriors(difference, error):
    """By gbstats, of two statistics whose difference and error these are."""
    answers = []
    for prior in (None, [0.0, 0.3], [0.1, 1.0]):
        config = EffectBayesianConfig(difference_type="absolute", prior_type="absolute", prior_effect=GaussianPrior(
            *(prior[0], prior[1] ** 2, True) if prior else (0, 1, False)))
        n = 10
        square = error**2 * n / 2
        arms = [SampleMeanStatistic(n, mean * n, square * (n - 1) + mean**2 * n) for mean in (1.0, 1.0 + difference)]
        result = EffectBayesianABTest(*arms, config).compute_result()
        exact = stats.norm(result.expected, result.uplift.stddev)
        answers.append({
            "prior": prior, "mean": result.expected, "deviation": result.uplift.stddev, "interval": result.ci,
            "chance": exact.sf(0),
            # gbstats' own risk loses its digits in a far tail.
            "losses": [exact.std() * stats.norm.pdf(exact.mean() / exact.std())
                       + s * exact.mean() * stats.norm.cdf(s * exact.mean() / exact.std()) for s in (-1, 1)],
        })
        risk = result.risk
        assert np.allclose([risk[1], risk[0]], answers[-1]["losses"], rtol=1e-4, atol=1e-6 * exact.std())
    return answers


def best():
    for arms in ([[0, 1], [0.5, 2]], [[1, 0.01], [1.02, 0.02], [0.9, 3]], [[0, 1]] * 4, [[5, 1e-4], [5.0001, 1e-4], [4, 2]],
                 [[3, 1]], [[0, 1], [40, 1]], [[0, 1], [0, 1e-6]]):
        distributions = [stats.norm(*arm) for arm in arms]
        points = sorted({m + k * s for m, s in arms for k in range(-10, 11)})
        chances = []
        for at, own in enumerate(distributions):
            rest = [other for place, other in enumerate(distributions) if place != at]
            density = lambda x: own.pdf(x) * np.prod([other.cdf(x) for other in rest])
            chances.append(sum(integrate.quad(density, a, b, epsabs=1e-14)[0] for a, b in zip(points, points[1:])))
        yield {"arms": arms, "chances": chances}


def rates():
    for (s, f), (t, g) in (((0, 1), (1, 0)), ((3, 17), (6, 14)), ((0, 50), (0, 40)), ((40, 900), (60, 850)),
                           ((300, 700), (290, 710)), ((5, 5), (40, 2)), ((0, 0), (3, 9)), ((2000, 3000), (2050, 2950))):
        p, q = stats.beta(t + 1, g + 1), stats.beta(s + 1, f + 1)
        ends = sorted({x for d in (p, q) for x in d.ppf([0, 1e-12, 1e-6, 0.01, 0.5, 0.99, 1 - 1e-6, 1 - 1e-12, 1])})
        over = lambda h: sum(integrate.quad(h, a, b, epsabs=1e-15, epsrel=1e-12, limit=200)[0] for a, b in zip(ends, ends[1:]))
        # E max(0, p - q) is the integral of P(p > x) P(q < x).
        yield {"base": [s, f], "arm": [t, g], "chance": over(lambda x: p.pdf(x) * q.cdf(x)),
               "losses": [over(lambda x: q.sf(x) * p.cdf(x)), over(lambda x: p.sf(x) * q.cdf(x))]}


def ln_rising(a, k):
    from scipy.special import gammaln
    return gammaln(a + k) - gammaln(a)


def quantiles():
    """Small whole numbers of millionths, each of which is a bucket; every pair of quantiles is tried."""
    random = np.random.default_rng(5)
    shapes = {
        "geometric": lambda n, d: random.geometric(0.08, n) + d,
        "ties": lambda n, d: random.integers(0, 4, n) * 5 + d,
        "both signs": lambda n, d: np.round(random.normal(0, 12, n)).astype(int) + d,
        "skewed": lambda n, d: np.minimum(np.round(random.lognormal(2, 0.9, n)), 60).astype(int) + d,
    }
    for name, draw in shapes.items():
        for sizes, shift in (((40, 30), 0), ((200, 300), 3), ((900, 700), 2)):
            base, arm = (np.clip(draw(n, d), -63, 63) for n, d in zip(sizes, (0, shift)))
            for level in (0.5, 0.9):
                yield {"name": f"{name} {sizes} {level}", "level": level, "base": base.tolist(), "arm": arm.tolist(),
                       "intervals": [order_statistics(x, level) for x in (base, arm)],
                       "quantiles": [float(np.quantile(x, level, method="inverted_cdf")) for x in (base, arm)],
                       "looks": {kind: tried(base, arm, level, kind) for kind in ("once", "always")}}


def order_statistics(x, level):
    found = stats.quantile_test(x, q=0, p=level).confidence_interval(0.95)
    return [None if not np.isfinite(end) else float(end) for end in found]


def tried(base, arm, level, kind, alpha=0.05, tuned_for=1000.0):
    weight = tuned_for / 2 / (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha)))

    def surprise(k, n):
        if kind == "once":
            if n * min(level, 1 - level) < 10:
                return None
            return stats.binom.logpmf(k, n, k / n) - stats.binom.logpmf(k, n, level)
        return (ln_rising(weight * level, k) + ln_rising(weight * (1 - level), n - k) - ln_rising(weight, n)
                - k * np.log(level) - (n - k) * np.log1p(-level))

    values = range(-66, 67)
    sides = []
    for x in (base, arm):
        if surprise(0, len(x)) is None:
            return None
        table = [surprise(k, len(x)) for k in range(len(x) + 1)]
        sides.append(np.array([min(table[(x < q).sum():(x <= q).sum() + 1]) for q in values]))
    sums = sides[0][:, None] + sides[1][None, :]  # base by arm
    if kind == "once":
        sums = sums - sums.min()
    order = np.arange(len(values))
    gap = order[None, :] - order[:, None]
    up, down, same = (sums[mask].min() for mask in (gap <= 0, gap >= 0, gap == 0))
    answers = {}
    for side, least in (("both", same), ("above", up), ("below", down)):
        if kind == "once":
            root = np.sqrt(2 * least)
            opposite = np.sqrt(2 * {"above": down, "below": up, "both": 0}[side])
            p = stats.chi2.sf(2 * least, 1) if side == "both" else stats.norm.sf(root - opposite)
            kept = (stats.chi2.sf(2 * sums, 1) if side == "both" else stats.norm.sf(np.sqrt(2 * sums))) >= alpha
        else:
            p = min(1, np.exp(-least))
            kept = sums <= -np.log(alpha)
        low, high = gap[kept].min(), gap[kept].max()
        # A quantile kept at the end of the range may be anywhere beyond.
        open_low = kept[-1, :].any() or kept[:, 0].any()
        open_high = kept[0, :].any() or kept[:, -1].any()
        answers[side] = {
            "p": p, "e": None if kind == "once" else np.exp(least),
            "low": None if open_low or side == "below" else int(low),
            "high": None if open_high or side == "above" else int(high),
        }
    return answers


def powers():
    for mean, variance, relative, n, shares in (
            (10, 400, 0.05, 6000, [0.5, 0.5]), (-3, 50, -0.3, 700, [0.4, 0.1]), (0.2, None, 0.1, 9000, [0.5, 0.5]),
            (0.03, None, -0.2, 40_000, [0.3, 0.6]), (100, 1, 0.001, 500, [1, 1])):
        for side, alternative in (("both", "two-sided"), ("above", "larger"), ("below", "smaller")):
            for comparisons in (1, 4):
                alpha = 0.05 / comparisons
                base, arm = (share / sum(shares) * n for share in shares)
                changed = mean * (1 + relative)
                variances = (variance, variance) if variance else (mean * (1 - mean), changed * (1 - changed))
                # By the size of the base, so a larger relative effect is better of a negative base too.
                difference = relative * abs(mean)
                error = np.sqrt(variances[0] / base + variances[1] / arm)
                power = normal_power_het(difference, 1, alpha, error, error, alternative)
                # Tuned by the alpha of the design, whatever part of it the comparison has.
                sprt = NormalMixtureSPRT(1.0, np.sqrt(rho2_of(0.05, 8000.0)), alpha=alpha)
                critical = sprt.half_width(n) * np.sqrt(n)
                z = difference / error
                needed = None
                if variance and side == "both":
                    needed = NormalIndPower().solve_power(
                        effect_size=abs(difference) / np.sqrt(variance), alpha=alpha, power=0.8, ratio=arm / base)
                yield {"mean": mean, "variance": variance, "relative": relative, "people": n, "shares": shares,
                       "side": side, "comparisons": comparisons, "power": power, "base_needed": needed,
                       "sequential": stats.norm.sf(critical - z) + stats.norm.sf(critical + z) if side == "both" else None}


def rho2_of(alpha, tuned_for):
    return (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / tuned_for


def drifts():
    random = np.random.default_rng(3)
    for trend in (0.0, 0.4):
        days, effects, variances = [], [], []
        for day in (0, 1, 2, 4, 5, 6, 9):
            base, arm = random.normal(5, 2, 60), random.normal(5 + trend * day, 2, 55)
            rows = [np.round(x * MICROS).astype(np.int64) for x in (base, arm)]
            days.append({"day": day, "base": rows[0].tolist(), "arm": rows[1].tolist()})
            base, arm = (x / MICROS for x in rows)
            effects.append(arm.mean() - base.mean())
            variances.append(base.var(ddof=1) / 60 + arm.var(ddof=1) / 55)
        fit = sm.WLS(effects, sm.add_constant([d["day"] for d in days]), 1 / np.array(variances)).fit(
            cov_type="fixed scale", use_t=False)
        combined = combine_effects(np.array(effects), np.array(variances), method_re="chi2")
        test = combined.test_homogeneity()
        yield {"days": days, "slope": [fit.params[1], fit.bse[1]], "slope_p": fit.pvalues[1],
               "q": test.statistic, "q_p": test.pvalue}


fixture = {
    "versions": {name: version(name) for name in ("gbstats", "sequential-analysis", "statsmodels", "scipy", "numpy")},
    "comparisons": list(comparisons()), "best": list(best()), "rates": list(rates()),
    "quantiles": list(quantiles()), "powers": list(powers()), "drifts": list(drifts()),
}
FIXTURE.write_text(json.dumps(fixture, default=float) + "\n")
