//! Experiments that run side by side: whether who sees which arm of one depends on the arm of the other.
//!
//! Law: independent assignments leave the effect of each experiment what it is on average over the others.
//! Where they depend on each other, the effect of one passes for that of the other.

use super::{designs::get, results};
use crate::{Engine, Result};
use std::collections::BTreeMap;
use tessera_domain::experiments::factorial::independence::independence;
use tessera_store::{OrganisationId, PgConnection, experiments::live::LiveExperiment, projection};

/// Another experiment that runs.
#[derive(Debug)]
pub struct Overlap {
    /// Its key.
    pub experiment: String,
    /// People who saw one arm of each.
    pub people: u64,
    /// How many saw each arm of the first and of the second, in the order of both designs.
    pub table: Vec<Vec<u64>>,
    /// p of independent assignments; none with too few people.
    pub p: Option<f64>,
}

/// The other experiments that run, against the latest phase of this one; none once that is closed, since
/// nothing is kept of its people any more.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Conflict`](crate::Error::Conflict) when it has not
/// run, [`Error::Store`](crate::Error::Store).
pub async fn overlaps(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    key: &str,
) -> Result<Vec<Overlap>> {
    let row = get(conn, key).await?;
    let (_, measured) = results::phase(conn, key, None).await?;
    if measured.is_closed {
        return Ok(Vec::new());
    }
    let rules = engine.rules.latest(conn, organisation).await?;
    let others: BTreeMap<i32, &LiveExperiment> = rules
        .live
        .running()
        .filter(|it| it.key != row.key)
        .filter_map(|it| Some((it.projection?, it)))
        .collect();
    let ids: Vec<i32> = others.keys().copied().collect();
    let counted = projection::labels_together(conn, measured.projection, &ids).await?;
    let overlap = |(id, other): (i32, &LiveExperiment)| {
        let arms = &other.design.allocation.arms;
        let people = |one: &String, other: &String| {
            let both = (id, one.clone(), other.clone());
            counted.get(&both).copied().unwrap_or_default()
        };
        let line = |one: &String| arms.iter().map(|arm| people(one, &arm.key)).collect();
        let table: Vec<Vec<u64>> = measured.measurement.arms.iter().map(line).collect();
        Overlap {
            experiment: other.key.clone(),
            people: table.iter().flatten().sum(),
            p: independence(&table).map(|test| test.p),
            table,
        }
    };
    let mut overlaps: Vec<Overlap> = others.into_iter().map(overlap).collect();
    overlaps.sort_unstable_by(|one, other| one.experiment.cmp(&other.experiment));
    Ok(overlaps)
}
