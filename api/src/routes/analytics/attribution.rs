//! Which channels earned the conversions.

use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks},
    http::unit_of_work::Querier,
    openapi::EngineRefusals,
    query::{Unit, compute},
    schema,
    state::ApiState,
    wire::{Conversion, Key, Moment},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tessera_domain::{
    analytics::attribution::{
        AttributedJourneys, AttributionError, AttributionQuestion, AttributionReport,
        AttributionRules, ChannelDisagreement, JourneyStatistics, Model, ShareInterval, bootstrap,
        compare,
    },
    event::Event,
};
use tessera_store::analytics::histories::{EventStore, Question};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Channels listed one by one, by default.
const CHANNELS: usize = 100;
/// Most channels that a request may ask for.
const MAX_CHANNELS: usize = 1_000;
/// Most rounds of resampling that a request may ask for.
const MAX_ROUNDS: u32 = 1_000;
/// Most visits to a person, or steps of a solution, that all rounds together may take.
const MAX_WORK: usize = 50_000_000;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(attribute))
}

/// Which conversions, and by which rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttributionQuery {
    /// The models; all of them, unless given.
    #[schema(value_type = Option<schema::AttributionModels>, example = json!(["first", "linear", "markov"]))]
    models: Option<Vec<Model>>,
    /// Only journeys that ended at or after this moment.
    from: Option<Moment>,
    /// Only journeys that ended before this moment; later payments and refunds do not count.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-02-28T12:00:00Z")]
    until: Option<Moment>,
    /// How touches are found and joined to conversions.
    #[serde(default)]
    #[schema(value_type = schema::AttributionRules, required = false)]
    rules: AttributionRules,
    /// Only conversions paid in this mint. Without it, what was paid in several is converted to dollars.
    mint: Option<Key>,
    /// Adds intervals.
    bootstrap: Option<Bootstrap>,
    /// How many channels to list one by one, from 1 to 1,000; 100 unless given.
    #[schema(minimum = 1, maximum = 1_000, example = 100)]
    channels: Option<usize>,
}

/// Resampling of people.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Bootstrap {
    /// Rounds, from 100 to 1,000.
    #[schema(minimum = 100, maximum = 1_000, example = 500)]
    rounds: u32,
    /// The same seed gives the same intervals.
    #[serde(default)]
    #[schema(value_type = i64, minimum = 0, maximum = 4_294_967_295_i64, example = 7)]
    seed: u32,
}

/// What the channels earned.
#[derive(Serialize, ToSchema)]
struct Attribution {
    /// The mint of the revenue; null when nothing was paid, and when it was paid in several.
    #[schema(example = "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    mint: Option<String>,
    /// The currency of the revenue: the mint, or `USD` when it was paid in several; null when nothing
    /// was paid.
    #[schema(example = "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    currency: Option<String>,
    /// How several mints became dollars.
    #[serde(flatten)]
    conversion: Conversion,
    /// Journeys, including those that led to nothing.
    #[schema(example = 1200)]
    journeys: u64,
    /// New subscriptions; a change of plan is none.
    #[schema(example = 40)]
    conversions: u64,
    /// What was paid for them net of refunds, in the mint's smallest unit or in millionths of a dollar,
    /// as a decimal string; null when a mint has no exchange rate, as is the revenue of every model.
    #[schema(required, example = "25000000")]
    revenue: Option<String>,
    /// The credit of every channel under each model, most conversions first. `channels` and `other`
    /// add up to `conversions` and `revenue` exactly.
    #[schema(value_type = Vec<Object>, example = json!([{ "model": "linear", "journeys": 1200,
        "conversions": 40, "revenue": "25000000",
        "channels": [{ "channel": "organic", "conversion_micros": "24500000",
            "revenue": "15312500", "share": 0.6125 }],
        "other": { "channels": 3, "conversion_micros": "15500000", "revenue": "9687500" } }]))]
    models: Vec<ModelCredit>,
    /// Models that could not be computed, when the request named none.
    refused: Vec<RefusedModel>,
    /// The span of each channel's shares over the models, widest first.
    #[schema(value_type = Vec<Object>, example = json!([{ "channel": "organic",
        "lowest": { "model": "last", "share": 0.4 }, "highest": { "model": "first", "share": 0.7 } }]))]
    disagreement: Vec<ChannelDisagreement>,
    /// The share of conversions that would be lost without a channel; null without `markov`.
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "organic": 0.71, "paid": 0.2 }))]
    removal_effects: Option<BTreeMap<String, f64>>,
    /// 95 % intervals of the shares by model, when asked for.
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "linear": [{ "channel": "organic",
        "share": 0.6125, "interval": [0.51, 0.70] }] }))]
    intervals: Option<BTreeMap<Model, Vec<ShareInterval>>>,
}

/// Credit under one model.
#[derive(Serialize)]
struct ModelCredit {
    model: Model,
    journeys: u64,
    conversions: u64,
    revenue: Option<String>,
    channels: Vec<Credit>,
    other: OtherCredit,
}

/// Credit of one channel.
#[derive(Serialize)]
struct Credit {
    channel: String,
    conversion_micros: String,
    revenue: Option<String>,
    share: Option<f64>,
}

/// Credit of the channels that are not listed.
#[derive(Serialize)]
struct OtherCredit {
    channels: usize,
    conversion_micros: String,
    revenue: Option<String>,
}

impl ModelCredit {
    /// Of the first `most` channels; without revenue, when that is not known.
    fn new(mut report: AttributionReport, most: usize, revenue_is_known: bool) -> Self {
        let revenue = |amount: u128| revenue_is_known.then(|| amount.to_string());
        let other = report.shorten(most);
        Self {
            model: report.model,
            journeys: report.journeys,
            conversions: report.conversions,
            revenue: revenue(report.revenue),
            channels: report
                .channels
                .into_iter()
                .map(|credit| Credit {
                    channel: credit.channel,
                    conversion_micros: credit.conversion_micros.to_string(),
                    revenue: revenue(credit.revenue),
                    share: credit.share,
                })
                .collect(),
            other: OtherCredit {
                channels: other.channels,
                conversion_micros: other.conversion_micros.to_string(),
                revenue: revenue(other.revenue),
            },
        }
    }
}

/// A model that could not be computed.
#[derive(Serialize, ToSchema)]
struct RefusedModel {
    /// The model.
    #[schema(value_type = String, example = "markov")]
    model: Model,
    /// Why it could not be computed.
    #[schema(example = "model: markov takes at most 256 channels, these journeys have 300")]
    reason: String,
}

/// Attribute conversions to channels.
///
/// A new subscription is a conversion; a change of plan, within the organisation's grace, goes on with
/// the one that it changes. Its value is what was paid for it until the end of the
/// range, net of refunds and never below 0, so that renewals credit the channels that won the
/// subscriber. A conversion credits the touches since the previous conversion and within the
/// lookback; without any, it counts as `direct`. Under every model, the credit adds up to the
/// conversions and the revenue.
#[utoipa::path(post, operation_id = "query_attribution", path = "/v1/query/attribution", tag = "analytics", security(("bearer" = [])),
    request_body = AttributionQuery,
    responses((status = 200, description = "What the channels earned.", body = Attribution), EngineRefusals))]
async fn attribute(
    State(api): State<ApiState>,
    querier: Querier<Read>,
    Body(query): Body<AttributionQuery>,
) -> Result<Json<Attribution>, Error> {
    query.check()?;
    let rules = querier.rules(&api).await?;
    let mut question = AttributionQuestion {
        from: query.from.map(|from| from.0),
        until: query.until.map(|until| until.0),
        mint: query.mint.map(|mint| mint.to_string()),
        rules: query.rules.clone(),
        reading: rules.reading.clone(),
        grace: querier.organisation(&api).await?.plan_change_grace(),
        worth: None,
    };
    let mut read = Everybody::read(&api, &querier, &query, &question).await?;
    let until = match question.until {
        Some(until) => until,
        None => querier.clocks(&api).await?.event_log,
    };
    let mut unit = Unit::of(question.mint.as_ref(), &read.found.mints);
    if unit.is_dollars() {
        let exchange = querier.exchange(&api, until).await?;
        unit.conversion = exchange.conversion(&read.found.mints);
        if unit.conversion.is_complete() {
            // The mints are known from here on. Sums over several mints cannot be taken apart, so
            // everybody is read once more.
            question.worth = Some(exchange.worth);
            read = Everybody::read(&api, &querier, &query, &question).await?;
        }
    }
    let Everybody { found, sample } = read;
    sample.check(found.statistics.channel_count())?;
    let answer = compute(move || answer(&query, unit, &found.statistics, &sample.people)).await??;
    Ok(Json(answer))
}

/// Everybody's journeys.
struct Everybody {
    found: AttributedJourneys,
    sample: Sample,
}

impl Everybody {
    async fn read(
        api: &ApiState,
        querier: &Querier<Read>,
        query: &AttributionQuery,
        question: &AttributionQuestion,
    ) -> Result<Self, Error> {
        let events = Question {
            until: question.until,
            ..Question::default()
        };
        let mut found = AttributedJourneys::default();
        let mut sample = Sample::new(query);
        let mut each = |_: Uuid, events: &[Event]| {
            let person = question.journeys(events);
            found.statistics.merge(&person.statistics);
            found.mints.extend(person.mints);
            sample.add(person.statistics);
        };
        let store = &api.pools.questions;
        store
            .histories(querier.caller.organisation, &events, &mut each)
            .await?;
        Ok(Self { found, sample })
    }
}

impl AttributionQuery {
    fn check(&self) -> Result<(), Error> {
        let mut checks = Checks::default();
        checks.range(self.from, self.until);
        if let Some(models) = &self.models {
            let once = (0..models.len()).all(|it| !models[..it].contains(&models[it]));
            let rule = "must have at least one model, each once";
            checks.that("models", rule, once && !models.is_empty());
        }
        if let Some(channels) = self.channels {
            let rule = "must be a whole number from 1 to 1000";
            checks.that("channels", rule, (1..=MAX_CHANNELS).contains(&channels));
        }
        if let Some(bootstrap) = self.bootstrap {
            let holds = (100..=MAX_ROUNDS).contains(&bootstrap.rounds);
            checks.that(
                "bootstrap.rounds",
                "must be a whole number from 100 to 1000",
                holds,
            );
        }
        checks.finish()?;
        self.rules
            .validate()
            .map_err(|refusal| refusal.within("rules").into())
    }

    fn models(&self) -> &[Model] {
        self.models.as_deref().unwrap_or(&Model::ALL)
    }
}

/// The people to resample, as long as they are not too many.
struct Sample {
    rounds: Option<usize>,
    models: usize,
    markov: bool,
    people: Vec<JourneyStatistics>,
}

impl Sample {
    fn new(query: &AttributionQuery) -> Self {
        let models = query.models();
        Self {
            rounds: query
                .bootstrap
                .map(|it| usize::try_from(it.rounds).unwrap_or(usize::MAX)),
            models: models.len(),
            markov: models.contains(&Model::Markov),
            people: Vec::new(),
        }
    }

    fn add(&mut self, person: JourneyStatistics) {
        // One more than can be resampled shows that there are too many.
        let fits = self.rounds.is_some() && self.work(0) <= MAX_WORK;
        if fits && person.journeys > 0 {
            self.people.push(person);
        }
    }

    fn work(&self, channels: usize) -> usize {
        let solution = if self.markov {
            channels.saturating_pow(3)
        } else {
            0
        };
        let round = self
            .people
            .len()
            .saturating_mul(self.models)
            .saturating_add(solution);
        round.saturating_mul(self.rounds.unwrap_or(0))
    }

    fn check(&self, channels: usize) -> Result<(), Error> {
        if self.work(channels) > MAX_WORK {
            let rule = "must be less, or there be fewer models or a shorter range: rounds times people times \
                models, and for markov channels cubed, must be at most 50000000";
            return Err(Error::refused("bootstrap.rounds", rule));
        }
        Ok(())
    }
}

fn answer(
    query: &AttributionQuery,
    unit: Unit,
    sums: &JourneyStatistics,
    people: &[JourneyStatistics],
) -> Result<Attribution, Error> {
    let mut reports = Vec::new();
    let mut not_computed = Vec::new();
    for &model in query.models() {
        match sums.attribute(model) {
            Ok(report) => reports.push(report),
            Err(error) if query.models.is_none() => not_computed.push(RefusedModel {
                model,
                reason: error.to_string(),
            }),
            Err(error) => return Err(impossible(&error)),
        }
    }
    let most = query.channels.unwrap_or(CHANNELS);
    let computed = |model: Model| reports.iter().any(|report| report.model == model);
    let removal_effects = if computed(Model::Markov) {
        Some(sums.removal_effects().map_err(|error| impossible(&error))?)
    } else {
        None
    };
    let mut intervals = query.bootstrap.map(|_| BTreeMap::new());
    if let (Some(Bootstrap { rounds, seed }), Some(intervals)) = (query.bootstrap, &mut intervals) {
        for report in &reports {
            let mut shares = bootstrap(people, report.model, seed.into(), rounds)
                .map_err(|error| impossible(&error))?;
            shares.sort_by(|a, b| b.share.unwrap_or(0.0).total_cmp(&a.share.unwrap_or(0.0)));
            shares.truncate(most);
            intervals.insert(report.model, shares);
        }
    }
    let mut disagreement = compare(&reports);
    disagreement.truncate(most);
    let is_known = unit.conversion.is_complete();
    let models = reports.into_iter();
    let models = models.map(|report| ModelCredit::new(report, most, is_known));
    Ok(Attribution {
        mint: unit.mint,
        currency: unit.currency,
        conversion: unit.conversion.into(),
        journeys: sums.journeys,
        conversions: sums.conversions,
        revenue: is_known.then(|| sums.revenue.to_string()),
        models: models.collect(),
        refused: not_computed,
        disagreement,
        removal_effects,
        intervals,
    })
}

/// The refusal of models that only the journeys themselves show to be impossible.
fn impossible(error: &AttributionError) -> Error {
    Error::refused(
        "models",
        format!("must be models that these journeys allow ({error})"),
    )
}
