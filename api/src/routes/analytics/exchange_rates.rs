//! What currencies are worth in US dollars, by which amounts of several become one.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Checks, List, Listed, Paging, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Listing, Rate},
};
use axum::Json;
use tessera_domain::exchange::DOLLAR;
use tessera_store::analytics::exchange_rate;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, put))
}

parameters! {
    struct RateFilters {}
}

impl Listed for RateFilters {
    const RESOURCE: &'static str = "exchange-rates";
    type Key = i64;
}

/// List exchange rates.
///
/// In the order in which they were first stated, a page at a time.
#[utoipa::path(get, operation_id = "list_exchange_rates", path = "/v1/exchange-rates", tag = "analytics", security(("bearer" = [])),
    params(RateFilters, Paging<RateFilters>),
    responses((status = 200, description = "A page of rates.", body = Listing<Rate>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<RateFilters>,
) -> Result<Json<Listing<Rate>>, Error> {
    let rows = exchange_rate::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.rate.into()))
}

/// State an exchange rate.
///
/// It replaces what was stated for the currency from that day on, and is in force until the day of the
/// next one. Answers about money of several currencies convert all of it by the rates that are in force
/// at their end, and say which those were; without a rate for one of them, the sum is null and the
/// currency is named.
#[utoipa::path(put, operation_id = "put_exchange_rate", path = "/v1/exchange-rates", tag = "analytics", security(("bearer" = [])),
    request_body = Rate,
    responses((status = 200, description = "The rate.", body = Rate), EngineRefusals))]
async fn put(mut writer: Writer<Configure>, Body(rate): Body<Rate>) -> Result<Json<Rate>, Error> {
    let mut checks = Checks::default();
    checks.that(
        "currency",
        "must be another one than USD, which the rates are in",
        rate.currency.as_str() != DOLLAR,
    );
    checks.finish()?;
    let organisation = writer.caller.organisation;
    let rate = rate.into();
    exchange_rate::put(&mut writer, organisation, &rate).await?;
    Ok(Json(rate.into()))
}
