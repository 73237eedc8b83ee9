//! Brings new funnels and scoring models up to date with the past, in the background.
//!
//! From the commit that adds one on, every arriving event moves it like those that are live: it was
//! added under the exclusive rules lock, and whoever applies events holds that lock shared from
//! before they read the rules until they commit. What is missing is who was there before. So the
//! builder goes through all people, a page a transaction, locks them as capture does, and computes
//! what is being built from all of their events. Whatever else happens to them happens before, and is
//! among the events read, or after, and moves the result. People who come later are covered by
//! capture, and whoever is merged or unmerged is computed anew by whoever does that. So when the
//! last page is done, every person is exact, and what was built goes live.
//!
//! Progress is not stored: a stop begins the pages anew, which computes the same again, and two
//! builders at once do no more than that.

use super::{Touched, project};
use crate::{Result, RulesCache};
use chrono::{DateTime, Utc};
use std::{collections::BTreeSet, time::Duration};
use tessera_store::{
    OrganisationId, PgPool, StoreError,
    analytics::funnel,
    leads::score,
    people::person,
    rule_set::{self, RuleKind},
    rules::{self, Building},
    tenant,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Time between looks for something to build.
const POLL: Duration = Duration::from_secs(1);
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);
/// People at once: their events wait as long as a page takes.
const PAGE: i64 = 200;
/// People of removed funnels cleared away at once, for whom nobody waits.
const PURGE_PAGE: i64 = 5_000;

/// Builds what is new.
#[derive(Debug)]
pub struct Builder {
    pool: PgPool,
    rules: RulesCache,
}

impl Builder {
    /// Over the database of `pool`.
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            rules: RulesCache::default(),
        }
    }

    /// Builds until cancelled. What fails is tried again.
    pub async fn run(self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            let pause = match cancel.run_until_cancelled(self.catch_up()).await {
                None | Some(Ok(())) => POLL,
                Some(Err(error)) => {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(error, "nothing is built now");
                    PAUSE
                }
            };
            cancel.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Builds all that is to be built now, one organisation after the other.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store).
    pub async fn catch_up(&self) -> Result<()> {
        let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
        let organisations = rules::organisations_with_work(&mut conn).await?;
        drop(conn);
        // What fails for one organisation keeps no other one waiting.
        let mut built = Ok(());
        for organisation in organisations {
            built = built.and(self.work(organisation).await);
        }
        built
    }

    async fn work(&self, organisation: OrganisationId) -> Result<()> {
        while self.build(organisation).await? {}
        while self.purge(organisation).await? {}
        Ok(())
    }

    /// Builds what is there to be built; whether there was anything.
    async fn build(&self, organisation: OrganisationId) -> Result<bool> {
        let mut transaction = tenant::begin(&self.pool, organisation).await?;
        let building = rules::building(&mut transaction).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        if building.is_empty() {
            return Ok(false);
        }
        let mut after = None;
        while let Some(last) = self.page(organisation, &building, after).await? {
            after = Some(last);
        }
        self.go_live(organisation, &building).await?;
        Ok(true)
    }

    /// Computes the people after `after`; the last one, unless there are no more.
    async fn page(
        &self,
        organisation: OrganisationId,
        building: &Building,
        after: Option<Uuid>,
    ) -> Result<Option<Uuid>> {
        let mut transaction = tenant::begin(&self.pool, organisation).await?;
        let rules = self.rules.current(&mut transaction, organisation).await?;
        let people = person::ids(&mut transaction, after, PAGE).await?;
        let Some(last) = people.last().copied() else {
            return Ok(None);
        };
        // Nobody was seen just now, so nothing is noted but the lock.
        let seen_at = DateTime::<Utc>::UNIX_EPOCH;
        let mut rebuilt: BTreeSet<Uuid> = people.iter().copied().collect();
        // Whoever was merged meanwhile is part of somebody whom the merge computed.
        for merged in person::lock(&mut transaction, &people, &[], seen_at).await? {
            rebuilt.remove(&merged);
        }
        let touched = Touched {
            rebuilt,
            ..Touched::default()
        };
        project(
            &mut transaction,
            organisation,
            &rules.only(building),
            &touched,
        )
        .await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Some(last))
    }

    /// Puts what was built in force, unless it was removed meanwhile.
    async fn go_live(&self, organisation: OrganisationId, building: &Building) -> Result<()> {
        let mut transaction = tenant::begin(&self.pool, organisation).await?;
        rules::lock(&mut transaction, organisation).await?;
        for id in &building.funnels {
            funnel::go_live(&mut transaction, *id).await?;
        }
        let model = rule_set::building(&mut transaction).await?;
        let built = model.filter(|model| building.model == Some(model.version));
        if let Some(model) = &built {
            rule_set::publish(&mut transaction, RuleKind::ScoringModel, model.version).await?;
        }
        rules::touch(&mut transaction, organisation).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        tracing::info!(
            organisation = organisation.0,
            funnels = building.funnels.len(),
            model = built.as_ref().map(|model| model.version),
            "built"
        );
        if built.is_some() {
            // Apart, because events wait while the rules are locked.
            let mut transaction = tenant::begin(&self.pool, organisation).await?;
            score::clear_retired(&mut transaction).await?;
            transaction.commit().await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// Clears away some of what removed funnels kept; whether there may be more.
    async fn purge(&self, organisation: OrganisationId) -> Result<bool> {
        let mut transaction = tenant::begin(&self.pool, organisation).await?;
        let more = funnel::purge(&mut transaction, PURGE_PAGE).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(more)
    }
}
