//! Who is likely to buy, by models that are compared with the outcomes of past leads and trained on them; and
//! what is done about it: leads are assigned, followed up by tasks, and led through pipelines.

mod appear;
pub mod assign;
mod backtest;
pub mod deals;
pub mod enrichment;
mod history;
pub mod pipelines;
pub mod provenance;
pub mod ranking;
pub mod roi;
mod route;
pub mod sales_accounts;
pub mod scoring_models;
pub mod tasks;
pub mod team;
mod train;
mod training;

pub(crate) use appear::{appeared, route_soon};
pub(crate) use backtest::backtest;
pub use backtest::{BacktestComparison, BacktestReport};
pub(crate) use route::route;
pub(crate) use scoring_models::absent;
pub use train::known;
pub(crate) use train::train;
pub(crate) use training::NewModel;
pub use training::{Abstention, TrainedVersion, Training};

use crate::{
    Engine, Result,
    people::{canonical, opened, proved_addresses, stated_address},
};
use tessera_domain::leads::enrichment::{MailDomain, mail_domain};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    leads::{assignment, company, roi as rois, task, waiting},
    people::person::{self, PersonRow},
};
use uuid::Uuid;

/// The canonical person behind an id, who is neither merged nor erased before the transaction ends.
async fn locked(conn: &mut PgConnection, id: Uuid) -> Result<PersonRow> {
    let person = canonical(conn, id).await?.id;
    if !person::lock(conn, &[person], &[]).await?.is_empty() {
        return Err(StoreError::Raced.into());
    }
    // As it is under the lock.
    canonical(conn, person).await
}

/// The domain of the address that is proved to be a canonical person's; none without one that can be read.
async fn mail_domain_of(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
) -> Result<Option<MailDomain>> {
    let traits = opened(engine, conn, person).await?;
    let stated = stated_address(&traits).map(|email| (person, email));
    let stated = stated.into_iter().collect();
    let proved = proved_addresses(engine, conn, organisation, stated).await?;
    Ok(proved
        .first()
        .and_then(|it| mail_domain(it.email.value()).ok()))
}

/// Forgets what was done about people, and said to them, when they are erased.
pub(crate) async fn forget(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    waiting::remove(conn, people).await?;
    assignment::erase(conn, people).await?;
    task::erase(conn, people).await?;
    company::erase(conn, people).await?;
    Ok(rois::erase(conn, people).await?)
}
