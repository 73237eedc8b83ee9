//! Parameters of the event list.

use crate::extract::Param;
use tessera_client::types::events::{
    Cancelled, Charged, CodeCreated, CommissionClaimed, EventType, IssuerSet, LedgerOpened,
    MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed, Subscribed,
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An event's name in the IDL.
#[derive(Clone, Copy)]
pub(crate) struct Kind(pub(super) &'static str);

const KINDS: [&str; 12] = [
    OrgCreated::NAME,
    PlanCreated::NAME,
    IssuerSet::NAME,
    CodeCreated::NAME,
    MemberRegistered::NAME,
    Subscribed::NAME,
    Charged::NAME,
    Cancelled::NAME,
    PointsAwarded::NAME,
    PointsRedeemed::NAME,
    LedgerOpened::NAME,
    CommissionClaimed::NAME,
];

impl Param for Kind {
    const RULE: &'static str = "the name of an event, such as Charged";

    fn parse(text: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| *kind == text).map(Self)
    }
}

impl PartialSchema for Kind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(KINDS))
            .examples([Charged::NAME])
            .into()
    }
}

/// A place in the chain's history.
#[derive(Clone, Copy)]
pub(crate) struct Position(pub(super) i64);

impl Param for Position {
    const RULE: &'static str = "an integer from 0 to 9223372036854775807";

    fn parse(text: &str) -> Option<Self> {
        text.parse()
            .ok()
            .filter(|position| *position >= 0)
            .map(Self)
    }
}

impl PartialSchema for Position {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .examples([42])
            .into()
    }
}
