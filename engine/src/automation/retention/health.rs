//! The health of every customer, computed together, because how likely one comes back follows from how others do.
//!
//! Law: what is shown is of one computation and says when that was. Nobody is looked at in an organisation that
//! has never asked, and one without customers is looked at no more.

use crate::{
    Engine, Error, Result,
    clock::{event_log_now, now},
    job::Outcome,
    people,
    work::{Kind, schedule_at},
};
use serde::Serialize;
use serde_json::json;
use std::{collections::HashMap, time::Duration};
use tessera_domain::{
    analytics::lifetime_value::{
        BgNbd, CustomerGroup, FitOptions, FitReport, MIN_REPEAT_CUSTOMERS,
    },
    automation::retention::health::{Observed, WEIGHTS},
    event::Event,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    access::organisation,
    analytics::histories::{EventStore, Question},
    automation::customer_health::{self, HealthRow},
    mirror::coming::{self, Wanted},
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Time between two computations.
const EVERY: Duration = Duration::from_secs(86_400);
/// Subscriptions of a page.
const SUBSCRIPTIONS: i64 = 500;
/// Customers who are written together.
const ROWS: usize = 1_000;

/// What came of a computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Computed {
    /// People with a subscription, now or once.
    customers: usize,
    /// Whether it is known with what chance customers come back.
    knows_who_comes_back: bool,
    /// The end of what was looked at.
    until: Timestamp,
}

/// The health of the person behind `id`.
///
/// # Errors
/// [`Error::NotFound`] without such a person, and where they have none; [`Error::Store`].
pub async fn of_person(conn: &mut PgConnection, id: Uuid) -> Result<HealthRow> {
    let person = people::canonical(conn, id).await?;
    let found = customer_health::get(conn, person.id).await?;
    found.ok_or_else(|| Error::not_found("health of the person", id))
}

/// Computes the health of everybody on request, and from then on every day.
pub(crate) async fn compute(engine: &Engine, organisation: OrganisationId) -> Result<Outcome> {
    let computed = of_everybody(engine, organisation).await?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let again = Due::After(EVERY);
    schedule_at(&mut transaction, Kind::Health, organisation, again).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::Answer(json!(computed)))
}

/// Computes the health of everybody once more, and again in a day while there are customers.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn compute_again(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("compute the health of no organisation"))?;
    of_everybody(engine, organisation).await?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let is_noted = if customer_health::is_any(&mut transaction, organisation).await? {
        work::go_on(&mut transaction, work, &json!({}), Due::After(EVERY)).await?
    } else {
        work::finish(&mut transaction, work).await?
    };
    if is_noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

async fn of_everybody(engine: &Engine, organisation: OrganisationId) -> Result<Computed> {
    let began = now();
    let mut reader = tenant::snapshot(&engine.pool, organisation).await?;
    let rules = engine.rules.latest(&mut reader, organisation).await?;
    let grace = organisation::current(&mut reader)
        .await?
        .plan_change_grace();
    let until = event_log_now(&mut reader, began).await?;
    drop(reader);
    let periods_left = periods_left(engine, organisation).await?;
    let mut customers: Vec<(Uuid, Observed)> = Vec::new();
    let mut each = |person: Uuid, events: &[Event]| {
        let observed = Observed::of(events, &rules.reading.acts, grace, until);
        customers.extend(observed.map(|it| (person, it)));
    };
    let question = Question::default();
    engine
        .pool
        .histories(organisation, &question, &mut each)
        .await?;
    let model = fit(&customers).await?;
    for page in customers.chunks(ROWS) {
        let mut rows = Vec::with_capacity(page.len());
        for (person, observed) in page {
            let facts = observed.facts(periods_left.get(person).copied(), model.as_ref());
            let health = WEIGHTS.health(&facts)?;
            rows.push(HealthRow {
                person: *person,
                score: health.score.into(),
                version: health.version,
                parts: json!(health.parts),
                computed_at: began.into(),
            });
        }
        let mut transaction = tenant::begin(&engine.pool, organisation).await?;
        customer_health::replace(&mut transaction, organisation, &rows).await?;
        transaction.commit().await.map_err(StoreError::from)?;
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    customer_health::forget_older(&mut transaction, organisation, began.into()).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Computed {
        customers: customers.len(),
        knows_who_comes_back: model.is_some(),
        until,
    })
}

/// How customers come back, by the days on which they do something; none where too few do.
async fn fit(customers: &[(Uuid, Observed)]) -> Result<Option<BgNbd>> {
    let days = customers.iter().filter_map(|(_, it)| it.days);
    let groups: Vec<CustomerGroup> = days.map(CustomerGroup::from).collect();
    let fitted =
        tokio::task::spawn_blocking(move || BgNbd::fit(&groups, &FitOptions::default())).await;
    let fitted: FitReport<BgNbd> = fitted
        .map_err(|_| Error::Internal("fit how customers come back"))?
        .map_err(|_| Error::Internal("fit how customers come back"))?;
    let is_trusted = fitted.converged && fitted.repeat_customers >= MIN_REPEAT_CUSTOMERS;
    Ok(fitted.parameters.filter(|_| is_trusted))
}

/// Of each person with a running subscription how many periods can still be collected, of the one of which they
/// are fewest.
async fn periods_left(engine: &Engine, organisation: OrganisationId) -> Result<HashMap<Uuid, u32>> {
    let mut found: HashMap<Uuid, u32> = HashMap::new();
    let mut after = None;
    loop {
        let mut reader = tenant::snapshot(&engine.pool, organisation).await?;
        let org = organisation::current(&mut reader).await?.org;
        let wanted = Wanted::Approved { below: i64::MAX };
        let page = coming::page(&mut reader, org, wanted, after, SUBSCRIPTIONS).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(last.subscription);
        let wallets = page.iter().map(|it| it.wallet);
        let people = people::holders(engine, &mut reader, organisation, wallets).await?;
        for coming in &page {
            let Some(person) = people.get(&coming.wallet) else {
                continue;
            };
            let left = u32::try_from(coming.periods_left.max(0)).unwrap_or(u32::MAX);
            let fewest = found.entry(*person).or_insert(left);
            *fewest = left.min(*fewest);
        }
    }
}
