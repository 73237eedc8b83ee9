//! Codes as people type them, in paths and bodies.

use crate::extract::Param;
use tessera_domain::{
    code::{MAX_REFERRAL_CODE, MIN_REFERRAL_CODE, TypedCode},
    pricing::MAX_OFFER_CODE_BYTES,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// A referral code.
pub(crate) struct ReferralCode(pub(crate) TypedCode);

/// An offer's code.
pub(crate) struct OfferCode(pub(crate) String);

impl Param for ReferralCode {
    const RULE: &'static str = "must be 3 to 16 letters, digits, - and _; their case does not matter, nor do blanks between them";

    fn parse(text: &str) -> Option<Self> {
        TypedCode::parse(text, MIN_REFERRAL_CODE, MAX_REFERRAL_CODE).map(Self)
    }
}

impl Param for OfferCode {
    const RULE: &'static str = "must be 1 to 32 letters, digits, - and _; their case does not matter, nor do blanks between them";

    fn parse(text: &str) -> Option<Self> {
        let typed = TypedCode::parse(text, 1, MAX_OFFER_CODE_BYTES)?;
        Some(Self(typed.written().to_owned()))
    }
}

/// Text of so many characters of a code.
fn schema(least: usize, most: usize, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!(
            "^\\s*([A-Za-z0-9_\u{2010}-\u{2015}\u{2212}-]\\s*){{{least},{most}}}$"
        )))
        .max_length(Some(200))
        .examples([example])
        .into()
}

impl PartialSchema for ReferralCode {
    fn schema() -> RefOr<Schema> {
        schema(MIN_REFERRAL_CODE, MAX_REFERRAL_CODE, "FRIEND-7")
    }
}

impl ToSchema for ReferralCode {}

impl PartialSchema for OfferCode {
    fn schema() -> RefOr<Schema> {
        schema(1, MAX_OFFER_CODE_BYTES, "EARLY-100")
    }
}

impl ToSchema for OfferCode {}
