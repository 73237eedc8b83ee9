"""What a policy would have earned, by the Open Bandit Pipeline's estimators on single people. Its estimators
are imported without the rest of the package, which wants torch for neural policies; errors are computed from
what each person adds to its estimates, as it only bootstraps them. Run from the root of the repository:
python tests/oracles/policy.py"""

import importlib
import json
import sys
import types
from importlib.metadata import files, version
from pathlib import Path

import numpy as np

FIXTURE = Path(__file__).parent / "fixtures" / "policy.json"
ROOT = next(file for file in files("obp") if str(file) == "obp/__init__.py").locate().parent

for name, path in (("obp", ROOT), ("obp.ope", ROOT / "ope")):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(path)]
sys.modules["torch"] = types.ModuleType("torch")
for name in ("Tensor", "tensor"):
    setattr(sys.modules["torch"], name, type(name, (), {}))
estimators = importlib.import_module("obp.ope.estimators")


def log(random, periods, contexts, arms, people, empty):
    """People by period, context and arm, with propensities that change between periods."""
    propensities = random.dirichlet(np.full(arms, 2), (periods, contexts)).round(3)
    propensities[..., -1] = 1 - propensities[..., :-1].sum(axis=-1)
    if empty:
        propensities[..., 0] += propensities[..., 1]
        propensities[..., 1] = 0
    rows = []
    for period in range(periods):
        for _ in range(people):
            context = int(random.integers(contexts))
            arm = int(random.choice(arms, p=propensities[period, context]))
            value = round(float(random.gamma(1 + arm + context, 1 + 0.2 * period)), 6)
            rows.append((period, context, arm, value))
    return propensities, rows


def cases():
    random = np.random.default_rng(1)
    for periods, contexts, arms, people, empty in [
        (1, 1, 2, 50, False), (3, 1, 3, 300, False), (4, 2, 3, 200, False), (5, 3, 5, 400, False), (2, 1, 3, 100, True),
    ]:
        propensities, rows = log(random, periods, contexts, arms, people, empty)
        policy = random.dirichlet(np.ones(arms), contexts)
        if empty:
            policy[:, 0] += policy[:, 1]
            policy[:, 1] = 0
        if contexts == 3:
            policy = np.eye(arms)[[0, 3, 1]]
        policy /= policy.sum(axis=1, keepdims=True)
        period, context, arm = (np.array([row[at] for row in rows]) for at in range(3))
        reward = np.array([row[3] for row in rows])
        predicted = np.zeros((contexts, arms))
        for c in range(contexts):
            for a in range(arms):
                both, either = (context == c) & (arm == a), arm == a
                predicted[c, a] = next((reward[it].mean() for it in (both, either) if it.any()), reward.mean())
        given = {
            "reward": reward,
            "action": arm,
            "pscore": propensities[period, context, arm],
            "action_dist": policy[context][:, :, None],
            "position": np.zeros(len(rows), dtype=int),
        }
        q = predicted[context][:, :, None]
        weight = policy[context, arm] / given["pscore"]
        n = len(rows)

        def estimate(estimator, **more):
            return float(estimator.estimate_policy_value(**given, **more))

        def error(parts):
            return float(parts.std(ddof=1) / np.sqrt(n))

        ips, snips = estimators.InverseProbabilityWeighting(), estimators.SelfNormalizedInverseProbabilityWeighting()
        dr = estimators.DoublyRobust()
        ratio = estimate(snips)
        yield {
            "propensities": propensities.tolist(),
            "policy": policy.tolist(),
            "rows": rows,
            "inverse_propensity": [estimate(ips), error(ips._estimate_round_rewards(**given))],
            "self_normalised": [ratio, error(weight * (reward - ratio)) / float(weight.mean())],
            "doubly_robust": [
                estimate(dr, estimated_rewards_by_reg_model=q),
                error(dr._estimate_round_rewards(**given, estimated_rewards_by_reg_model=q)),
            ],
            "effective_people": float(weight.sum() ** 2 / (weight**2).sum()),
        }


fixture = {
    "versions": {name: version(name) for name in ("obp", "scikit-learn", "numpy")},
    "cases": list(cases()),
}
FIXTURE.write_text(json.dumps(fixture) + "\n")
