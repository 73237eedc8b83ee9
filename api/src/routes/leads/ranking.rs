//! Leads: people by score, and their scores at any time, point by point.

mod score;

use super::scoring_models::in_force;
use crate::{
    auth::Read,
    error::Error,
    extract::{CursorKey, List, Listed, Paging, parameters},
    http::unit_of_work::Reader,
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use tessera_domain::{
    leads::scoring::{LIST_SECS, Millipoints},
    time::Timestamp,
};
use tessera_engine::{event_log_now, leads::ranking};
use tessera_store::{leads::outcome, people::person};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .merge(score::router())
}

parameters! {
    struct LeadFilters {}
}

/// A score under a model at a moment, and the person who has it.
#[derive(Clone, Copy)]
pub(crate) struct LeadKey {
    model: i32,
    at: Timestamp,
    points_milli: i64,
    person: Uuid,
}

impl CursorKey for LeadKey {
    const PATTERN: &'static str = "[0-9a-f]{72}";
    const EXAMPLE: &'static str =
        "0000000100064a1f3c8d4000000000000000ea600197b5a24d6e7c3a9f102b8c6d4e5f60";

    fn to_bytes(&self) -> Vec<u8> {
        let person = self.person.into_bytes();
        let model = self.model.to_be_bytes();
        let numbers = [self.at.0, self.points_milli].map(i64::to_be_bytes);
        [&model[..], numbers.as_flattened(), &person].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (model, rest) = bytes.split_first_chunk()?;
        let (at, rest) = rest.split_at_checked(8)?;
        let (points, person) = rest.split_at_checked(8)?;
        Some(Self {
            model: i32::from_be_bytes(*model),
            at: Timestamp(i64::from_bytes(at)?),
            points_milli: i64::from_bytes(points)?,
            person: Uuid::from_bytes(person.try_into().ok()?),
        })
    }
}

impl Listed for LeadFilters {
    const RESOURCE: &'static str = "leads";
    type Key = LeadKey;
}

/// A person and their score.
#[derive(Serialize, ToSchema)]
struct Lead {
    /// The person.
    person: Id,
    /// Their points under the model in force at `scored_at`, decay included.
    #[schema(value_type = f64, example = 115)]
    score: Millipoints,
    /// The moment of the list, which is that of its first page for ten minutes.
    scored_at: Moment,
    /// Version of the scoring model.
    #[schema(example = 1)]
    model: i32,
    /// Whether they are known by more than a browser.
    identified: bool,
    /// Their traits, free of personal data.
    #[schema(value_type = HashMap<String, Value>, example = json!({ "segment": "institution", "country": "CH" }))]
    traits: Value,
    /// How many of their deals are neither won nor lost.
    #[schema(example = 1)]
    open_deals: i64,
}

/// List leads.
///
/// By the score that they have now under the scoring model in force, highest first, a page at a time;
/// each score is the lead's own as of `scored_at`. Pages of a list are of one moment, unless it takes
/// more than ten minutes to read. People without any event that the model scores are not leads. A list
/// that was begun under another model must be started again.
#[utoipa::path(get, operation_id = "list_leads", path = "/v1/leads", tag = "leads", security(("bearer" = [])),
    params(LeadFilters, Paging<LeadFilters>),
    responses((status = 200, description = "A page of leads.", body = Listing<Lead>), EngineRefusals))]
async fn list(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    list: List<LeadFilters>,
) -> Result<Json<Listing<Lead>>, Error> {
    let (model, rules) = in_force(&mut reader, None).await?;
    let page = list.page();
    if let Some(before) = page.after.filter(|after| after.model != model) {
        return Err(Error::conflict(format!(
            "the list was begun under scoring model {}, but {model} is in force now; begin again without `cursor`",
            before.model
        )));
    }
    let now = event_log_now(&mut reader, api.now()).await?;
    let begun = page.after.map_or(now, |after| after.at);
    let at = begun.clamp(now.plus_secs(-LIST_SECS), now);
    let after = page.after.map(|after| ranking::Lead {
        person: after.person,
        score: Millipoints(after.points_milli),
    });
    let leads = ranking::page(&mut reader, (model, &rules), at, after, page.limit).await?;
    let ids: Vec<Uuid> = leads.iter().map(|lead| lead.person).collect();
    let open_deals = outcome::open(&mut reader, &ids).await?;
    let people: HashMap<Uuid, person::PersonRow> = person::of(&mut reader, &ids)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let key = |lead: &ranking::Lead| LeadKey {
        model,
        at,
        points_milli: lead.score.0,
        person: lead.person,
    };
    list.answer(leads, key, |lead| {
        let person = people
            .get(&lead.person)
            .ok_or(Error::internal("score of nobody"))?;
        Ok(Lead {
            person: lead.person.into(),
            score: lead.score,
            scored_at: at.into(),
            model,
            identified: person.identified,
            traits: person.traits.clone(),
            open_deals: open_deals.get(&lead.person).copied().unwrap_or_default(),
        })
    })
}
