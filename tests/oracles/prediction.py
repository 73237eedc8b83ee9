"""What scikit-learn and MAPIE say, for the prediction tests of the crate tessera-domain.

Data: the breast cancer data set that scikit-learn bundles (its ten means; a flag above the median for
each), and leads drawn from a seeded generator with correlated, rare and useless features.
"""

import json
from pathlib import Path

import mapie
import numpy as np
import sklearn
from mapie.metrics.calibration import expected_calibration_error
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.datasets import load_breast_cancer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PENALTIES = [0.01, 1.0, 25.0]
SMOOTHINGS = [0.1, 1.0]
BINS = 10
LIMITS = (0.0001, 0.9999)


def breast_cancer():
    data = load_breast_cancer()
    values = data.data[:, :10]
    flags = (values > np.median(values, axis=0)).astype(float)
    names = [name.replace(" ", "_") for name in data.feature_names[:10]]
    return names + [f"high_{name}" for name in names], np.hstack([values, flags]), data.target


def synthetic():
    rng = np.random.default_rng(20260131)
    leads = 600
    common = rng.random(leads) < 0.5
    flags = np.column_stack(
        [
            common,
            np.where(rng.random(leads) < 0.9, common, ~common),
            rng.random(leads) < 0.02,
            rng.random(leads) < 0.3,
        ]
    ).astype(float)
    counts = np.round(np.log1p(rng.poisson(2.0, leads)), 6)
    noise = np.round(rng.normal(0.0, 1000.0, leads), 3)
    log_odds = -1.5 + 1.2 * flags[:, 0] + 0.8 * flags[:, 2] + 0.9 * counts - 0.5 * flags[:, 3]
    won = (rng.random(leads) < 1 / (1 + np.exp(-log_odds))).astype(int)
    names = ["common", "echo", "rare", "other", "log_count", "noise"]
    return names, np.column_stack([flags, counts, noise]), won


def regression(penalty):
    return LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-12, max_iter=1000)


def logistic(values, won, penalty):
    fitted = make_pipeline(StandardScaler(), regression(penalty)).fit(values, won)
    last = fitted[-1]
    return {
        "l2": penalty,
        "intercept": last.intercept_[0],
        "coefficients": last.coef_[0].tolist(),
    }


def naive_bayes(flags, won, smoothing):
    fitted = BernoulliNB(alpha=smoothing).fit(flags, won)
    present = fitted.feature_log_prob_
    absent = np.log1p(-np.exp(present))
    return {
        "smoothing": smoothing,
        "prior_log_odds": fitted.class_log_prior_[1] - fitted.class_log_prior_[0],
        "present": (present[1] - present[0]).tolist(),
        "absent": (absent[1] - absent[0]).tolist(),
    }


def calibration_error(probabilities, won):
    """MAPIE's, whose `num_bins` counts the edges; scikit-learn's calibration curve must say the same."""
    error = expected_calibration_error(
        won, probabilities, num_bins=BINS + 1, split_strategy="uniform"
    )
    share, mean = calibration_curve(won, probabilities, n_bins=BINS)
    sizes, _ = np.histogram(probabilities, bins=BINS, range=(0, 1))
    by_curve = np.average(np.abs(share - mean), weights=sizes[sizes > 0])
    assert abs(by_curve - error) < 1e-12, (by_curve, error)
    return error


def measures(probabilities, won):
    return {
        "auc": roc_auc_score(won, probabilities),
        "brier": brier_score_loss(won, probabilities),
        "expected_calibration_error": calibration_error(probabilities, won),
    }


def pipeline(values, won):
    """Training, calibration and test parts by the row's number, which stands for the lead's hash."""
    number = np.arange(len(won)) % 5
    training, calibration, test = number <= 2, number == 3, number == 4
    fitted = make_pipeline(StandardScaler(), regression(1.0)).fit(values[training], won[training])
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted), method="sigmoid")
    calibrated.fit(values[calibration], won[calibration])
    flags = [c for c in range(values.shape[1]) if set(np.unique(values[training, c])) == {0.0, 1.0}]
    bayes = BernoulliNB(alpha=1.0).fit(values[training][:, flags], won[training])
    probabilities = calibrated.predict_proba(values)[:, 1].clip(*LIMITS)
    by_bayes = bayes.predict_proba(values[:, flags])[:, 1].clip(*LIMITS)
    return {
        "probabilities": probabilities.tolist(),
        "naive_bayes": by_bayes.tolist(),
        "evaluation": measures(probabilities[test], won[test]),
        "naive_bayes_evaluation": measures(by_bayes[test], won[test]),
    }


def case(name, names, values, won):
    return {
        "name": name,
        "features": names,
        "rows": values.tolist(),
        "won": [bool(it) for it in won],
        "logistic": [logistic(values, won, penalty) for penalty in PENALTIES],
        "naive_bayes": [naive_bayes(values, won, smoothing) for smoothing in SMOOTHINGS],
        "pipeline": pipeline(values, won),
    }


def separable():
    values = np.column_stack([np.linspace(-3.0, 3.0, 40), np.tile([0.0, 1.0], 20)])
    won = (values[:, 0] > 0).astype(int)
    fitted = regression(0.001).fit(values, won)
    return {
        "rows": values.tolist(),
        "won": [bool(it) for it in won],
        "l2": 0.001,
        "intercept": fitted.intercept_[0],
        "coefficients": fitted.coef_[0].tolist(),
    }


def ties():
    """Probabilities in steps of a twentieth, off the bins' edges: most are tied."""
    rng = np.random.default_rng(7)
    probabilities = (rng.integers(0, 20, 300) + 0.5) / 20
    won = (rng.random(300) < 0.3 + 0.5 * probabilities).astype(int)
    return {
        "probabilities": probabilities.tolist(),
        "won": [bool(it) for it in won],
        "measures": measures(probabilities, won),
    }


def short(value):
    """Whole numbers without a fraction, others to fourteen decimals: a smaller file."""
    if isinstance(value, dict):
        return {key: short(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [short(inner) for inner in value]
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 14)
    return value


fixture = {
    "versions": {
        "scikit-learn": sklearn.__version__,
        "mapie": mapie.__version__,
        "numpy": np.__version__,
    },
    "cases": [case("breast_cancer", *breast_cancer()), case("synthetic", *synthetic())],
    "separable": separable(),
    "ties": ties(),
}
path = Path(__file__).parent / "fixtures" / "prediction.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(short(fixture), separators=(",", ":")) + "\n")
