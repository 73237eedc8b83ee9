//! How long subscribers stay.

use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks},
    http::unit_of_work::Querier,
    openapi::EngineRefusals,
    query::{OTHER, just_after},
    state::ApiState,
    wire::Moment,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tessera_domain::{
    analytics::{
        Reading,
        retention::{CohortBy, Period},
        subscriptions::{SUBSCRIPTION_EVENTS, Subscription, subscriptions},
        survival::{SubscriberLifetimes, SurvivalCurve},
    },
    event::Event,
    statistics::groups::Groups,
};
use tessera_store::analytics::histories::{EventStore, Question};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most groups of a breakdown.
const MAX_GROUPS: usize = 50;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(survival))
}

/// Which subscriptions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SurvivalQuery {
    /// Only subscriptions that started at or after this moment.
    from: Option<Moment>,
    /// Only subscriptions that started before this moment.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-02-28T12:00:00Z")]
    until: Option<Moment>,
    /// Only what had happened by this moment counts; now by the network's clock, unless given.
    as_of: Option<Moment>,
    /// Adds a curve for each group.
    #[schema(example = "segment")]
    breakdown: Option<Breakdown>,
}

/// How subscriptions are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Breakdown {
    /// The segment that the subscriber stated last.
    Segment,
    /// The channel that brought the subscriber first.
    Channel,
    /// The plan.
    Plan,
}

/// Survival curves.
#[derive(Serialize, ToSchema)]
struct Survival {
    /// Only what had happened by this moment counts.
    as_of: Moment,
    /// Of all subscriptions.
    all: Curve,
    /// By group, when asked for. Of more than 50 groups, those with the most subscriptions are shown,
    /// and all others together as `(other)`.
    groups: Option<BTreeMap<String, Curve>>,
}

/// How long subscriptions last.
#[derive(Serialize, ToSchema)]
struct Curve {
    /// Subscriptions.
    #[schema(example = 120)]
    subscriptions: u64,
    /// Those that were cancelled.
    #[schema(example = 25)]
    cancelled: u64,
    /// Those that lapsed: a payment was missed until its grace had ended, and none came after it.
    #[schema(example = 5)]
    lapsed: u64,
    /// Whole days after which at most half of them go on; null while more than half do.
    #[schema(example = 210)]
    median_days: Option<u64>,
    /// Kaplan and Meier's estimate at every duration, in whole days, at which a subscription ended
    /// or was last seen going on.
    #[schema(value_type = Vec<Object>, example = json!([{ "duration": 30, "at_risk": 118,
        "events": 3, "censored": 2, "survival": 0.9746, "variance": 0.00021,
        "interval": [0.9242, 0.9916] }]))]
    points: Vec<tessera_domain::analytics::survival::SurvivalPoint>,
}

impl From<&SubscriberLifetimes> for Curve {
    fn from(counts: &SubscriberLifetimes) -> Self {
        let curve = SurvivalCurve::kaplan_meier(&counts.lifetimes);
        Self {
            subscriptions: counts.subscriptions,
            cancelled: counts.cancelled,
            lapsed: counts.lapsed,
            median_days: curve.median,
            points: curve.points,
        }
    }
}

/// Compute how long subscribers stay.
///
/// A subscription lives from its signature, trial included, to its cancellation, even when more was
/// paid for, or to the end of the grace after a payment that never came. A running one counts for
/// as long as it has been observed. Each new subscription of a person counts by itself;
/// what a wallet cancels and signs within the organisation's grace is a change of plan, and one
/// subscription under the plan that it began with.
#[utoipa::path(post, operation_id = "query_survival", path = "/v1/query/survival", tag = "analytics", security(("bearer" = [])),
    request_body = SurvivalQuery,
    responses((status = 200, description = "The curves.", body = Survival), EngineRefusals))]
async fn survival(
    State(api): State<ApiState>,
    querier: Querier<Read>,
    Body(query): Body<SurvivalQuery>,
) -> Result<Json<Survival>, Error> {
    let clocks = querier.clocks(&api).await?;
    let as_of = query.as_of.map_or(clocks.network, |as_of| as_of.0);
    let mut checks = Checks::default();
    checks.range(query.from, query.until);
    checks.past("as_of", query.as_of, clocks.event_log);
    checks.finish()?;
    let SurvivalQuery {
        from,
        until,
        breakdown,
        ..
    } = query;
    let is_asked = |subscription: &Subscription| {
        let start = subscription.started_at;
        from.is_none_or(|from| start >= from.0) && until.is_none_or(|until| start < until.0)
    };
    let grace = querier.organisation(&api).await?.plan_change_grace();
    let mut all = SubscriberLifetimes::default();
    let mut groups = Groups::new(SubscriberLifetimes::default());
    let rules = querier.rules(&api).await?;
    let each = |all: &mut SubscriberLifetimes, groups: &mut Groups<_>, events: &[Event]| {
        let group = |breakdown: Breakdown| breakdown.of_person(events, &rules.reading);
        let person = breakdown.and_then(group);
        for subscription in subscriptions(events, grace)
            .iter()
            .filter(|it| is_asked(it))
        {
            all.add(subscription, as_of);
            if breakdown.is_some() {
                let label = person.as_ref().or(subscription.plan.as_ref());
                let label = label.map_or("", String::as_str);
                SubscriberLifetimes::add(groups.add(label), subscription, as_of);
            }
        }
    };
    // A subscriber's segment and channel follow from any events, a subscription's course from its
    // own.
    let names = match breakdown {
        Some(Breakdown::Segment | Breakdown::Channel) => Vec::new(),
        Some(Breakdown::Plan) | None => SUBSCRIPTION_EVENTS.map(str::to_owned).into(),
    };
    let events = Question {
        names,
        from: None,
        until: Some(just_after(as_of)),
    };
    loop {
        let mut each = |_: Uuid, events: &[Event]| each(&mut all, &mut groups, events);
        api.pools
            .questions
            .histories(querier.caller.organisation, &events, &mut each)
            .await?;
        if !groups.needs_another_pass() {
            break;
        }
        all = SubscriberLifetimes::default();
    }
    Ok(Json(Survival {
        as_of: as_of.into(),
        all: Curve::from(&all),
        groups: breakdown.map(|_| curves(groups)),
    }))
}

/// The curves of the largest groups, and one of all others.
fn curves(groups: Groups<SubscriberLifetimes>) -> BTreeMap<String, Curve> {
    let top = groups.top(MAX_GROUPS, SubscriberLifetimes::merge);
    let other = top.other.map(|other| (OTHER.to_owned(), other.sum));
    let groups = top.largest.into_iter().chain(other);
    groups
        .map(|(label, counts)| (label, Curve::from(&counts)))
        .collect()
}

impl Breakdown {
    /// The person's group; none where each subscription has its own.
    fn of_person(self, events: &[Event], reading: &Reading) -> Option<String> {
        let by = match self {
            Self::Segment => CohortBy::Segment,
            Self::Channel => CohortBy::Channel,
            Self::Plan => return None,
        };
        // Neither depends on a period.
        by.label(events, Period::Day, reading)
    }
}
