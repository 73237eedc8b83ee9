//! The eight key performance indicators of a period.

use super::recurring_revenue::known_until;
use crate::{
    auth::Read,
    error::Error,
    extract::{Checks, Filters, parameters},
    http::unit_of_work::Reader,
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Key, Moment, Month},
};
use axum::{Json, extract::State};
use serde::Serialize;
use tessera_domain::analytics::{
    kpi::{ByAgent, KpiDefinition, KpiId, KpiValue, compute},
    recurring_revenue::{self, Period},
};
use tessera_engine::event_log_now;
use tessera_store::{
    StoreError,
    analytics::kpi::{self, Question},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Length of the period unless it is given, seconds: 30 days.
const DEFAULT_PERIOD_SECS: i64 = 30 * 86_400;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(values))
        .routes(routes!(definitions))
}

parameters! {
    /// The period, and the mint that counts as dollars.
    struct KpiFilters {
        /// The period's first moment; 30 days before its end, unless given.
        from: Moment,
        /// The first moment after the period; now by either clock, the network's or ours, unless given.
        until: Moment,
        /// A mint whose whole unit is worth a US dollar, whatever its exchange rate: goals in dollars apply to it, and spend in `USD` counts as spend in it.
        usd_mint: Key,
    }
}

/// Indicators of a period.
#[derive(Serialize, ToSchema)]
struct Kpis {
    /// The period's first moment.
    from: Moment,
    /// The first moment after the period.
    until: Moment,
    /// The month over which recurring revenue is compared: the last one that is over by the
    /// period's end.
    #[schema(required)]
    recurring_revenue_month: Option<Month>,
    /// All eight; those in money once for each mint that the organisation's plans take and, where money
    /// is in several currencies, once in `USD` over all of them.
    kpis: Vec<Kpi>,
    /// The emails that the indicators of mail are of.
    emails: Emails,
}

/// Emails first delivered in the period, unless they bounced for good after that.
#[derive(Serialize, ToSchema)]
struct Emails {
    /// How many.
    #[schema(example = 100)]
    delivered: u64,
    /// Those that were opened.
    opened: Agents,
    /// Those with a link that was followed.
    clicked: Agents,
}

/// Who did something. What several did counts once: under people, else under unknown agents, else
/// under machines.
#[derive(Serialize, ToSchema)]
struct Agents {
    /// People, as far as can be determined.
    #[schema(example = 42)]
    people: u64,
    /// Bots, scanners and the like.
    #[schema(example = 13)]
    machines: u64,
    /// What may have acted for a person, such as a mail provider's image proxy.
    #[schema(example = 5)]
    unknown: u64,
}

impl From<ByAgent> for Agents {
    fn from(counts: ByAgent) -> Self {
        Self {
            people: counts.human,
            machines: counts.machine,
            unknown: counts.unknown,
        }
    }
}

/// An indicator's value with its meaning.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "email_open_rate", "currency": null, "numerator": "42", "denominator": "100",
    "value": "0.42", "interval": ["0.328030155", "0.517915254"], "sample_size": 100,
    "threshold": "0.35", "target": "0.40", "meets_threshold": true, "meets_target": true,
    "rates": [], "left_out": [],
    "definition": {
        "id": "email_open_rate", "name": "Email open rate",
        "definition": "Share of the emails delivered in the period that a person opened.",
        "numerator": "Of these messages, those opened by a person at least once.",
        "denominator": "Messages first delivered in the period that did not bounce for good after that.",
        "interval": "Wilson's score interval of a share.", "unit": "share",
        "direction": "higher_is_better", "threshold": "0.35", "target": "0.40"
    }
}))]
struct Kpi {
    /// Numbers are decimal strings. `value` and `interval`, the bounds of 95%, are null when the
    /// denominator is 0 or the numerator was never recorded. `threshold` and `target` are goals,
    /// not results. `rates` are the exchange rates that were used, and `left_out` the currencies whose
    /// amounts are not in the value.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    value: KpiValue,
    /// Its definition.
    #[schema(value_type = Object)]
    definition: KpiDefinition,
}

/// The definitions of the indicators.
#[derive(Serialize, ToSchema)]
struct KpiDefinitions {
    /// All eight definitions.
    #[schema(value_type = Vec<Object>, example = json!([{
        "id": "conversion_rate", "name": "Conversion rate",
        "definition": "Share of the people who first did something in the period who became paying customers before it ended.",
        "numerator": "Of these people, those whose first payment lies in the period.",
        "denominator": "People whose first act lies in the period.",
        "interval": "Wilson's score interval of a share.", "unit": "share",
        "direction": "higher_is_better", "threshold": "0.40", "target": "0.45"
    }]))]
    definitions: [KpiDefinition; KpiId::ALL.len()],
}

/// Get the KPIs of a period.
///
/// Counted from the event log, deals, recorded spend and the receipts on the chain. Money is in
/// whole units of its mint, or of dollars by the exchange rates in force at the period's end.
#[utoipa::path(get, operation_id = "get_kpis", path = "/v1/kpis", tag = "analytics", security(("bearer" = [])),
    params(KpiFilters),
    responses((status = 200, description = "The indicators.", body = Kpis), EngineRefusals))]
async fn values(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    Filters(filters): Filters<KpiFilters>,
) -> Result<Json<Kpis>, Error> {
    let now = event_log_now(&mut reader, api.now()).await?;
    let until = filters.until.map_or(now, |until| until.0);
    let from = filters
        .from
        .map_or_else(|| until.plus_secs(-DEFAULT_PERIOD_SECS), |from| from.0);
    let mut checks = Checks::default();
    let period = Period::new(from, until);
    checks.that("until", "must be later than from", period.is_ok());
    checks.finish()?;
    let period = period.map_err(|_| Error::internal("period"))?;
    let organisation = reader.caller.organisation;
    let rules = api.engine.rules.latest(&mut reader, organisation).await?;
    let known = known_until(&mut reader, now).await?.min(until);
    let month = recurring_revenue::Month::containing(known).previous();
    let question = Question {
        period,
        month: month.and_then(recurring_revenue::Month::period),
        usd_mint: filters.usd_mint.map(Into::into),
        no_acts: rules.reading.acts.others(),
    };
    let inputs = kpi::inputs(&mut reader, &question).await?;
    let values = compute(&inputs).map_err(StoreError::from)?;
    Ok(Json(Kpis {
        from: from.into(),
        until: until.into(),
        recurring_revenue_month: month.map(Month),
        emails: Emails {
            delivered: inputs.messages_delivered,
            opened: inputs.messages_opened.into(),
            clicked: inputs.messages_clicked.into(),
        },
        kpis: values
            .into_iter()
            .map(|value| Kpi {
                definition: value.id.definition(),
                value,
            })
            .collect(),
    }))
}

/// Get the definitions of the KPIs.
///
/// What each means, what is counted for it, and its goals.
#[utoipa::path(get, operation_id = "get_kpi_definitions", path = "/v1/kpis/definitions", tag = "analytics", security(("bearer" = [])),
    responses((status = 200, description = "The definitions.", body = KpiDefinitions), EngineRefusals))]
async fn definitions(_: Reader<Read>) -> Json<KpiDefinitions> {
    Json(KpiDefinitions {
        definitions: KpiId::ALL.map(KpiId::definition),
    })
}
