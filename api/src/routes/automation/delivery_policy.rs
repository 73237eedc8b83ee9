//! What holds for all messages of an organisation.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::Body,
    http::unit_of_work::{Reader, Writer},
    openapi::EngineRefusals,
    schema,
    state::ApiState,
};
use axum::{Json, http::StatusCode};
use tessera_domain::automation::delivery::DeliveryPolicy;
use tessera_engine::automation::delivery_policy as use_case;
use tessera_store::automation::delivery_policy;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// Get the delivery policy.
#[utoipa::path(get, operation_id = "get_delivery_policy", path = "/v1/delivery-policy", tag = "automation", security(("bearer" = [])),
    responses((status = 200, description = "The policy.", body = schema::DeliveryPolicy), EngineRefusals))]
async fn get(mut reader: Reader<Read>) -> Result<Json<DeliveryPolicy>, Error> {
    Ok(Json(delivery_policy::get(&mut reader).await?))
}

/// Replace the delivery policy.
///
/// For everything that is not sent yet. Only marketing counts against caps and waits for quiet hours to end.
#[utoipa::path(put, operation_id = "put_delivery_policy", path = "/v1/delivery-policy", tag = "automation", security(("bearer" = [])),
    request_body = schema::DeliveryPolicy,
    responses((status = 204, description = "The policy is in force."), EngineRefusals))]
async fn put(
    mut writer: Writer<Configure>,
    Body(policy): Body<DeliveryPolicy>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    use_case::put(conn, caller, &policy).await?;
    Ok(StatusCode::NO_CONTENT)
}
