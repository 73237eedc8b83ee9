#!/usr/bin/env bash
# gbstats 0.8.0 (PyPI), the sample ratio check `check_srm`, and ssrm-test 0.1.5 (PyPI), the sequential one.
# An arm that was closed has weight 0. On an experiment of 50 : 50 with such an arm:
#
#   gbstats     leaves the arm's visitors out of the sum but counts them in the total, and the arm in the
#               degrees of freedom. 100 visitors in an arm that nobody may see pass with p = 0.61, and an
#               arm that nobody saw lifts p of the other two from 0.0027 to 0.0111
#   ssrm-test   has p = NaN, which is below no alpha, for 5,000 : 4,000 : 0, of which it says 5e-12 without
#               the arm; so it has for 100 visitors in the closed arm
#
# So a check by either must be given the impossible apart. The script fails when a behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==1.26.4 scipy==1.11.4 pandas==1.5.3 gbstats==0.8.0
# It asks for a package that Python has had within it since 3.5.
venv/bin/pip install --quiet --disable-pip-version-check --no-deps toolz==0.10.0 ssrm-test==0.1.5
venv/bin/python - <<'PY'
import sys
import warnings

from gbstats.utils import check_srm
from ssrm_test import ssrm_test

warnings.simplefilter("ignore")


def sequential(users, weights):
    return float(ssrm_test.sequential_p_values([users], weights)[-1])


seen = check_srm([5000, 5000, 100], [0.5, 0.5, 0])
two, with_closed = check_srm([5150, 4850], [0.5, 0.5]), check_srm([5150, 4850, 0], [0.5, 0.5, 0])
print(f"gbstats    100 in the closed arm: p = {seen:.4f}")
print(f"gbstats    5150 : 4850: p = {two:.4f}, with a closed arm that nobody saw {with_closed:.4f}")
half, half_closed = sequential([5000, 4000], [0.5, 0.5]), sequential([5000, 4000, 0], [0.5, 0.5, 0.0])
impossible = sequential([5000, 5000, 100], [0.5, 0.5, 0.0])
print(f"ssrm-test  5000 : 4000: p = {half:.1e}, with a closed arm that nobody saw {half_closed}")
print(f"ssrm-test  100 in the closed arm: p = {impossible}")
same = abs(seen - 0.6095) < 1e-4 and abs(two - 0.0027) < 1e-4 and abs(with_closed - 0.0111) < 1e-4
same = same and half < 1e-11 and half_closed != half_closed and impossible != impossible
if not same:
    sys.exit("changed")
PY
