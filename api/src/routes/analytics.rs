//! What the events add up to.

pub(crate) mod attribution;
pub(crate) mod channel_rules;
pub(crate) mod exchange_rates;
pub(crate) mod funnel_queries;
pub(crate) mod funnels;
pub(crate) mod kpis;
pub(crate) mod lifetime_value;
pub(crate) mod live;
pub(crate) mod paths;
pub(crate) mod recurring_revenue;
pub(crate) mod retention;
pub(crate) mod spend;
pub(crate) mod survival;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(funnels::router())
        .merge(funnel_queries::router())
        .merge(live::router())
        .merge(spend::router())
        .merge(exchange_rates::router())
        .merge(recurring_revenue::router())
        .merge(kpis::router())
        .merge(attribution::router())
        .merge(channel_rules::router())
        .merge(paths::router())
        .merge(retention::router())
        .merge(survival::router())
        .merge(lifetime_value::router())
}
