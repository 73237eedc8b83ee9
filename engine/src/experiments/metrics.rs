//! Metrics. Another version applies to experiments that start from then on.

use crate::{Caller, Engine, Error, Result};
use tessera_domain::experiments::metric::Metric;
use tessera_store::{
    PgConnection,
    experiments::metric::{self, MetricRow},
    rules,
};

/// Most metrics of an organisation.
const MAX_METRICS: i64 = 500;

/// Adds a metric, or another version of it where it is another one; returns it. Aliases stand for their
/// events.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn define(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    mut wanted: Metric,
) -> Result<MetricRow> {
    wanted.validate().map_err(|it| it.within("metric"))?;
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let rules = engine.rules.current(conn, organisation).await?;
    wanted
        .canonicalise(&rules.registry)
        .map_err(|it| it.within("metric"))?;
    if metric::others(conn, name).await? >= MAX_METRICS {
        return Err(Error::Conflict(format!(
            "there are {MAX_METRICS} metrics, which is the most; remove one first"
        )));
    }
    let known = metric::named(conn, &[name.to_owned()]).await?.pop();
    if let Some(row) = known.filter(|it| it.metric == wanted) {
        return Ok(row);
    }
    let actor = caller.actor.to_string();
    metric::define(conn, organisation, name, &wanted, &actor).await?;
    get(conn, name).await
}

/// The metric of this name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, name: &str) -> Result<MetricRow> {
    let found = metric::named(conn, &[name.to_owned()]).await?.pop();
    found.ok_or_else(|| Error::not_found("metric", name))
}

/// Removes a metric. Experiments that were started keep theirs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, caller: &Caller, name: &str) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    if !metric::remove(conn, name).await? {
        return Err(Error::not_found("metric", name));
    }
    Ok(())
}
