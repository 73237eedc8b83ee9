"""Writes what lifelines and statsmodels say about survival: fixtures/survival.json.

Data: Walton's flies, Rossi's recidivists and a leukaemia trial, all bundled with lifelines.
"""

import json
import pathlib

import lifelines
import numpy as np
import statsmodels
from lifelines import KaplanMeierFitter, datasets
from statsmodels.duration.survfunc import SurvfuncRight

HERE = pathlib.Path(__file__).parent


def number(value):
    return float(value) if np.isfinite(value) else None


def curve(name, durations, observed):
    durations, observed = durations.astype(int), observed.astype(int)
    fitted = KaplanMeierFitter().fit(durations, observed)
    # lifelines puts a point at 0, whether anything happened then or not.
    table = fitted.event_table.loc[fitted.event_table["removed"] > 0]
    bounds = fitted.confidence_interval_.loc[table.index].to_numpy()
    plain = SurvfuncRight(durations, observed)
    variance = dict(zip(plain.surv_times, plain.surv_prob_se**2))
    counts = {}
    for duration, event in zip(durations, observed):
        counts.setdefault(int(duration), [0, 0])[0 if event else 1] += 1
    return {
        "name": name,
        "lifetimes": [[duration, *ends] for duration, ends in sorted(counts.items())],
        "median": int(median) if np.isfinite(median := fitted.median_survival_time_) else None,
        "points": [
            {
                "duration": int(duration),
                "at_risk": int(table["at_risk"][duration]),
                "events": int(table["observed"][duration]),
                "censored": int(table["censored"][duration]),
                "survival": float(fitted.survival_function_.loc[duration].iloc[0]),
                "interval": [float(low), float(high)],
                # statsmodels tells it where somebody left.
                "variance": number(variance.get(duration, np.nan)),
            }
            for duration, (low, high) in zip(table.index, bounds)
        ],
    }


waltons = datasets.load_waltons()
rossi = datasets.load_rossi()
leukaemia = datasets.load_leukemia()
fixture = {
    "versions": {"lifelines": lifelines.__version__, "statsmodels": statsmodels.__version__},
    "curves": [
        curve("waltons", waltons["T"], waltons["E"]),
        curve("rossi", rossi["week"], rossi["arrest"]),
        curve("leukaemia", leukaemia["t"], leukaemia["status"]),
    ],
}
path = HERE / "fixtures" / "survival.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
