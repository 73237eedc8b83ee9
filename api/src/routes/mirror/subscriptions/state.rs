//! States and statuses of subscriptions, by name.

use crate::extract::Param;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use tessera_client::types::accounts::SubscriptionState;
use tessera_store::mirror::subscription;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// The state that the account records, as of its last receipt.
#[derive(Clone, Copy)]
pub(crate) struct State(pub(super) SubscriptionState);

impl State {
    fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).filter_map(Self::from_code)
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        SubscriptionState::from_code(code).map(Self)
    }

    fn name(self) -> &'static str {
        match self.0 {
            SubscriptionState::Trial => "trial",
            SubscriptionState::Active => "active",
            SubscriptionState::PastDue => "past_due",
            SubscriptionState::Cancelled => "cancelled",
            SubscriptionState::Lapsed => "lapsed",
        }
    }
}

impl Param for State {
    const RULE: &'static str = "must be one of trial, active, past_due, cancelled, lapsed";

    fn parse(text: &str) -> Option<Self> {
        Self::all().find(|state| state.name() == text)
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl PartialSchema for State {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::all().map(Self::name)))
            .description(Some(
                "As of the account's last receipt: in its free time (trial), charged when due (active), \
                 marked as behind (past_due), ended by the wallet, paid or not (cancelled), marked as \
                 beyond collection (lapsed). `status` says where it stands now.",
            ))
            .examples(["active"])
            .into()
    }
}

impl ToSchema for State {
    fn name() -> Cow<'static, str> {
        "SubscriptionState".into()
    }
}

/// What follows from state, terms and the network's clock.
#[derive(Clone, Copy)]
pub(crate) struct Status(pub(super) subscription::Status);

impl Status {
    const ALL: [Self; 9] = [
        Self(subscription::Status::Trial),
        Self(subscription::Status::Active),
        Self(subscription::Status::Due),
        Self(subscription::Status::PastDue),
        Self(subscription::Status::Lapsed),
        Self(subscription::Status::UsedUp),
        Self(subscription::Status::Ended),
        Self(subscription::Status::Revoked),
        Self(subscription::Status::Cancelled),
    ];

    fn name(self) -> &'static str {
        match self.0 {
            subscription::Status::Trial => "trial",
            subscription::Status::Active => "active",
            subscription::Status::Due => "due",
            subscription::Status::PastDue => "past_due",
            subscription::Status::Lapsed => "lapsed",
            subscription::Status::UsedUp => "used_up",
            subscription::Status::Ended => "ended",
            subscription::Status::Revoked => "revoked",
            subscription::Status::Cancelled => "cancelled",
        }
    }
}

impl Param for Status {
    const RULE: &'static str =
        "must be one of trial, active, due, past_due, lapsed, used_up, ended, revoked, cancelled";

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == text)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl PartialSchema for Status {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL.map(Self::name)))
            .description(Some(
                "By the network's clock, as the index last saw it. The next period is not due yet \
                 (active, or trial in the free time), can be charged (due), can still be charged \
                 although its payment was missed or the grace time is over (past_due), can no longer \
                 be made up for (lapsed). No charge follows when all approved \
                 periods are collected (used_up), the plan ends (ended), the approval was \
                 withdrawn (revoked, which shows once the wallet subscribes from that token account \
                 again) or the wallet ended it (cancelled). Whether service is paid is \
                 `paid_through` alone.",
            ))
            .examples(["active"])
            .into()
    }
}

impl ToSchema for Status {
    fn name() -> Cow<'static, str> {
        "SubscriptionStatus".into()
    }
}
