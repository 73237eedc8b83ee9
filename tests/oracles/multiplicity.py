"""Families of p values by statsmodels and scipy, and of e values by fcnd. Preferential Bonferroni, which no
package has, follows the published levels by brute force. Run from the root of the repository:
python tests/oracles/multiplicity.py"""

import importlib.util
import json
from importlib.metadata import files, version
from pathlib import Path

import numpy as np
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

FIXTURE = Path(__file__).parent / "fixtures" / "multiplicity.json"
ALPHA = 0.05


def ebh():
    """fcnd's module alone, since the package wants a compiler for the rest."""
    path = next(file for file in files("fcnd") if file.name == "multiple_testing.py").locate()
    spec = importlib.util.spec_from_file_location("multiple_testing", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ebh


EBH = ebh()


def p_values(random):
    for size in (1, 2, 3, 8, 40):
        yield random.random(size)
        yield np.where(random.random(size) < 0.5, random.random(size) ** 6, random.random(size))
    yield np.array([0.01, 0.01, 0.04, 0.04, 0.9])
    yield np.array([0.0, 1.0, 0.05, 0.025])
    yield np.array([0.04, 0.045, 0.05, 0.05])


def by_p():
    for p in p_values(np.random.default_rng(1)):
        holm, bh = (multipletests(p, ALPHA, method)[:2] for method in ("holm", "fdr_bh"))
        assert np.allclose(bh[1], false_discovery_control(p), rtol=1e-12)
        primary = np.arange(len(p)) < (len(p) + 2) // 3
        shares = np.where(primary, 0.6 / primary.sum(), 0.4 / max((~primary).sum(), 1))
        if primary.all():
            shares = np.full(len(p), 1 / len(p))
        yield {
            "p": p.tolist(),
            "primary": primary.tolist(),
            "holm": {"corrected": holm[1].tolist(), "rejected": holm[0].tolist()},
            "benjamini_hochberg": {"corrected": bh[1].tolist(), "rejected": bh[0].tolist()},
            "preferential": {
                "corrected": np.minimum(p / shares, 1).tolist(),
                "rejected": (p <= ALPHA * shares).tolist(),
            },
        }


def by_e():
    random = np.random.default_rng(2)
    for size in (1, 2, 3, 8, 40):
        for scale in (0.5, 2.0, 4.0):
            e = np.exp(scale * random.standard_normal(size) + scale / 2)
            # The least alpha at which each is rejected, by bisection, is what ours calls corrected.
            low, high = np.zeros(size), np.ones(size)
            for _ in range(60):
                middle = (low + high) / 2
                rejected = np.array([at in EBH(e, alpha)[1] for at, alpha in enumerate(middle)])
                low, high = np.where(rejected, low, middle), np.where(rejected, middle, high)
            rejected = np.isin(np.arange(size), EBH(e, ALPHA)[1])
            yield {"e": e.tolist(), "corrected": high.tolist(), "rejected": rejected.tolist()}


fixture = {
    "versions": {name: version(name) for name in ("statsmodels", "scipy", "fcnd", "numpy")},
    "by_p": list(by_p()),
    "by_e": list(by_e()),
}
FIXTURE.write_text(json.dumps(fixture, indent=1) + "\n")
