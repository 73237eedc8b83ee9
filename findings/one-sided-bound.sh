#!/usr/bin/env bash
# gbstats 0.8.0 (PyPI), one-sided frequentist tests, effects stated as absolute.
#
#   `OneSidedTreatmentLesserTTest` on a base with mean 2.0 and an arm with mean 1.5: the effect is -0.5 and
#   p = 0.056, which finds nothing at 0.05; but the bound above it is -1.019. So the interval excludes 0,
#   and its own estimate too: the width of the bound is subtracted where it should be added
#   `OneSidedTreatmentGreaterTTest` on the two the other way round has -0.019 below 0.5, which agrees
#
# So a one-sided bound cannot be shown beside its p unchecked. The script fails when that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==1.26.4 scipy==1.11.4 pandas==1.5.3 gbstats==0.8.0
venv/bin/python - <<'PY'
import sys

from gbstats.frequentist.tests import (
    FrequentistConfig,
    OneSidedTreatmentGreaterTTest,
    OneSidedTreatmentLesserTTest,
)
from gbstats.models.statistics import SampleMeanStatistic

high = SampleMeanStatistic(n=100, sum=200, sum_squares=900)
low = SampleMeanStatistic(n=100, sum=150, sum_squares=700)
config = FrequentistConfig(difference_type="absolute")
lesser = OneSidedTreatmentLesserTTest(high, low, config).compute_result()
greater = OneSidedTreatmentGreaterTTest(low, high, config).compute_result()
for name, found in [("lesser", lesser), ("greater", greater)]:
    bounds = [round(float(bound), 3) for bound in found.ci]
    print(f"{name:8} effect {found.expected:+.3f}, p = {found.p_value:.3f}, interval {bounds}")
same = abs(lesser.expected + 0.5) < 1e-9 and 0.05 < lesser.p_value < 0.06
same = same and abs(lesser.ci[1] + 1.019) < 1e-3 and lesser.ci[1] < lesser.expected
same = same and abs(greater.ci[0] + 0.019) < 1e-3
if not same:
    sys.exit("changed")
PY
