//! How long an experiment takes, and what another policy would have earned.

use super::{designs::get, phases::chosen, results};
use crate::{Error, Result};
use std::collections::BTreeMap;
use tessera_domain::{
    experiments::{
        metric::Measure,
        planning::{Asked, PlannedArm, plan},
        policy::{Evaluation, LoggedCell, evaluate},
        results::{Counted, periods_with_weights},
    },
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::PgConnection;

/// The plan of an experiment's design. What is not stated of metrics is what the base of the latest phase
/// has shown.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Store`].
pub async fn power(
    conn: &mut PgConnection,
    key: &str,
    asked: &Asked,
    now: Timestamp,
) -> Result<Vec<PlannedArm>> {
    let row = get(conn, key).await?;
    let record = match row.phase {
        0 => None,
        _ => Some(results::record(conn, key, None, now).await?),
    };
    let metrics = match &record {
        // As they are measured, whatever has become of their names since.
        Some(record) if row.status == "running" => record.measurement.metrics.clone(),
        _ => chosen(conn, &row.design, "design").await?,
    };
    let mut measured = vec![None; metrics.len()];
    if let Some(record) = &record {
        let counted = Counted::of(&record.observed());
        let places = row.design.metrics.iter().map(|it| &it.metric);
        for (base, name) in measured.iter_mut().zip(places) {
            let known = record.design.metrics.iter();
            let place = known.into_iter().position(|it| it.metric == *name);
            let moments = place.and_then(|place| counted.moments_of(place));
            *base = moments.and_then(|it| it.first().copied());
        }
    }
    Ok(plan(&row.design, &metrics, &measured, asked)?)
}

/// What a policy, a chance for each arm, would have earned a person in a metric, in units. A ratio and a
/// quantile are no sum over people, so no policy earns one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Refused`], [`Error::Store`].
pub async fn policy_value(
    conn: &mut PgConnection,
    key: &str,
    phase: Option<i32>,
    metric: &str,
    policy: &BTreeMap<String, f64>,
    now: Timestamp,
) -> Result<Evaluation> {
    let record = results::record(conn, key, phase, now).await?;
    let place = record
        .design
        .metrics
        .iter()
        .position(|it| it.metric == metric);
    let place = place.ok_or_else(|| Error::refused("metric", "must be a metric of the design"))?;
    let measure = record.measurement.metrics.get(place).map(|it| &it.measure);
    if matches!(
        measure,
        Some(Measure::Ratio { .. } | Measure::Quantile { .. })
    ) {
        let rule = "must not be a ratio or a quantile, which no person has";
        return Err(Error::refused("metric", rule));
    }
    let arms = &record.measurement.arms;
    let absent = policy.keys().find(|key| !arms.contains(key));
    if let Some(key) = absent {
        let field = format!("policy.{key}");
        return Err(Error::refused(field, "must be the key of an arm"));
    }
    let observed = record.observed();
    let counted = Counted::of(&observed);
    let mut cells = Vec::new();
    for (period, (weights, moments)) in periods_with_weights(&observed, &counted, place)
        .into_iter()
        .enumerate()
    {
        let whole: u32 = weights.iter().sum();
        for (arm, (weight, moments)) in weights.iter().zip(moments).enumerate() {
            cells.push(LoggedCell {
                period,
                context: 0,
                arm,
                propensity: f64::from(*weight) / f64::from(whole.max(1)),
                moments,
            });
        }
    }
    let row: Vec<f64> = arms
        .iter()
        .map(|arm| policy.get(arm).copied().unwrap_or(0.0))
        .collect();
    let unweighted = |cell: &&LoggedCell| cell.moments.people > 0 && cell.propensity <= 0.0;
    if let Some(cell) = cells.iter().find(unweighted) {
        let arm = arms.get(cell.arm).map_or("", String::as_str);
        return Err(Error::Conflict(format!(
            "people saw the arm {arm} in a batch in which it had no weight, so what they did cannot be weighed"
        )));
    }
    evaluate(&cells, &[row]).map_err(|refusal| named(refusal, arms).into())
}

/// A refusal with the arm's key in the place of its number.
fn named(refusal: Refusal, arms: &[String]) -> Refusal {
    let number = refusal.field.strip_prefix("policy[0][");
    let number = number.and_then(|it| it.strip_suffix(']')?.parse::<usize>().ok());
    let field = match number.and_then(|at| arms.get(at)) {
        Some(arm) => format!("policy.{arm}"),
        None => refusal.field.replace("policy[0]", "policy"),
    };
    Refusal { field, ..refusal }
}
