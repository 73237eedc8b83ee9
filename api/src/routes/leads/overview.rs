//! What is known and done about a lead, together: who has it, where it came from, its company, its tasks.

use super::{assignments::LeadAssignment, enrichment::LeadCompany};
use crate::{
    auth::Read,
    error::Error,
    extract::PathParam,
    http::{conditional::Hashed, unit_of_work::Reader},
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Id, Moment},
};
use axum::extract::State;
use serde::Serialize;
use tessera_domain::leads::provenance::{Arrival, Provenance};
use tessera_engine::{
    leads::{enrichment, provenance},
    people,
};
use tessera_store::leads::{assignment, task};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get))
}

/// What is known and done about a lead.
#[derive(Serialize, ToSchema)]
struct LeadOverview {
    /// The person.
    person: Id,
    /// Whether they are known by more than a browser.
    #[schema(example = true)]
    identified: bool,
    /// How they arrived first and last; null of who has not, such as an account of the chain.
    #[schema(required)]
    provenance: Option<LeadProvenance>,
    /// Who has the lead; null when nobody does.
    #[schema(required)]
    assignment: Option<LeadAssignment>,
    /// What is known of the company; null before it was looked up.
    #[schema(required)]
    company: Option<LeadCompany>,
    /// How many tasks are open.
    #[schema(example = 1)]
    open_tasks: i64,
}

/// How a lead arrived first and last, by the event log.
#[derive(Serialize, ToSchema)]
struct LeadProvenance {
    /// The first arrival.
    first: LeadArrival,
    /// The last one.
    last: LeadArrival,
}

/// An arrival of a lead.
#[derive(Serialize, ToSchema)]
struct LeadArrival {
    /// When.
    at: Moment,
    /// `website`, `api`, `event` (a demo or a consultation), `referral` or `import`.
    #[schema(example = "website")]
    origin: &'static str,
}

impl From<Provenance> for LeadProvenance {
    fn from(provenance: Provenance) -> Self {
        Self {
            first: provenance.first.into(),
            last: provenance.last.into(),
        }
    }
}

impl From<Arrival> for LeadArrival {
    fn from(arrival: Arrival) -> Self {
        Self {
            at: arrival.at.into(),
            origin: arrival.origin.as_str(),
        }
    }
}

/// Get a lead.
///
/// Who has it, how it arrived, what is known of its company, and how many tasks are open. Its score is at
/// `/score`.
#[utoipa::path(get, operation_id = "get_lead", path = "/v1/leads/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "The lead.", body = LeadOverview), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Hashed<LeadOverview>, Error> {
    let person = people::canonical(&mut reader, id.0).await?;
    let provenance = provenance::of(&mut reader, person.id).await?;
    let assignment = match assignment::current(&mut reader, person.id).await? {
        Some(row) => Some(LeadAssignment::shown(&mut reader, row).await?),
        None => None,
    };
    let company = enrichment::of(&mut reader, person.id, api.now()).await?;
    Ok(Hashed(LeadOverview {
        person: person.id.into(),
        identified: person.identified,
        provenance: provenance.map(Into::into),
        assignment,
        company: company.map(Into::into),
        open_tasks: task::open(&mut reader, person.id).await?,
    }))
}
