#!/usr/bin/env bash
# statsmodels 0.15.0 (PyPI), `multipletests` with one p value that is NaN, as of a metric that has no
# variance yet:
#
#   fdr_bh   rejects 0.001 of [0.001, 0.2, NaN] and says that its corrected p is NaN, as it says of all three;
#            the same for fdr_by and simes-hochberg, while hommel rejects nothing
#   holm     corrects the two others as two of three, which is right if a missing one counts
#
# So "rejected" and "corrected p is at most alpha" are not the same, and one missing value takes away all
# corrected values. The script fails when that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 patsy==1.0.3 statsmodels==0.15.0
venv/bin/python - <<'PY'
import sys
import warnings

import numpy as np
from statsmodels.stats.multitest import multipletests

warnings.simplefilter("ignore")
same = True
for method in ("fdr_bh", "fdr_by", "simes-hochberg", "hommel", "holm"):
    rejected, corrected = multipletests([0.001, 0.2, np.nan], 0.05, method)[:2]
    print(f"{method:15} rejected {rejected.tolist()}, corrected {corrected.tolist()}")
    same &= rejected.tolist() == [method != "hommel", False, False]
    same &= bool(np.isnan(corrected).all()) == (method != "holm")
    if method == "holm":
        same &= np.allclose(corrected[:2], [0.003, 0.4])
if not same:
    sys.exit("changed")
PY
