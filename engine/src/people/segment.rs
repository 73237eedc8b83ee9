//! Segments: people who meet a saved condition. Members are kept as events arrive, entries and exits
//! are events themselves.
//!
//! Law: a person is a member from the transaction of the event that makes them one, or within
//! a minute or so of the moment that does; and each entry and exit is one event, written with the
//! change of the membership.

pub(crate) mod clock;
mod sync;
mod transition;

pub(crate) use sync::sync;
pub(crate) use transition::{Transition, record};

use crate::{
    Caller, Engine, Error, Result,
    caller::ENGINE,
    work::{Kind, schedule},
};
use tessera_domain::{
    capture::Acts,
    people::segment::{Condition, ScoreModel, SegmentDefinition},
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    automation::journey::LiveJourney,
    experiments::live::LiveExperiment,
    people::{segment, segment_member},
    rule_set,
    rules::{self, Rules},
};

/// Most segments of an organisation: each arriving event is applied to all of them.
const MAX_SEGMENTS: usize = 50;

/// Adds a segment, or another version of it, and has it built; returns the version's number. The
/// version before it stays in force until then.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn define(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    mut condition: Condition,
) -> Result<i32> {
    condition
        .validate()
        .map_err(|refusal| refusal.within("condition"))?;
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let known = segment::newest(conn).await?;
    if !known.iter().any(|(known, _)| known == name) {
        if known.len() >= MAX_SEGMENTS {
            return Err(Error::Conflict(format!(
                "there are {MAX_SEGMENTS} segments, which is the most; remove one first"
            )));
        }
        // Those of a removed one of this name may still be there.
        segment_member::clear(conn, name).await?;
    }
    let rules = engine.rules.current(conn, organisation).await?;
    condition
        .canonicalise(&rules.registry)
        .map_err(|refusal| refusal.within("condition"))?;
    let model = if condition.tests_score() {
        let (version, rules) = rule_set::scoring_model(conn, None).await?.ok_or_else(|| {
            Refusal::new(
                "condition",
                "must not test the score: no scoring model is in force",
            )
        })?;
        Some(ScoreModel { version, rules })
    } else {
        None
    };
    let acts = condition
        .tests_activity()
        .then(|| rules.reading.acts.clone());
    let definition = SegmentDefinition {
        condition,
        model,
        acts,
    };
    let actor = caller.actor.to_string();
    let version = insert(conn, organisation, name, &definition, &actor).await?;
    rules::touch(conn, organisation).await?;
    schedule(conn, Kind::Build, organisation).await?;
    Ok(version)
}

/// Removes a segment. Its members cease to be members without an event.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] while a journey is entered by it or an experiment is for its
/// members, [`Error::Store`].
pub async fn remove(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
) -> Result<()> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let rules = engine.rules.latest(conn, organisation).await?;
    if let Some(user) = user_of(&rules, name) {
        return Err(Error::Conflict(format!("{user}, and must end first")));
    }
    if !segment::remove(conn, name).await? {
        return Err(Error::not_found("segment", name));
    }
    rules::touch(conn, organisation).await?;
    schedule(conn, Kind::Build, organisation).await
}

/// What has other people in it, or none, when the segment is gone.
fn user_of(rules: &Rules, name: &str) -> Option<String> {
    let enters =
        |it: &&LiveJourney| it.is_open && it.journey.entry.segment().as_deref() == Some(name);
    if let Some(journey) = rules.journeys.iter().find(enters) {
        return Some(format!(
            "the journey {} begins with this segment",
            journey.name
        ));
    }
    let is_for = |it: &&LiveExperiment| {
        let segments = &it.design.allocation.segments;
        it.shipped.is_none() && (segments.any_of.contains(name) || segments.none_of.contains(name))
    };
    let experiment = rules.live.experiments.iter().find(is_for)?;
    Some(format!(
        "the experiment {} selects by this segment",
        experiment.key
    ))
}

/// Adds versions of the segments that test the score, with the model that has come into force, to be
/// built. Runs under [`rules::lock`].
pub(crate) async fn follow_model(
    conn: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<()> {
    let Some((version, rules)) = rule_set::scoring_model(conn, None).await? else {
        return Ok(());
    };
    for (name, mut definition) in segment::newest(conn).await? {
        if definition
            .model
            .as_ref()
            .is_some_and(|it| it.version != version)
        {
            let rules = rules.clone();
            definition.model = Some(ScoreModel { version, rules });
            insert(conn, organisation, &name, &definition, ENGINE).await?;
        }
    }
    Ok(())
}

/// Adds versions of the segments that test activity, with the acts of the event registry that has come
/// into force, to be built. Runs under [`rules::lock`].
pub(crate) async fn follow_acts(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    acts: &Acts,
) -> Result<()> {
    for (name, mut definition) in segment::newest(conn).await? {
        if definition.acts.as_ref().is_some_and(|it| it != acts) {
            definition.acts = Some(acts.clone());
            insert(conn, organisation, &name, &definition, ENGINE).await?;
            schedule(conn, Kind::Build, organisation).await?;
        }
    }
    Ok(())
}

async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    definition: &SegmentDefinition,
    created_by: &str,
) -> Result<i32> {
    let body = serde_json::to_value(definition).map_err(|source| StoreError::Stored {
        what: "segment",
        source,
    })?;
    Ok(segment::insert(conn, organisation, name, &body, created_by).await?)
}
