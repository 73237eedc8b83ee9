//! Deals: made, changed, moved from stage to stage, and what goes with winning them.

use crate::{
    auth::{Read, Sell},
    conditional::{Changing, IfMatch},
    error::Error,
    extract::{Body, Checks, List, Listed, Paging, Param, PathParam, parameters},
    openapi::{EngineItemRefusals, EngineRefusals},
    problem::{self, Problem},
    state::ApiState,
    wire::{Currency, Id, Key, Listing, Moment, Money},
    work::{Reader, Writer},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use tessera_domain::{
    deals::{Barrier, Objection, Particulars, Solution, Stage, WinRateLift, transition},
    statistics::proportion::Proportion,
};
use tessera_store::{
    PgConnection,
    engine::{
        deal::{self, DealFilter, DealRow, Text, TransitionRow},
        person,
    },
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(lift))
        .routes(routes!(get, change))
        .routes(routes!(advance))
        .routes(routes!(transitions))
}

/// A stage as a parameter.
pub(crate) struct StageName(Stage);

impl Param for StageName {
    const RULE: &'static str =
        "one of new, qualified, demo_scheduled, demo_held, proposal, won, lost";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl PartialSchema for StageName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Stage::ALL.map(Stage::as_str)))
            .examples(["demo_held"])
            .into()
    }
}

parameters! {
    /// Narrows the list.
    struct DealFilters {
        /// Only deals in this stage.
        stage: StageName,
        /// Only deals with this person, or with anybody merged with them.
        person: Id,
        /// Only deals that this wallet works on.
        owner: Key,
    }
}

impl Listed for DealFilters {
    const RESOURCE: &'static str = "deals";
    type Key = Uuid;
}

parameters! {
    /// Narrows nothing.
    struct TransitionFilters {}
}

impl Listed for TransitionFilters {
    const RESOURCE: &'static str = "deal_transitions";
    type Key = i64;
}

/// A deal to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDeal {
    /// With whom.
    person: Id,
    /// What it is about: 1 to 200 characters.
    #[schema(example = "Yearly licence for three desks")]
    name: String,
    /// What it is worth, in whole units of the currency.
    amount: Money,
    /// A mint's address, or a code of ISO 4217.
    currency: Currency,
    /// The wallet of whoever works on it.
    owner: Option<Key>,
    /// What speaks against buying: any of `security_concerns`, `integration_complexity`, `pricing`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["pricing"]))]
    objections: BTreeSet<Objection>,
    /// What was offered against that: any of `security_audit`, `technical_docs`,
    /// `flexible_pricing`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["flexible_pricing"]))]
    solutions: BTreeSet<Solution>,
    /// What hinders: any of `payment_friction`, `onboarding_complexity`, `feature_confusion`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["payment_friction"]))]
    barriers: BTreeSet<Barrier>,
}

/// What is to be changed of a deal; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DealChange {
    /// What it is about: 1 to 200 characters.
    #[schema(example = "Yearly licence for four desks")]
    name: Option<String>,
    /// What it is worth, in whole units of its currency.
    amount: Option<Money>,
    /// The wallet of whoever works on it; null for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Key>)]
    owner: Option<Option<Key>>,
    /// What speaks against buying, all of it.
    #[schema(value_type = Option<Vec<String>>, example = json!(["pricing", "security_concerns"]))]
    objections: Option<BTreeSet<Objection>>,
    /// What was offered against that, all of it.
    #[schema(value_type = Option<Vec<String>>, example = json!(["flexible_pricing"]))]
    solutions: Option<BTreeSet<Solution>>,
    /// What hinders, all of it.
    #[schema(value_type = Option<Vec<String>>, example = json!([]))]
    barriers: Option<BTreeSet<Barrier>>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Key>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A move to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTransition {
    /// The stage to go to.
    #[schema(value_type = String, example = "qualified")]
    to: Stage,
}

/// A deal.
#[derive(Serialize, ToSchema)]
struct Deal {
    /// Its id.
    id: Id,
    /// With whom it was made; who that is after merges, the person itself says.
    person: Id,
    /// What it is about.
    #[schema(example = "Yearly licence for three desks")]
    name: String,
    /// Where it is.
    #[schema(value_type = String, example = "qualified")]
    stage: Stage,
    /// What it is worth, in whole units of the currency.
    amount: Money,
    /// A mint's address, or a code of ISO 4217.
    currency: Currency,
    /// The wallet of whoever works on it.
    #[schema(required)]
    owner: Option<Key>,
    /// What speaks against buying.
    #[schema(value_type = Vec<String>, example = json!(["pricing"]))]
    objections: BTreeSet<Objection>,
    /// What was offered against that.
    #[schema(value_type = Vec<String>, example = json!(["flexible_pricing"]))]
    solutions: BTreeSet<Solution>,
    /// What hinders.
    #[schema(value_type = Vec<String>, example = json!(["payment_friction"]))]
    barriers: BTreeSet<Barrier>,
    /// Grows with every change, from 1.
    #[schema(example = 3)]
    version: i32,
    /// When it was made.
    created_at: Moment,
    /// When it last changed.
    updated_at: Moment,
    /// When it was won or lost; null while it is open.
    #[schema(required)]
    closed_at: Option<Moment>,
}

impl From<DealRow> for Deal {
    fn from(row: DealRow) -> Self {
        let Particulars {
            objections,
            solutions,
            barriers,
        } = row.particulars.0;
        Self {
            id: row.id.into(),
            person: row.person.into(),
            name: row.name,
            stage: row.stage.0,
            amount: Money(row.amount),
            currency: Currency::of_text(row.currency),
            owner: row.owner.map(Into::into),
            objections,
            solutions,
            barriers,
            version: row.version,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            closed_at: row.closed_at.map(Into::into),
        }
    }
}

impl From<DealRow> for Changing<Deal> {
    fn from(row: DealRow) -> Self {
        Self {
            version: row.version,
            body: row.into(),
        }
    }
}

/// A move that a deal made.
#[derive(Serialize, ToSchema)]
struct Transition {
    /// The deal's version that it made.
    #[schema(example = 2)]
    version: i32,
    /// From which stage; null for the deal's beginning.
    #[schema(value_type = Option<String>, required, example = "new")]
    from: Option<Stage>,
    /// To which stage.
    #[schema(value_type = String, example = "qualified")]
    to: Stage,
    /// Who moved it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    actor: String,
    /// When.
    at: Moment,
}

impl From<TransitionRow> for Transition {
    fn from(row: TransitionRow) -> Self {
        Self {
            version: row.version,
            from: row.from.map(|stage| stage.0),
            to: row.to.0,
            actor: row.actor,
            at: row.at.into(),
        }
    }
}

/// What goes with winning.
#[derive(Serialize, ToSchema)]
struct Lift {
    /// Share of the closed deals that were won, with Wilson's interval.
    #[schema(value_type = Object, example = json!({
        "numerator": 12, "denominator": 30, "rate": 0.4, "interval": [0.246, 0.577]
    }))]
    win_rate: Proportion,
    /// Each objection, solution and barrier: the win rate of the closed deals with it, without it,
    /// and how they compare. What nobody was counted for is null.
    #[schema(value_type = Vec<Object>, example = json!([{
        "factor": { "kind": "solution", "name": "flexible_pricing" },
        "with": { "numerator": 8, "denominator": 10, "rate": 0.8, "interval": [0.49, 0.943] },
        "without": { "numerator": 4, "denominator": 20, "rate": 0.2, "interval": [0.081, 0.416] },
        "difference": 0.6, "difference_interval": [0.222, 0.786],
        "ratio": 4.0, "ratio_interval": [1.569, 10.197]
    }]))]
    factors: Vec<WinRateLift>,
}

/// List deals.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_deals", path = "/v1/deals", tag = "leads", security(("bearer" = [])),
    params(DealFilters, Paging),
    responses((status = 200, description = "A page of deals.", body = Listing<Deal>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<DealFilters>,
) -> Result<Json<Listing<Deal>>, Error> {
    let filters = &list.filters;
    let filter = DealFilter {
        stage: filters.stage.as_ref().map(|stage| stage.0),
        person: filters.person.map(|person| person.0),
        owner: filters.owner.map(Into::into),
    };
    let rows = deal::list(&mut reader, filter, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Make a deal.
///
/// It begins in the stage `new`.
#[utoipa::path(post, operation_id = "create_deal", path = "/v1/deals", tag = "leads", security(("bearer" = [])),
    request_body = NewDeal,
    responses((status = 201, description = "The deal.", body = Deal), EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    Body(new): Body<NewDeal>,
) -> Result<(StatusCode, Changing<Deal>), Error> {
    let mut checks = Checks::default();
    checks.text("name", &new.name, NAME_LENGTH);
    let known = person::get(&mut writer, new.person.0).await?.is_some();
    checks.that("person", "a person of the organisation", known);
    checks.finish()?;
    let now = api.now().into();
    let row = DealRow {
        id: Uuid::now_v7(),
        person: new.person.0,
        name: new.name,
        stage: Text(Stage::New),
        amount: new.amount.0,
        currency: new.currency.as_str().to_owned(),
        owner: new.owner.map(Into::into),
        particulars: Particulars {
            objections: new.objections,
            solutions: new.solutions,
            barriers: new.barriers,
        }
        .into(),
        version: 1,
        created_at: now,
        updated_at: now,
        closed_at: None,
    };
    let (organisation, actor) = (
        writer.principal.organisation,
        writer.principal.actor.to_string(),
    );
    deal::insert(&mut writer, organisation, &row, &actor).await?;
    Ok((StatusCode::CREATED, row.into()))
}

/// Characters of a deal's name.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=200;

/// Get a deal.
#[utoipa::path(get, operation_id = "get_deal", path = "/v1/deals/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id.")),
    responses((status = 200, description = "The deal; its ETag is its version.", body = Deal), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Changing<Deal>, Error> {
    found(&mut reader, id).await.map(Into::into)
}

/// Change a deal.
///
/// With `If-Match`, only if it is still the version of that ETag. A change that changes nothing
/// makes no version.
#[utoipa::path(patch, operation_id = "change_deal", path = "/v1/deals/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to be changed.", example = "\"0.1.0-3\"")),
    request_body = DealChange,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed meanwhile.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn change(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(change): Body<DealChange>,
) -> Result<Changing<Deal>, Error> {
    if let Some(name) = &change.name {
        let mut checks = Checks::default();
        checks.text("name", name, NAME_LENGTH);
        checks.finish()?;
    }
    let row = locked(&mut writer, id, &if_match).await?;
    let particulars = row.particulars.0.clone();
    let mut changed = DealRow {
        name: change.name.unwrap_or_else(|| row.name.clone()),
        amount: change.amount.map_or(row.amount, |amount| amount.0),
        owner: change
            .owner
            .map_or(row.owner, |owner| owner.map(Into::into)),
        particulars: Particulars {
            objections: change.objections.unwrap_or(particulars.objections),
            solutions: change.solutions.unwrap_or(particulars.solutions),
            barriers: change.barriers.unwrap_or(particulars.barriers),
        }
        .into(),
        ..row.clone()
    };
    if changed != row {
        changed.version += 1;
        changed.updated_at = api.now().into();
        deal::update(&mut writer, &changed).await?;
    }
    Ok(changed.into())
}

/// Move a deal to another stage.
///
/// A deal begins `new`; an open one can be lost, one from `qualified` on can be won; a lost one can
/// be taken up again as `qualified`, a won one is final. A move that is not allowed is refused with
/// those that are. With `If-Match`, only if the deal is still the version of that ETag.
#[utoipa::path(post, operation_id = "move_deal", path = "/v1/deals/{id}/transition", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to be moved.", example = "\"0.1.0-3\"")),
    request_body = NewTransition,
    responses((status = 200, description = "The deal as it is now.", body = Deal),
        (status = 412, description = "The deal has changed meanwhile.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn advance(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(wanted): Body<NewTransition>,
) -> Result<Changing<Deal>, Error> {
    let mut row = locked(&mut writer, id, &if_match).await?;
    let from = row.stage.0;
    let to = transition(from, wanted.to).map_err(|refusal| {
        let allowed: Vec<&str> = from.next().iter().map(|stage| stage.as_str()).collect();
        Error::Conflict(match allowed.as_slice() {
            [] => format!("{refusal}; {from} is final"),
            allowed => format!("{refusal}, only to {}", allowed.join(", ")),
        })
    })?;
    let now = api.now().into();
    row.stage = Text(to);
    row.version += 1;
    row.updated_at = now;
    row.closed_at = to.is_closed().then_some(now);
    deal::update(&mut writer, &row).await?;
    let (organisation, actor) = (
        writer.principal.organisation,
        writer.principal.actor.to_string(),
    );
    deal::insert_transition(&mut writer, organisation, &row, Some(from), &actor).await?;
    Ok(row.into())
}

/// List a deal's moves.
///
/// First to last, a page at a time.
#[utoipa::path(get, operation_id = "list_deal_transitions", path = "/v1/deals/{id}/transitions", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The deal's id."), TransitionFilters, Paging),
    responses((status = 200, description = "A page of moves.", body = Listing<Transition>), EngineItemRefusals))]
async fn transitions(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    list: List<TransitionFilters>,
) -> Result<Json<Listing<Transition>>, Error> {
    found(&mut reader, id).await?;
    let rows = deal::transitions(&mut reader, id.0, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

/// Compare win rates.
///
/// Over all closed deals: how often those with an objection, solution or barrier are won, against
/// those without it. It says what goes together, not what causes what: a solution is offered where
/// an objection was raised.
#[utoipa::path(get, operation_id = "get_win_rate_lift", path = "/v1/deals/lift", tag = "analytics", security(("bearer" = [])),
    responses((status = 200, description = "Win rates.", body = Lift), EngineRefusals))]
async fn lift(mut reader: Reader<Read>) -> Result<Json<Lift>, Error> {
    let counts = deal::win_counts(&mut reader).await?;
    Ok(Json(Lift {
        win_rate: counts.win_rate(),
        factors: counts.lifts(),
    }))
}

async fn found(conn: &mut PgConnection, id: Id) -> Result<DealRow, Error> {
    deal::get(conn, id.0).await?.ok_or_else(|| absent(id))
}

/// The deal that is to be changed, if it is the one that the caller means.
async fn locked(conn: &mut PgConnection, id: Id, if_match: &IfMatch) -> Result<DealRow, Error> {
    let row = deal::lock(conn, id.0).await?.ok_or_else(|| absent(id))?;
    if if_match.allows(row.version) {
        Ok(row)
    } else {
        Err(Error::Changed("deal"))
    }
}

fn absent(id: Id) -> Error {
    Error::NotFound {
        resource: "deal",
        id: id.to_string(),
    }
}
