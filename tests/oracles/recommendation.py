"""Factors of items, scores and what histories add to them by implicit's alternating least squares with its exact
solver; likenesses of items by scikit-learn's cosine, and those that heed the order of choices by their
definition, which no package offers; recall and NDCG by scikit-learn, paired intervals by scipy.
Run from the root of the repository: python tests/oracles/recommendation.py"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares, user_factor
from scipy.sparse import csr_matrix
from scipy.stats import ttest_rel
from sklearn.metrics import ndcg_score, recall_score
from sklearn.metrics.pairwise import cosine_similarity

FIXTURE = Path(__file__).parent / "fixtures" / "recommendation.json"
LEAST_PEOPLE = 3


def factors():
    """Weights are whole numbers, because implicit keeps confidences in single precision."""
    random = np.random.default_rng(5)
    for people, items, count, iterations, regularisation, alpha in [
        (12, 5, 2, 1, 0.5, 1),
        (60, 12, 4, 15, 0.1, 40),
        (40, 30, 8, 10, 2.0, 3),
        (25, 6, 16, 8, 0.01, 10),
    ]:
        weights = random.integers(1, 5, (people, items)) * (random.random((people, items)) < 0.25)
        start = (random.random((items, count)) - 0.5).round(6) / count
        model = AlternatingLeastSquares(
            factors=count, regularization=regularisation, iterations=iterations, dtype=np.float64,
            use_native=False, use_cg=False)
        confidences = csr_matrix(np.where(weights > 0, 1.0 + alpha * weights, 0.0))
        model.item_factors = start.copy()
        model.user_factors = np.zeros((people, count))
        model.fit(confidences, show_progress=False)
        model._YtY = None
        tastes = np.array([user_factor(model.item_factors, model.YtY, confidences, person, regularisation, count)
                           for person in range(people)])
        explained = []
        for person in range(people):
            history = np.flatnonzero(weights[person])
            item = person % items
            if len(history):
                score, parts, _ = model.explain(person, confidences, item, N=items)
                explained.append({"person": person, "item": item, "score": score,
                                  "parts": [dict(parts)[other] for other in history]})
        yield {
            "iterations": iterations, "regularisation": regularisation, "alpha": alpha,
            "rows": [[[int(item), float(row[item])] for item in np.flatnonzero(row)] for row in weights],
            "start": start.tolist(), "items": model.item_factors.tolist(),
            "scores": (tastes @ model.item_factors.T).tolist(), "explained": explained,
        }


def likenesses():
    """Days on which people took items, -1 where they did not; all on one day, so that no order counts, or on any."""
    random = np.random.default_rng(6)
    for people, items, days, shrinkage in [(40, 8, 1, 0.0), (80, 12, 1, 10.0), (60, 9, 6, 5.0)]:
        taste = random.random((people, 2)) @ random.random((2, items)) ** 3 + 0.1
        day = np.where(random.random((people, items)) < taste, random.integers(0, days, (people, items)), -1)
        taken = day >= 0
        both = taken.T.astype(int) @ taken.astype(int)
        after = np.array([[np.sum(taken[:, one] & taken[:, other] & (day[:, one] <= day[:, other]))
                           for other in range(items)] for one in range(items)])
        count = taken.sum(axis=0)
        # Who took nothing is not known.
        known = taken.any(axis=1).sum()
        cosine = cosine_similarity(taken.T.astype(float)) if days == 1 else after / np.sqrt(np.outer(count, count))
        like = cosine * after / (after + shrinkage)
        neighbours = [sorted(([other, int(after[one, other]), int(count[one]), float(like[one, other])]
                              for other in range(items)
                              if other != one and after[one, other] >= LEAST_PEOPLE
                              and both[one, other] * known > count[one] * count[other]),
                             key=lambda it: -it[3]) for one in range(items)]
        yield {"days": day.tolist(), "shrinkage": shrinkage, "neighbours": neighbours}


def measures():
    """Rankings of eight items, of which some were taken."""
    random = np.random.default_rng(7)
    for _ in range(40):
        ranked = random.permutation(8)
        taken = random.choice(8, random.integers(1, 6), replace=False)
        shown = int(random.integers(1, 9))
        truth = np.isin(np.arange(8), taken).astype(int)
        scores = np.empty(8)
        scores[ranked] = np.arange(8, 0, -1)
        yield {"ranked": ranked.tolist(), "taken": sorted(taken.tolist()), "shown": shown,
               "recall": recall_score(truth, np.isin(np.arange(8), ranked[:shown]).astype(int)),
               "ndcg": ndcg_score([truth], [scores], k=shown)}


def gains():
    random = np.random.default_rng(8)
    for people, comparisons in [(2, 1), (30, 1), (200, 2), (1000, 2)]:
        left, right = random.random((2, people)).round(6)
        found = ttest_rel(left, right).confidence_interval(1 - 0.05 / comparisons)
        yield {"left": left.tolist(), "right": right.tolist(), "comparisons": comparisons,
               "mean": float(np.mean(left - right)), "interval": [float(found.low), float(found.high)]}


fixture = {
    "versions": {name: version(name) for name in ("implicit", "numpy", "scikit-learn", "scipy")},
    "factors": list(factors()),
    "likenesses": list(likenesses()),
    "measures": list(measures()),
    "gains": list(gains()),
}
FIXTURE.write_text(json.dumps(fixture) + "\n")
