#!/usr/bin/env bash
# statsmodels 0.15.0 (PyPI), `anova_lm(typ=2)` of two factors and their interaction with sum coding, where
# nobody is in one of the four cells. Three means cannot show whether the factors interact. On data that are
# additive to the last digit (means 10, 11, 13, a spread of 1):
#
#   the interaction has F = 1241 and p = 2e-40, and the factors have sums of squares of 1,203 and 2,083,
#   where the model without interaction has 90 and 10; a warning says that the matrix is rank-deficient
#   with treatment coding, which spans the same model, all three are NaN
#
# So a table may have p values for what the data cannot say. The script fails when that changes.
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
import pandas as pd
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

warnings.simplefilter("ignore")
spread = np.array([-1.5, -0.5, 0.5, 1.5] * 5) / np.sqrt(1.25)
cells = {(0, 0): 10, (0, 1): 11, (1, 0): 13}
rows = [(a, b, mean + it) for (a, b), mean in cells.items() for it in spread]
frame = pd.DataFrame(rows, columns=["a", "b", "y"])


def table(model):
    return anova_lm(ols(model, frame).fit(), typ=2)


additive = table("y ~ C(a, Sum) + C(b, Sum)")
whole, by_treatment = table("y ~ C(a, Sum) * C(b, Sum)"), table("y ~ C(a) * C(b)")
print("additive model\n", additive, "\nwith an interaction, sum coding\n", whole, "\ntreatment coding\n", by_treatment)
claimed = whole.loc["C(a, Sum):C(b, Sum)", "PR(>F)"] < 1e-20
inflated = whole.loc["C(a, Sum)", "sum_sq"] > 5 * additive.loc["C(a, Sum)", "sum_sq"]
if not (claimed and inflated and by_treatment["F"].isna().all()):
    sys.exit("changed")
PY
