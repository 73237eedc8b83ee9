//! The work of campaigns: each version that receipts may still change is evaluated, one a transaction.

use super::{evaluate::Evaluation, schedule};
use crate::{Engine, Error, Result};
use chrono::DateTime;
use tessera_store::{
    OrganisationId, StoreError,
    access::organisation,
    automation::referral_campaign,
    mirror::chain_feed::{self, Tip},
    tenant,
    work::{self, Due, Work},
};

/// Evaluates the campaigns of an organisation, and waits until time alone may change something.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn step(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("evaluate campaigns of no organisation"))?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let tip = chain_feed::tip(&mut transaction).await?;
    let now = tip.and_then(|tip| DateTime::from_timestamp(tip.at, 0));
    let versions = match now {
        Some(now) => referral_campaign::unsettled(&mut transaction, now).await?,
        None => Vec::new(),
    };
    drop(transaction);
    let mut next = None;
    for (name, version) in versions {
        if let Some(tip) = tip
            && let Some(at) = evaluate(engine, organisation, (&name, version), tip).await?
        {
            next = Some(next.map_or(at, |next: i64| next.min(at)));
        }
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if !work::finish(&mut transaction, work).await? {
        return Ok(());
    }
    if let Some(next) = next {
        schedule(&mut transaction, organisation, Due::OnNetwork(next)).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Evaluates a version; returns when it is to be looked at again, by the network's clock.
async fn evaluate(
    engine: &Engine,
    organisation: OrganisationId,
    (name, version): (&str, i32),
    tip: Tip,
) -> Result<Option<i64>> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let rules = engine.rules.current(&mut transaction, organisation).await?;
    let org = organisation::current(&mut transaction).await?.org;
    let Some(running) = referral_campaign::lock(&mut transaction, name, version).await? else {
        return Ok(None);
    };
    let ids = (organisation, org);
    let takes_any = running.starts_at < running.ends_at;
    let before = running.evaluated_at.filter(|_| takes_any);
    let evaluated = Evaluation::of(engine, &mut transaction, ids, running, tip).await?;
    let Some(evaluation) = evaluated else {
        // It was evaluated by more than `tip`: by a decision since, or before the mirror was filled again.
        return Ok(before.map(|at| at.timestamp()));
    };
    evaluation
        .keep(&mut transaction, organisation, &rules)
        .await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(evaluation.next_look())
}
