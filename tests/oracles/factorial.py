"""Factorial designs by statsmodels: analysis of variance of type II, contrasts of the effects, and
independence of two assignments by scipy. Run from the root of the repository:
python tests/oracles/factorial.py"""

import itertools
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

FIXTURE = Path(__file__).parent / "fixtures" / "factorial.json"


def design(random, levels, least, most, effect, empty=()):
    rows = []
    for cell, combination in enumerate(itertools.product(*(range(count) for count in levels))):
        people = 0 if cell in empty else int(random.integers(least, most))
        mean = 20 + effect * (combination[0] - combination[1] * combination[0] / 2 + combination[-1])
        for value in random.normal(mean, 4, people).round(6):
            rows.append((*combination, value))
    names = [f"f{at}" for at in range(len(levels))]
    return pd.DataFrame(rows, columns=[*names, "y"]), names


def analysis(frame, names, levels):
    effects = " + ".join(f"C({name}, Sum)" for name in names)
    fit = ols(f"y ~ ({effects}) ** 2", frame).fit()
    table = anova_lm(fit, typ=2)
    terms = []
    for size in (1, 2):
        for chosen in itertools.combinations(range(len(names)), size):
            row = table.loc[":".join(f"C({names[at]}, Sum)" for at in chosen)]
            terms.append({"factors": list(chosen), "freedom": int(row["df"]), "sum": row["sum_sq"],
                          "f": row["F"], "p": row["PR(>F)"]})
    contrasts = []
    for at, name in enumerate(names):
        code = np.vstack([np.eye(levels[at] - 1), -np.ones(levels[at] - 1)])
        for level in range(1, levels[at]):
            vector = np.zeros(len(fit.params))
            for column in range(levels[at] - 1):
                place = fit.params.index.get_loc(f"C({name}, Sum)[S.{column}]")
                vector[place] = code[level, column] - code[0, column]
            test = fit.t_test(vector)
            contrasts.append({"factor": at, "level": level, "difference": float(test.effect[0]),
                              "standard_error": float(test.sd.item()),
                              "interval": test.conf_int(0.05)[0].tolist()})
    return {"terms": terms, "contrasts": contrasts,
            "residual_freedom": int(fit.df_resid), "residual_variance": fit.mse_resid}


def designs():
    random = np.random.default_rng(1)
    shapes = [((2, 2), 5, 30, 0.0), ((2, 2), 200, 400, 2.0), ((3, 4), 3, 40, 1.0), ((5, 5), 2, 9, 0.5),
              ((2, 2, 2), 4, 20, 0.7), ((2, 3, 5), 2, 12, 0.3), ((2, 2, 2, 2), 3, 15, 0.4),
              ((2, 2, 2, 4), 1, 8, 1.0), ((2, 16), 4, 20, 0.0)]
    for levels, least, most, effect in shapes:
        frame, names = design(random, levels, least, most, effect)
        cells = [[] for _ in range(int(np.prod(levels)))]
        for row in frame.itertuples(index=False):
            cells[int(np.ravel_multi_index(tuple(row[:-1]), levels))].append(round(row[-1] * 1e6))
        yield {"levels": list(levels), "cells": cells, **analysis(frame, names, levels)}


def empty_cells():
    """Main effects where a cell of 2 x 2 is empty: the models without the interaction."""
    random = np.random.default_rng(2)
    for empty in range(4):
        frame, _ = design(random, (2, 2), 10, 30, 1.0, empty=[empty])
        whole = ols("y ~ C(f0) + C(f1)", frame).fit()
        tests = []
        for other in ("f1", "f0"):
            less = ols(f"y ~ C({other})", frame).fit()
            row = anova_lm(less, whole).iloc[1]
            tests.append({"f": row["F"], "p": row["Pr(>F)"]})
        cells = [[] for _ in range(4)]
        for row in frame.itertuples(index=False):
            cells[int(row[0]) * 2 + int(row[1])].append(round(row[-1] * 1e6))
        yield {"cells": cells, "tests": tests}


def tables():
    random = np.random.default_rng(3)
    for rows, columns, people in [(2, 2, 300), (2, 2, 100_000), (3, 4, 2_000), (5, 2, 900), (4, 4, 1_000_000)]:
        for tilt in (0.0, 0.15):
            share = np.outer(random.dirichlet(np.full(rows, 20)), random.dirichlet(np.full(columns, 20)))
            share[0, 0] *= 1 + tilt
            table = random.multinomial(people, (share / share.sum()).ravel()).reshape(rows, columns)
            test = chi2_contingency(table, correction=False)
            if test.expected_freq.min() >= 5:
                yield {"table": table.tolist(), "statistic": test.statistic, "freedom": test.dof, "p": test.pvalue}


fixture = {
    "versions": {name: version(name) for name in ("statsmodels", "scipy", "pandas", "patsy", "numpy")},
    "designs": list(designs()),
    "empty_cells": list(empty_cells()),
    "tables": list(tables()),
}
FIXTURE.write_text(json.dumps(fixture, default=float) + "\n")
