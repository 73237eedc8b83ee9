//! Recommendations: models are learned from what people took, and asked about one person at a time.
//!
//! Law: nobody is in a model, and an erased person is in no later one; their own history is read when they are
//! asked about, so it is gone with their erasure. A model is trained once a day, when the rules change, when it
//! is asked for and when a person was erased.

mod build;

pub(crate) use build::build;

use crate::{Caller, Error, Result, clock, people, work, work::Kind};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    automation::recommendation::{
        Catalogue, LearningRules, Limits, Listing, Model, PLAN, PRODUCT, Recipient,
        Recommendations, Recommender,
    },
    time::{MICROS_PER_SEC, Timestamp},
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        recommendation::{self, KeptModel},
        recommendation_facts as facts,
    },
};
use uuid::Uuid;

/// Most events of a person that their history is read from.
const MAX_TAKINGS: i64 = 5_000;

/// What is recommended to a person.
#[derive(Debug)]
pub struct Recommended {
    /// The person.
    pub person: Uuid,
    /// The model's version.
    pub model: i32,
    /// The items, with reasons.
    pub recommendations: Recommendations,
}

/// The organisation's rules.
///
/// # Errors
/// [`Error::NotFound`] where it has stated none, [`Error::Store`].
pub async fn rules(conn: &mut PgConnection) -> Result<LearningRules> {
    let rules = recommendation::rules(conn).await?;
    rules.ok_or_else(|| Error::not_found("set of recommendation rules", "for the organisation"))
}

/// Replaces the rules, and has a model trained by them.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn put_rules(
    conn: &mut PgConnection,
    caller: &Caller,
    rules: &LearningRules,
) -> Result<()> {
    rules.validate()?;
    let actor = caller.actor.to_string();
    recommendation::put_rules(conn, caller.organisation, rules, &actor).await?;
    work::schedule(conn, Kind::Recommendations, caller.organisation).await
}

/// Has a model trained now.
///
/// # Errors
/// [`Error::NotFound`] without rules, [`Error::Store`].
pub async fn request(conn: &mut PgConnection, caller: &Caller) -> Result<()> {
    rules(conn).await?;
    work::schedule(conn, Kind::Recommendations, caller.organisation).await
}

/// Has a model trained without those who were erased.
pub(crate) async fn forget(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    if recommendation::rules(conn).await?.is_some() {
        work::schedule(conn, Kind::Recommendations, organisation).await?;
    }
    Ok(())
}

/// Recommends items to a person, by the newest model.
///
/// # Errors
/// [`Error::NotFound`] without such a person or a model, [`Error::Refused`], [`Error::Store`].
pub async fn recommend(
    conn: &mut PgConnection,
    caller: &Caller,
    person: Uuid,
    count: usize,
    now: Timestamp,
) -> Result<Recommended> {
    let person = people::canonical(conn, person).await?.id;
    let absent = || {
        Error::not_found(
            "recommendation model",
            "yet: set recommendation rules first",
        )
    };
    let kept = recommendation::latest(conn).await?.ok_or_else(absent)?;
    let recipient = recipient(conn, &kept, person, now).await?;
    let catalogue = catalogue(conn, caller, &kept, now).await?;
    let model = Model::from_bytes(&kept.model)
        .map_err(|_| Error::Internal("read a recommendation model"))?;
    let recommender = Recommender::new(&model, &catalogue);
    Ok(Recommended {
        person,
        model: kept.version,
        recommendations: recommender.recommend(&recipient, count)?,
    })
}

/// What the person took, all of which they have, as where methods were compared.
async fn recipient(
    conn: &mut PgConnection,
    kept: &KeptModel,
    person: Uuid,
    now: Timestamp,
) -> Result<Recipient> {
    let rules = &kept.rules;
    let [since, _] = rules.since(clock::event_log_now(conn, now).await?);
    let reads = rules.reads();
    let since = since.into();
    let takings = facts::takings_of(conn, person, &reads, since, MAX_TAKINGS).await?;
    let interactions = rules.read(takings);
    let has: BTreeSet<String> = interactions.iter().map(|it| it.item.clone()).collect();
    let group = match rules.group {
        Some(group) => facts::groups(conn, &[person], group.as_str())
            .await?
            .remove(&person),
        None => None,
    };
    Ok(Recipient {
        has,
        group,
        ..Recipient::from_interactions(interactions)
    })
}

/// The plans that are sold, and the items that were taken lately.
async fn catalogue(
    conn: &mut PgConnection,
    caller: &Caller,
    kept: &KeptModel,
    now: Timestamp,
) -> Result<Catalogue> {
    let at = clock::network_now(conn, now)
        .await?
        .0
        .div_euclid(MICROS_PER_SEC);
    let most = Limits::MOST.items;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let plans = facts::sold_plans(conn, caller.org, at, limit).await?;
    let plans = plans.into_iter().map(|plan| {
        let listing = Listing {
            name: format!("plan {}", plan.number),
            is_sold: true,
            attributes: [format!("mint {}", plan.mint), plan.period].into(),
        };
        (format!("{PLAN}{}", plan.address), listing)
    });
    let products = kept.products.iter().map(|item| {
        let listing = Listing {
            name: item.strip_prefix(PRODUCT).unwrap_or(item).to_owned(),
            is_sold: true,
            attributes: BTreeSet::new(),
        };
        (item.clone(), listing)
    });
    let listings: BTreeMap<String, Listing> = plans.chain(products).take(most).collect();
    Ok(Catalogue::new(listings)?)
}
