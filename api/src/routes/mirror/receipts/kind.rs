//! Parameters of the receipt list.

use crate::extract::Param;
use tessera_client::types::events::{
    AuthorityAccepted, AuthorityProposed, CampaignCreated, Cancelled, Charged, Closed, CodeCreated,
    CodeOffered, CodeTransferred, CommissionClaimed, CommissionReleased, ConfigSet, EventType,
    Harvested, InvoicePaid, IssuerSet, LedgerOpened, MemberRegistered, OrgCreated, OrgPaused,
    OrgUpdated, PageOpened, Paused, PaymentMissed, PlanChanged, PlanCreated, PlanSunset,
    PointsAwarded, PointsRedeemed, PoolCreated, PoolFunded, Refunded, Resumed, RootSet, Staked,
    Subscribed, Unstaked, VoucherClaimed,
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An event's name in the IDL.
#[derive(Clone, Copy)]
pub(crate) struct Kind(pub(super) &'static str);

const KINDS: [&str; 37] = [
    ConfigSet::NAME,
    AuthorityProposed::NAME,
    AuthorityAccepted::NAME,
    OrgCreated::NAME,
    OrgUpdated::NAME,
    OrgPaused::NAME,
    PlanCreated::NAME,
    PlanSunset::NAME,
    IssuerSet::NAME,
    CodeCreated::NAME,
    CodeOffered::NAME,
    CodeTransferred::NAME,
    MemberRegistered::NAME,
    PaymentMissed::NAME,
    Cancelled::NAME,
    Resumed::NAME,
    Paused::NAME,
    PointsAwarded::NAME,
    PointsRedeemed::NAME,
    LedgerOpened::NAME,
    CommissionReleased::NAME,
    CommissionClaimed::NAME,
    CampaignCreated::NAME,
    RootSet::NAME,
    PageOpened::NAME,
    VoucherClaimed::NAME,
    PoolCreated::NAME,
    PoolFunded::NAME,
    Staked::NAME,
    Unstaked::NAME,
    Harvested::NAME,
    Closed::NAME,
    Subscribed::NAME,
    Charged::NAME,
    PlanChanged::NAME,
    InvoicePaid::NAME,
    Refunded::NAME,
];

impl Param for Kind {
    const RULE: &'static str = "must be the name of an event, as in Charged";

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

#[derive(Clone, Copy)]
pub(crate) struct Slot(pub(super) i64);

impl Param for Slot {
    const RULE: &'static str = "must be a whole number from 0 to 9223372036854775807";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|slot| *slot >= 0).map(Self)
    }
}

impl PartialSchema for Slot {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(i64::MAX))
            .examples([361_000_000])
            .into()
    }
}
