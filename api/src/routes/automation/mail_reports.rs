//! Reports of mail servers about an organisation's mail.

use crate::{
    auth::Identify, error::Error, http::unit_of_work::Writer, openapi::EngineRefusals,
    state::ApiState, wire::Id,
};
use axum::{Json, body::Bytes, extract::State};
use serde::Serialize;
use tessera_engine::automation::reports::{self, Noted};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(report))
}

/// What a report led to.
#[derive(Serialize, ToSchema)]
struct ReportOutcome {
    /// `hard_bounce`: the message failed. `soft_bounce`: it may arrive later. `complaint`: its reader called it
    /// spam. `unknown`: it is about no message that was sent to that address. `no_report`: it is none.
    #[schema(example = "hard_bounce")]
    outcome: &'static str,
    /// The message.
    #[schema(required)]
    message: Option<Id>,
}

/// Report a bounce or a complaint.
///
/// The body is the report as it came by mail: a delivery status notification (RFC 3464) or a report of a feedback
/// loop (RFC 5965). Reports are forged, so one is believed only if it knows the envelope of the message, or its
/// Message-ID and its address. What is not believed changes nothing, and is answered alike.
#[utoipa::path(post, operation_id = "report_mail", path = "/v1/mail/reports", tag = "automation", security(("bearer" = [])),
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, description = "What it led to.", body = ReportOutcome), EngineRefusals))]
async fn report(
    State(api): State<ApiState>,
    mut writer: Writer<Identify>,
    body: Bytes,
) -> Result<Json<ReportOutcome>, Error> {
    let (caller, conn) = writer.parts();
    let noted = reports::note(&api.engine, conn, caller, &body, api.now()).await?;
    let (outcome, message) = match noted {
        Noted::NoReport => ("no_report", None),
        Noted::Unknown => ("unknown", None),
        Noted::SoftBounce(message) => ("soft_bounce", Some(message)),
        Noted::HardBounce(message) => ("hard_bounce", Some(message)),
        Noted::Complaint(message) => ("complaint", Some(message)),
    };
    Ok(Json(ReportOutcome {
        outcome,
        message: message.map(Into::into),
    }))
}
