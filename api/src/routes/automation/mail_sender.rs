//! From whom an organisation's mail comes, and what it has to publish so that others believe that.

use crate::{
    auth::{Administer, Read},
    error::Error,
    extract::Body,
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    schema::EmailAddress,
    state::ApiState,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use tessera_engine::automation::mail_sender::{self, NewSender};
use tessera_store::automation::mail_sender::SenderRow;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// From whom mail is to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMailSender {
    /// The name that is shown: 1 to 200 characters.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Hashrate"
    )]
    from_name: String,
    /// The address that mail comes from.
    #[schema(value_type = EmailAddress)]
    from_address: String,
    /// Where answers go, unless they go there.
    #[schema(value_type = Option<EmailAddress>)]
    reply_to: Option<String>,
    /// The organisation's postal address, which stands below marketing mail: 1 to 200 characters.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Hashrate Ltd, Bahnhofstrasse 1, 8001 Zurich"
    )]
    postal_address: Option<String>,
}

/// A record to publish in the DNS.
#[derive(Serialize, ToSchema)]
struct DnsRecord {
    /// Its name.
    #[schema(example = "tessera._domainkey.example.com")]
    name: String,
    /// Its type.
    #[schema(example = "TXT")]
    r#type: &'static str,
    /// Its value.
    #[schema(example = "v=DKIM1; k=rsa; p=MIIB")]
    value: String,
}

/// From whom mail comes.
#[derive(Serialize, ToSchema)]
struct MailSender {
    /// The name that is shown.
    #[schema(example = "Hashrate")]
    from_name: String,
    /// The address that mail comes from.
    #[schema(example = "news@example.com")]
    from_address: String,
    /// Where answers go; null when they go there.
    #[schema(required, example = "hello@example.com")]
    reply_to: Option<String>,
    /// The organisation's postal address.
    #[schema(required, example = "Hashrate Ltd, Bahnhofstrasse 1, 8001 Zurich")]
    postal_address: Option<String>,
    /// The record of the key that signs the mail. Publish it before anything is sent.
    dkim: DnsRecord,
}

impl From<SenderRow> for MailSender {
    fn from(row: SenderRow) -> Self {
        Self {
            from_name: row.from_name,
            from_address: row.from_address,
            reply_to: row.reply_to,
            postal_address: row.postal_address,
            dkim: DnsRecord {
                name: format!("{}._domainkey.{}", row.dkim_selector, row.dkim_domain),
                r#type: "TXT",
                value: row.dkim_record,
            },
        }
    }
}

/// Get the sender of mail.
#[utoipa::path(get, operation_id = "get_mail_sender", path = "/v1/mail-sender", tag = "automation", security(("bearer" = [])),
    responses((status = 200, description = "The sender.", body = MailSender), EngineItemRefusals))]
async fn get(mut reader: Reader<Read>) -> Result<Json<MailSender>, Error> {
    Ok(Json(mail_sender::get(&mut reader).await?.into()))
}

/// Replace the sender of mail.
///
/// A key that signs mail of the address's domain is made with the first sender of that domain; its private half
/// is sealed and never shown. Reports about mail come to `bounces+…@` that domain: have them sent to
/// `POST /v1/mail/reports`.
#[utoipa::path(put, operation_id = "put_mail_sender", path = "/v1/mail-sender", tag = "automation", security(("bearer" = [])),
    request_body = NewMailSender,
    responses((status = 200, description = "The sender, with the record to publish.", body = MailSender), EngineRefusals))]
async fn put(
    State(api): State<ApiState>,
    mut writer: Writer<Administer>,
    Body(new): Body<NewMailSender>,
) -> Result<Json<MailSender>, Error> {
    let new = NewSender {
        from_name: new.from_name,
        from_address: new.from_address,
        reply_to: new.reply_to,
        postal_address: new.postal_address,
    };
    let (caller, conn) = writer.parts();
    Ok(Json(
        mail_sender::put(&api.engine, conn, caller, new)
            .await?
            .into(),
    ))
}
