//! What a log and a policy must be to be evaluated.

use super::{LoggedCell, chance};
use crate::refusal::Refusal;
use std::collections::BTreeMap;

/// How far from 1 chances may add up to, for rounding.
const ROUNDING: f64 = 1e-6;
/// The code of a policy that plays an arm which the log could not show.
pub const NOT_LOGGED: &str = "policy_not_logged";

pub(super) fn check(cells: &[LoggedCell], policy: &[Vec<f64>]) -> Result<(), Refusal> {
    for (context, row) in policy.iter().enumerate() {
        if !is_distribution(row.iter().copied()) {
            let rule = "must be chances that add up to 1";
            return Err(Refusal::new(format!("policy[{context}]"), rule));
        }
    }
    let mut moments: BTreeMap<(usize, usize), BTreeMap<usize, &LoggedCell>> = BTreeMap::new();
    for (at, cell) in cells.iter().enumerate() {
        let field = |name: &str| format!("cells[{at}].{name}");
        let Some(row) = policy.get(cell.context) else {
            return Err(Refusal::new(
                field("context"),
                "must have a row of the policy",
            ));
        };
        if cell.arm >= row.len() {
            return Err(Refusal::new(field("arm"), "must be an arm of the policy"));
        }
        if cell.moments.people > 0 && (cell.propensity.is_nan() || cell.propensity <= 0.0) {
            let rule = "must be above 0 where people saw the arm";
            return Err(Refusal::new(field("propensity"), rule));
        }
        let arms = moments.entry((cell.period, cell.context)).or_default();
        if arms.insert(cell.arm, cell).is_some() {
            let rule = "must be another arm than those of other cells of the period and context";
            return Err(Refusal::new(field("arm"), rule));
        }
    }
    for ((_, context), arms) in moments {
        if arms.values().all(|cell| cell.moments.people <= 0) {
            continue;
        }
        if !is_distribution(arms.values().map(|cell| cell.propensity)) {
            let rule = "must have propensities that add up to 1 in every period and context";
            return Err(Refusal::new("cells", rule));
        }
        let row = policy.get(context).into_iter().flatten();
        for arm in row.enumerate().map(|(arm, _)| arm) {
            let is_logged = arms.get(&arm).is_some_and(|cell| cell.propensity > 0.0);
            if chance(policy, context, arm) > 0.0 && !is_logged {
                let rule = "must be 0 where the log never shows the arm";
                let field = format!("policy[{context}][{arm}]");
                return Err(Refusal::coded(NOT_LOGGED, field, rule));
            }
        }
    }
    Ok(())
}

fn is_distribution(chances: impl Iterator<Item = f64>) -> bool {
    let mut total = 0.0;
    for chance in chances {
        if !(0.0..=1.0).contains(&chance) {
            return false;
        }
        total += chance;
    }
    (total - 1.0).abs() <= ROUNDING
}
