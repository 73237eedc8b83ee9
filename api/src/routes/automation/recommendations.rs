//! Recommendations, what they are learned from, and how their models did.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Filters, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use tessera_domain::automation::recommendation::{
    LearningRules, MAX_SHOWN, Recommendation, Settings,
};
use tessera_engine::automation::recommendations as engine;
use tessera_store::automation::recommendation::{self, ModelRow};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(rules, put_rules))
        .routes(routes!(models, train))
        .routes(routes!(recommend))
}

/// Get the recommendation rules.
#[utoipa::path(get, operation_id = "get_recommendation_rules", path = "/v1/recommendation-rules", tag = "automation", security(("bearer" = [])),
    responses((status = 200, description = "The rules.", body = schema::RecommendationRules), EngineItemRefusals))]
async fn rules(mut reader: Reader<Read>) -> Result<Hashed<LearningRules>, Error> {
    Ok(Hashed(engine::rules(&mut reader).await?))
}

/// Set the recommendation rules.
///
/// What models learn from. A model is trained by the new rules now, then once a day and whenever a person is erased. An
/// item that events name counts once three people have taken it; plans always count.
#[utoipa::path(put, operation_id = "set_recommendation_rules", path = "/v1/recommendation-rules", tag = "automation", security(("bearer" = [])),
    request_body = schema::RecommendationRules,
    responses((status = 204, description = "The rules hold from now on."), EngineRefusals))]
async fn put_rules(
    mut writer: Writer<Configure>,
    Body(rules): Body<LearningRules>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    engine::put_rules(conn, caller, &rules).await?;
    Ok(StatusCode::NO_CONTENT)
}

parameters! {
    struct RecommendationModelFilters {}
}

impl Listed for RecommendationModelFilters {
    const RESOURCE: &'static str = "recommendation_models";
    type Key = i64;
}

/// A model, and how its method was chosen.
#[derive(Serialize, ToSchema)]
struct RecommendationModel {
    /// The version, from 1.
    #[schema(example = 1)]
    version: i32,
    /// How many people it was learned from.
    #[schema(example = 1_200)]
    people: i32,
    /// How many times they took an item.
    #[schema(example = 5_400)]
    interactions: i32,
    /// The moment up to which it knows these.
    trained_at: Moment,
    /// How methods did on choices that none was trained on: `after` this moment, of so many `people`, with so
    /// many items `shown` to each: `recall`, `ndcg` and `coverage` of `popularity` and of each of the
    /// `candidates`, for these also the mean and the interval of the gain over popularity (`recall_gain`,
    /// `ndcg_gain`). `method` is in force, `why` says by which rule.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({
        "after": "2026-01-01T00:00:00Z", "shown": 3, "people": 140,
        "popularity": { "recall": 0.31, "ndcg": 0.24, "coverage": 0.4 },
        "candidates": [{
            "method": "cooccurrence",
            "measures": { "recall": 0.52, "ndcg": 0.41, "coverage": 0.8 },
            "recall_gain": { "mean": 0.21, "interval": [0.12, 0.3] },
            "ndcg_gain": { "mean": 0.17, "interval": [0.09, 0.25] }
        }],
        "method": "cooccurrence", "why": "better_than_popularity"
    }))]
    evaluation: Value,
    /// The rules that it was trained by.
    #[schema(value_type = schema::RecommendationRules)]
    rules: Value,
}

impl From<ModelRow> for RecommendationModel {
    fn from(row: ModelRow) -> Self {
        Self {
            version: row.version,
            people: row.people,
            interactions: row.interactions,
            trained_at: row.trained_at.into(),
            evaluation: row.evaluation,
            rules: row.rules,
        }
    }
}

/// List recommendation models.
///
/// The last five, oldest first, with their evaluation. Recommendations come from the newest.
#[utoipa::path(get, operation_id = "list_recommendation_models", path = "/v1/recommendation-models", tag = "automation", security(("bearer" = [])),
    params(RecommendationModelFilters, Paging<RecommendationModelFilters>),
    responses((status = 200, description = "A page of models.", body = Listing<RecommendationModel>), EngineRefusals))]
async fn models(
    mut reader: Reader<Read>,
    list: List<RecommendationModelFilters>,
) -> Result<Json<Listing<RecommendationModel>>, Error> {
    let rows = recommendation::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

/// Train a recommendation model.
///
/// In the background, by the rules and what people have taken until now.
#[utoipa::path(post, operation_id = "train_recommendation_model", path = "/v1/recommendation-models", tag = "automation", security(("bearer" = [])),
    responses((status = 202, description = "It will be trained."), EngineItemRefusals))]
async fn train(mut writer: Writer<Configure>) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    engine::request(conn, caller).await?;
    Ok(StatusCode::ACCEPTED)
}

/// How many items are recommended.
pub(crate) struct Count(usize);

impl Param for Count {
    const RULE: &'static str = "must be a whole number from 1 to 20";

    fn parse(text: &str) -> Option<Self> {
        let count = text.parse().ok()?;
        (1..=MAX_SHOWN).contains(&count).then_some(Self(count))
    }
}

impl PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MAX_SHOWN))
            .examples([3])
            .into()
    }
}

parameters! {
    struct RecommendationCount {
        /// How many items at most, from 1 to 20; 3, unless given.
        count: Count,
    }
}

/// What is recommended to a person.
#[derive(Serialize, ToSchema)]
struct PersonRecommendations {
    /// The person.
    person: Id,
    /// The model's version.
    #[schema(example = 1)]
    model: i32,
    /// The method in force: `popularity`, `cooccurrence` or `als`.
    #[schema(value_type = String, example = "cooccurrence")]
    method: Value,
    /// Why it is: `better_than_popularity`, `none_is_better` or `too_few_people`.
    #[schema(value_type = String, example = "better_than_popularity")]
    why: Value,
    /// Why, in words.
    #[schema(
        example = "The method in force is popularity: too few people chose something later to compare others, 3 of 50."
    )]
    words: String,
    /// The best first; fewer than asked for where there are no more.
    items: Vec<RecommendedItem>,
}

/// An item that is recommended.
#[derive(Serialize, ToSchema)]
struct RecommendedItem {
    /// Its id: `plan:` and the plan's address, or `item:` and what the event's property says.
    #[schema(example = "item:api-pro")]
    item: String,
    /// What it is ranked by, to compare with others of the same method only.
    #[schema(example = 0.42)]
    score: f64,
    /// The method that found it: the one in force, or popularity where that finds no more.
    #[schema(value_type = String, example = "cooccurrence")]
    method: Value,
    /// Why it is recommended: an object with `code` and what that says.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "code": "taken_together", "from": "item:api", "people": 12, "of": 30 }))]
    reason: Value,
    /// Why, in words.
    #[schema(example = "People who have api often add api-pro: 12 of 30.")]
    words: String,
}

fn shown(value: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|_| Error::internal("show a recommendation"))
}

fn item(recommendation: Recommendation) -> Result<RecommendedItem, Error> {
    Ok(RecommendedItem {
        score: recommendation.score,
        method: shown(&recommendation.method)?,
        reason: shown(&recommendation.reason)?,
        words: recommendation.words,
        item: recommendation.item,
    })
}

/// Recommend items to a person.
///
/// By the newest model and by what the person has taken, which is not recommended again. Each item has its reason.
#[utoipa::path(get, operation_id = "list_person_recommendations", path = "/v1/persons/{id}/recommendations", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "An id of the person."), RecommendationCount),
    responses((status = 200, description = "The recommendations.", body = PersonRecommendations), EngineItemRefusals))]
async fn recommend(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
    Filters(wanted): Filters<RecommendationCount>,
) -> Result<Json<PersonRecommendations>, Error> {
    let count = wanted.count.map_or(Settings::default().shown, |it| it.0);
    let caller = reader.caller.clone();
    let found = engine::recommend(&mut reader, &caller, id.0, count, api.now()).await?;
    let recommendations = found.recommendations;
    let items = recommendations.items.into_iter().map(item);
    Ok(Json(PersonRecommendations {
        person: found.person.into(),
        model: found.model,
        method: shown(&recommendations.method)?,
        why: shown(&recommendations.why)?,
        words: recommendations.words,
        items: items.collect::<Result<_, _>>()?,
    }))
}
