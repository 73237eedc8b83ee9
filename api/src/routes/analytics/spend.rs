//! What was spent to win customers, from which the cost of winning one is computed.

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, CursorKey, List, Listed, Paging, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::EngineRefusals,
    state::ApiState,
    wire::{Currency, Day, Listing, Money},
};
use axum::Json;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tessera_domain::analytics::attribution::{MAX_CHANNEL_CHARS, channel_name};
use tessera_store::analytics::spend::{self, Spend, SpendRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, put))
}

/// Two thousand years from 1970.
const MAX_DAYS: i32 = 719_000;

parameters! {
    /// Narrows the list.
    struct SpendFilters {
        /// Only this day and later ones.
        from: Day,
        /// Only this day and earlier ones.
        through: Day,
    }
}

impl Listed for SpendFilters {
    const RESOURCE: &'static str = "spend";
    type Key = (NaiveDate, i64);
}

/// Day and id of an entry.
impl CursorKey for (NaiveDate, i64) {
    const PATTERN: &'static str = "[0-9a-f]{24}";
    const EXAMPLE: &'static str = "00004fee0000000000000014";

    fn to_bytes(&self) -> Vec<u8> {
        let days = self.0.to_epoch_days().to_be_bytes();
        [days.as_slice(), &self.1.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (days, id) = bytes.split_first_chunk()?;
        // Within what the database knows; nothing is outside of it.
        let days = i32::from_be_bytes(*days).clamp(-MAX_DAYS, MAX_DAYS);
        let day = NaiveDate::from_epoch_days(days)?;
        Some((day, i64::from_be_bytes(id.try_into().ok()?)))
    }
}

/// What was spent on a channel on one day.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpendEntry {
    /// The UTC day.
    day: Day,
    /// The channel: 1 to 64 characters. Channels are compared without regard to case and blanks, and
    /// shown in lower case.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = r"[^\x00-/:-@\[-`{-\x7f]",
        example = "google ads"
    )]
    channel: String,
    /// A mint's address, or a code of ISO 4217.
    currency: Currency,
    /// In whole units of the currency.
    amount: Money,
}

/// List spend.
///
/// By day, a page at a time.
#[utoipa::path(get, operation_id = "list_spend", path = "/v1/spend", tag = "analytics", security(("bearer" = [])),
    params(SpendFilters, Paging<SpendFilters>),
    responses((status = 200, description = "A page of entries.", body = Listing<SpendEntry>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<SpendFilters>,
) -> Result<Json<Listing<SpendEntry>>, Error> {
    let SpendFilters { from, through } = &list.filters;
    let (from, through) = (from.map(|day| day.0), through.map(|day| day.0));
    let rows = spend::list(&mut reader, from, through, list.page()).await?;
    let key = |row: &SpendRow| (row.spend.day, row.id);
    list.answer(rows, key, |row| Ok(row.spend.into()))
}

/// Record spend.
///
/// It replaces what was recorded for that day, channel and currency. An amount of 0 states that
/// nothing was spent, which is not the same as no entry.
#[utoipa::path(put, operation_id = "put_spend", path = "/v1/spend", tag = "analytics", security(("bearer" = [])),
    request_body = SpendEntry,
    responses((status = 200, description = "The entry.", body = SpendEntry), EngineRefusals))]
async fn put(
    mut writer: Writer<Sell>,
    Body(entry): Body<SpendEntry>,
) -> Result<Json<SpendEntry>, Error> {
    let spend = entry.checked()?;
    let organisation = writer.caller.organisation;
    spend::put(&mut writer, organisation, &spend).await?;
    Ok(Json(spend.into()))
}

impl SpendEntry {
    /// What is stored of it: its channel by the name under which it is compared.
    pub(crate) fn checked(self) -> Result<Spend, Error> {
        let is_short = self.channel.chars().count() <= MAX_CHANNEL_CHARS;
        let channel = channel_name(&self.channel).filter(|_| is_short);
        let rule = "must be a name of 1 to 64 characters with a letter or digit";
        Ok(Spend {
            day: self.day.0,
            channel: channel.ok_or_else(|| Error::refused("channel", rule))?,
            currency: self.currency.as_str().to_owned(),
            amount: self.amount.0,
        })
    }
}

impl From<Spend> for SpendEntry {
    fn from(spend: Spend) -> Self {
        Self {
            day: Day(spend.day),
            channel: spend.channel,
            currency: Currency::of_text(spend.currency),
            amount: Money(spend.amount),
        }
    }
}
