//! The work that trains a model.

use crate::{
    Engine, Error, Result, clock,
    work::{Kind, schedule_at},
};
use std::{collections::BTreeSet, time::Duration};
use tessera_domain::{
    automation::recommendation::{
        Groups, Interactions, LearningRules, Limits, Material, Model, train,
    },
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, StoreError,
    automation::{
        recommendation::{self, NewModel},
        recommendation_facts as facts,
    },
    tenant,
    work::{self, Due, Work},
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// How many models are kept.
const KEPT: i32 = 5;
/// How often a model is trained in any case.
const EVERY: Duration = Duration::from_secs(86_400);

/// Trains a model by the organisation's rules, if it has any and there is something to learn.
///
/// # Errors
/// [`Error::Store`], [`Error::Internal`].
pub(crate) async fn build(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("train a model of no organisation"))?;
    let model = trained(engine, organisation).await?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    // Scheduled again in the meantime, as when a person was erased, it is done again: this model knows them still.
    let is_unchanged = work::is_unchanged(&mut transaction, work).await?;
    if !work::finish(&mut transaction, work).await? {
        return Ok(());
    }
    if let Some(model) = model.as_ref().filter(|_| is_unchanged) {
        recommendation::insert(&mut transaction, organisation, model, KEPT).await?;
    }
    if recommendation::rules(&mut transaction).await?.is_some() {
        let again = Due::After(EVERY);
        schedule_at(&mut transaction, Kind::Recommendations, organisation, again).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

async fn trained(engine: &Engine, organisation: OrganisationId) -> Result<Option<NewModel>> {
    let mut transaction = tenant::snapshot(&engine.pool, organisation).await?;
    let Some(rules) = recommendation::rules(&mut transaction).await? else {
        return Ok(None);
    };
    let now = clock::event_log_now(&mut transaction, clock::now()).await?;
    let [since, _] = rules.since(now);
    let limit = i64::try_from(Limits::MOST.interactions).unwrap_or(i64::MAX);
    let reads = rules.reads();
    let takings = facts::takings(&mut transaction, &reads, since.into(), limit).await?;
    let people: BTreeSet<Uuid> = takings.iter().map(|it| it.person).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    let groups = match rules.group {
        Some(group) => facts::groups(&mut transaction, &people, group.as_str()).await?,
        None => Groups::new(),
    };
    drop(transaction);
    let learn = move || {
        let material = rules.material(takings, now);
        learned(rules, material, &groups, now)
    };
    let learned = spawn_blocking(learn).await;
    learned.map_err(|_| Error::Internal("train a recommendation model"))?
}

/// A model of this material; none where nobody took anything.
fn learned(
    rules: LearningRules,
    material: Material,
    groups: &Groups,
    now: Timestamp,
) -> Result<Option<NewModel>> {
    let Material {
        interactions,
        products,
    } = material;
    if interactions.is_empty() {
        return Ok(None);
    }
    let people: BTreeSet<Uuid> = interactions.iter().map(|it| it.person).collect();
    let counts = [people.len(), interactions.len()];
    let [people, interactions_in_all] =
        counts.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
    let interactions = Interactions::new(interactions, &Limits::MOST)?;
    let [_, after] = rules.since(now);
    let model: Model = train(&interactions, groups, [after, now], &rules.settings)?;
    let evaluation = serde_json::to_value(model.evaluation())
        .map_err(|_| Refusal::new("evaluation", "must be one that JSON can hold"))?;
    Ok(Some(NewModel {
        model: model.to_bytes()?,
        evaluation,
        rules,
        products,
        people,
        interactions: interactions_in_all,
        trained_at: now.into(),
    }))
}
