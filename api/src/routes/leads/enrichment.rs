//! What is known of leads' companies, and how it is looked up.

use crate::{
    auth::{Administer, Read, Sell},
    error::Error,
    extract::{Body, PathParam},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{DomainName, Id, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tessera_domain::leads::enrichment::{Attribute, SourcePolicies};
use tessera_engine::leads::enrichment::{self, Company, NewProvider, Settings};
use tessera_store::leads::company::FactRow;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(settings, set))
        .routes(routes!(request))
        .routes(routes!(get))
}

/// How companies are to be looked up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEnrichment {
    /// Whether a lead's company is looked up by itself when the lead appears.
    #[schema(example = true)]
    automatic: bool,
    /// What follows from where a fact comes from; the standard, unless given. Facts of a source that is not
    /// named are not kept.
    #[serde(default)]
    #[schema(value_type = Option<schema::SourcePolicies>)]
    policies: Option<SourcePolicies>,
    /// A service that is asked too; none, unless given.
    #[serde(default)]
    provider: Option<NewEnrichmentProvider>,
}

/// A service that is asked about companies: a POST of `{"domain": "example.com"}` with the key as bearer token
/// is answered by `{"facts": [{"attribute": {"kind": "employees"}, "value": "120"}]}`, of at most 64 KiB.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEnrichmentProvider {
    /// Where it is asked: https, at a public address, without a user or a fragment.
    #[schema(
        max_length = 2000,
        format = "uri",
        example = "https://companies.example.com/v1/lookup"
    )]
    url: String,
    /// Its key, which is stored sealed and shown nowhere; the one that is stored for this address, unless given.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 512,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "pk_live_3f9a"
    )]
    key: Option<String>,
}

/// How companies are looked up.
#[derive(Serialize, ToSchema)]
struct Enrichment {
    /// Whether a lead's company is looked up by itself when the lead appears.
    #[schema(example = true)]
    automatic: bool,
    /// What follows from where a fact comes from.
    #[schema(value_type = schema::SourcePolicies)]
    policies: SourcePolicies,
    /// Where a service is asked too; null for none.
    #[schema(
        required,
        format = "uri",
        example = "https://companies.example.com/v1/lookup"
    )]
    provider_url: Option<String>,
}

impl From<Settings> for Enrichment {
    fn from(settings: Settings) -> Self {
        Self {
            automatic: settings.automatic,
            policies: settings.policies,
            provider_url: settings.provider_url,
        }
    }
}

/// What is known of a lead's company.
#[derive(Serialize, ToSchema)]
pub(super) struct LeadCompany {
    /// The registered domain of the lead's e-mail address.
    #[schema(value_type = DomainName)]
    domain: String,
    /// `own`, a company's or a person's; or `free`, `relay` or `disposable`, of which nothing is known.
    #[schema(example = "own")]
    kind: String,
    /// When it was looked up.
    looked_at: Moment,
    /// Why `site` or `provider` gave no answer.
    #[schema(example = json!({ "site": "answered 404" }))]
    problems: BTreeMap<String, String>,
    /// What is known: one fact for each attribute, of the source that is believed.
    facts: Vec<CompanyFact>,
}

/// A fact about a company.
#[derive(Serialize, ToSchema)]
struct CompanyFact {
    /// What it is about.
    #[schema(value_type = schema::CompanyAttribute)]
    attribute: Attribute,
    /// What it says; of a technology the version, empty where none shows.
    #[schema(example = "Example Mining")]
    value: String,
    /// Where it was seen.
    #[schema(example = "structured_data")]
    source: String,
    /// Why it may be kept, by article 6(1) of the GDPR: `consent`, `contract` or `legitimate_interest`.
    #[schema(example = "legitimate_interest")]
    legal_basis: String,
    /// When it was seen.
    seen_at: Moment,
    /// Until when it is used; then it is forgotten.
    expires_at: Moment,
}

impl From<Company> for LeadCompany {
    fn from(company: Company) -> Self {
        Self {
            domain: company.row.domain,
            kind: company.row.kind,
            looked_at: company.row.looked_at.into(),
            problems: company.row.problems.0,
            facts: company.facts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FactRow> for CompanyFact {
    fn from(row: FactRow) -> Self {
        Self {
            attribute: row.attribute.0,
            value: row.value,
            source: row.source,
            legal_basis: row.legal_basis,
            seen_at: row.seen_at.into(),
            expires_at: row.expires_at.into(),
        }
    }
}

/// Get how companies are looked up.
#[utoipa::path(get, operation_id = "get_enrichment", path = "/v1/enrichment", tag = "leads", security(("bearer" = [])),
    responses((status = 200, description = "The settings.", body = Enrichment), EngineRefusals))]
async fn settings(mut reader: Reader<Read>) -> Result<Hashed<Enrichment>, Error> {
    let settings = enrichment::settings(&mut reader).await?;
    Ok(Hashed(settings.into()))
}

/// Replace how companies are looked up.
///
/// Existing facts keep their legal basis and their expiry.
#[utoipa::path(put, operation_id = "put_enrichment", path = "/v1/enrichment", tag = "leads", security(("bearer" = [])),
    request_body = NewEnrichment,
    responses((status = 200, description = "The settings.", body = Enrichment), EngineRefusals))]
async fn set(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    Body(wanted): Body<NewEnrichment>,
) -> Result<Json<Enrichment>, Error> {
    let provider = wanted.provider.map(|it| NewProvider {
        url: it.url,
        key: it.key,
    });
    let (caller, conn) = writer.parts();
    let (automatic, policies) = (wanted.automatic, wanted.policies);
    let settings =
        enrichment::set(&api.engine, conn, caller, automatic, policies, provider).await?;
    Ok(Json(settings.into()))
}

/// Have a lead's company looked up.
///
/// In the background: from the domain of the lead's e-mail address, from the site at that domain, and by the
/// organisation's service. A domain is asked about at most once a day.
#[utoipa::path(post, operation_id = "enrich_lead", path = "/v1/leads/{id}/enrich", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 202, description = "It is looked up soon."), EngineItemRefusals))]
async fn request(
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    enrichment::request(conn, caller, id.0).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Get a lead's company.
///
/// There is none until it has been looked up.
#[utoipa::path(get, operation_id = "get_lead_company", path = "/v1/leads/{id}/company", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person.")),
    responses((status = 200, description = "What is known.", body = LeadCompany), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Hashed<LeadCompany>, Error> {
    let company = enrichment::get(&mut reader, id.0, api.now()).await?;
    Ok(Hashed(company.into()))
}
