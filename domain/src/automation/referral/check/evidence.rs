//! What checks show to the human who decides: pseudonyms, digests, amounts, and nothing concluded.

use super::super::whole_text;
use crate::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// Most wallets, persons or values that an evidence lists; it counts them all.
pub const MAX_SHOWN: usize = 20;

/// What a check saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// Persons who all were referred, directly or not, by each other.
    Circle {
        /// Some of them, in order of their ids.
        persons: Vec<Uuid>,
        /// How many there are.
        count: usize,
    },
    /// The referrer has these in common with the referred.
    InCommon {
        /// Some of them.
        values: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// Many who were referred have one in common.
    AmongMany {
        /// What they have in common.
        value: String,
        /// Some of them.
        members: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// More came back than was paid.
    Wash {
        /// What the referred paid net of refunds, in the token's smallest unit.
        #[serde(serialize_with = "whole_text::serialize")]
        paid: u128,
        /// What all involved received for it.
        #[serde(serialize_with = "whole_text::serialize")]
        received: u128,
        /// Who received what: the referred at level 0, their referrer at level 1.
        parts: Vec<Received>,
    },
    /// An hour with more registrations than the referrer's past explains.
    Hour {
        /// Its first moment.
        hour: Timestamp,
        /// Registrations in it.
        registrations: u64,
        /// Registrations in the hours before that it is compared with.
        past_registrations: u64,
        /// How many these hours are.
        past_hours: i64,
        /// Most registrations to expect in an hour.
        expected: f64,
        /// The chance of as many or more, were that expected.
        p: f64,
    },
    /// The referrer's wallet and the referred's are one person's.
    SamePerson {
        /// The person.
        person: Uuid,
    },
    /// The referred's person had registered with another wallet before.
    KnownBefore {
        /// The person.
        person: Uuid,
        /// The wallet.
        member: String,
        /// When.
        registered_at: Timestamp,
    },
}

/// What one of those involved received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The wallet.
    pub member: String,
    /// How far above the referred it stands.
    pub level: usize,
    /// Commissions of the referred's payments, net of what refunds took back.
    #[serde(serialize_with = "whole_text::serialize")]
    pub commissions: u128,
    /// Rebates on them, net of what refunds took back.
    #[serde(serialize_with = "whole_text::serialize")]
    pub rebates: u128,
    /// The campaign's rewards for this referral, points at their stated worth.
    #[serde(serialize_with = "whole_text::serialize")]
    pub rewards: u128,
}

/// The first of these that are shown.
pub(super) fn shown<T>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    all.into_iter().take(MAX_SHOWN).collect()
}
