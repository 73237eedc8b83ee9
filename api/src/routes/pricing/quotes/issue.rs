//! Issuing a quote: the request's shape, and what was issued.

use super::QuoteBody;
use crate::{
    auth::Anyone,
    error::Error,
    extract::{Body, Checks, Param},
    http::unit_of_work::{Repeated, Writer},
    openapi::EngineRefusals,
    schema,
    state::ApiState,
    wire::{Key, OfferCode, ReferralCode, choice},
};
use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tessera_domain::{
    access::Scope,
    pricing::{Flag, Usage},
};
use tessera_engine::pricing::{self, Wanted};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(issue))
}

/// A quote to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQuote {
    /// A segment of the price book in force.
    #[schema(pattern = "^[a-z0-9_]{1,64}$", example = "individual")]
    segment: String,
    /// A plan of the Org: the price is for its period, and its floor and ceiling bound it. The price
    /// book must have a price for the period, or one for a month, which is converted.
    plan: Option<Key>,
    /// The wallet that the quote is for; a customer's own unless given.
    wallet: Option<Key>,
    /// Units: 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1_000_000, example = 1)]
    quantity: u64,
    /// What the sales team has established: `enterprise_contract`, `hardware_integration`. Not for
    /// customers.
    #[serde(default)]
    #[schema(value_type = Vec<choice::Flag>, required = false, example = json!(["enterprise_contract"]))]
    flags: BTreeSet<Flag>,
    /// Use of the segment's metered part in a month: units, or the amount of each transaction. Not for
    /// customers.
    #[schema(value_type = Option<schema::Usage>)]
    usage: Option<Usage>,
    /// Code of an offer, as it was typed; a place of its stock is kept until the quote expires.
    #[schema(value_type = Option<OfferCode>, inline)]
    offer: Option<String>,
    /// How long the price is promised: 60 to 3,600 seconds, and not longer than the offer lasts.
    #[schema(default = 900, minimum = 60, maximum = 3_600, example = 900)]
    valid_secs: Option<u32>,
    /// Later periods that the transaction approves: 1 to 120. For a wallet and a plan.
    #[schema(default = 12, minimum = 1, maximum = 120, example = 12)]
    periods: Option<u32>,
    /// Referral code, as it was typed, of the member who referred the wallet, which must not be a member yet. For a
    /// wallet and a plan.
    #[schema(value_type = Option<ReferralCode>, inline)]
    referral_code: Option<String>,
}

/// A quote that was just issued.
#[derive(Serialize, ToSchema)]
struct Issued {
    /// The quote.
    #[serde(flatten)]
    quote: QuoteBody,
    /// The transaction that accepts the quote on chain, in base64, for the wallet alone to sign. It
    /// registers the wallet if it is not a member, opens the ledgers that its referrers lack, and
    /// subscribes. Null without a wallet and a plan.
    #[schema(
        required,
        example = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    )]
    transaction: Option<String>,
    /// Whether the transaction consents to a permanent delegate of the mint, who can seize its
    /// tokens; inform the customer.
    permanent_delegate: bool,
    /// Whether the transaction consents that the Org states what a period costs, up to the price;
    /// inform the customer.
    metered: bool,
    /// Free time before the first charge, seconds: the plan's trial, for a wallet that has not had
    /// one.
    #[schema(example = 0)]
    trial_secs: i64,
    /// The blockhash inside; null when it is zero and has to be replaced before signing.
    #[schema(required)]
    blockhash: Option<Key>,
}

impl NewQuote {
    fn check(&self) -> Result<(), Error> {
        let mut checks = Checks::default();
        checks.that(
            "valid_secs",
            "must be a whole number from 60 to 3600",
            self.valid_secs.is_none_or(|it| (60..=3_600).contains(&it)),
        );
        checks.that(
            "periods",
            "must be a whole number from 1 to 120",
            self.periods.is_none_or(|it| (1..=120).contains(&it)),
        );
        checks.that(
            "referral_code",
            ReferralCode::RULE,
            self.referral_code
                .as_ref()
                .is_none_or(|text| ReferralCode::parse(text).is_some()),
        );
        checks.finish()
    }
}

impl From<NewQuote> for Wanted {
    fn from(new: NewQuote) -> Self {
        Self {
            segment: new.segment,
            plan: new.plan.map(Into::into),
            wallet: new.wallet.map(Into::into),
            quantity: new.quantity,
            flags: new.flags,
            usage: new.usage,
            offer: new.offer,
            valid_secs: new.valid_secs,
            periods: new.periods,
            referral_code: new.referral_code,
        }
    }
}

/// Issue a quote.
///
/// Loyalty tier and paid months are read from the chain's mirror. For a wallet and a plan, the
/// answer contains the unsigned transaction, which the chain accepts from that wallet alone, at
/// that price, until the deadline. A signed-in customer gets quotes for their own wallet only.
#[utoipa::path(post, operation_id = "issue_quote", path = "/v1/quotes", tag = "pricing", security(("bearer" = [])),
    request_body = NewQuote,
    responses((status = 201, description = "The quote.", body = Issued), EngineRefusals))]
async fn issue(
    State(api): State<ApiState>,
    repeated: Repeated,
    mut writer: Writer<Anyone>,
    Body(new): Body<NewQuote>,
) -> Result<(StatusCode, Json<Issued>), Error> {
    new.check()?;
    let (caller, conn) = writer.parts();
    if new.offer.is_some() && !caller.may(Scope::Sell) && !repeated.0 {
        api.limiter.offer_code(caller.organisation)?;
    }
    let issued = pricing::issue(&api.engine, conn, caller, api.now(), new.into()).await?;
    let unsigned = issued.transaction.as_ref();
    Ok((
        StatusCode::CREATED,
        Json(Issued {
            transaction: unsigned.map(|it| BASE64_STANDARD.encode(&it.bytes)),
            permanent_delegate: unsigned.is_some_and(|it| it.permanent_delegate),
            metered: unsigned.is_some_and(|it| it.metered),
            trial_secs: unsigned.map_or(0, |it| it.trial_secs),
            blockhash: unsigned.and_then(|it| it.blockhash).map(Into::into),
            quote: QuoteBody::new(issued.quote, caller.org),
        }),
    ))
}
