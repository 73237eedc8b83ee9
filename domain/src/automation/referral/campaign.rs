//! What a team writes down: who may refer, what qualifies, what is paid, and where it ends.
//!
//! A campaign is a version that never changes. A referral belongs to the version in whose window the
//! referred registered, and each version has a budget of its own.

use super::{
    check::{CheckName, Checks},
    reward::Tier,
    whole_text,
};
use crate::{tagged::from_objects, time::Timestamp};

use serde::{Deserialize, Serialize};

/// Most characters of a name.
pub const MAX_NAME: usize = 100;
/// Longest time in days that a campaign can ask for or last.
pub const MAX_DAYS: u32 = 3_653;
/// Most payments that a campaign can ask for or share in.
pub const MAX_PERIODS: u32 = 120;
/// Most tiers, and most combinations of checks.
pub const MAX_LIST: usize = 20;

/// A referral campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// What it is called.
    pub name: String,
    /// The first moment of registrations that it is about.
    pub from: Timestamp,
    /// The first moment of registrations that it is no longer about.
    pub until: Timestamp,
    /// Address of the mint of its token: payments in others do not count, as no rate is assumed.
    pub mint: String,
    /// Decimals of this mint.
    pub decimals: u8,
    /// Who may refer.
    pub referrers: Referrers,
    /// When a referral qualifies.
    pub qualification: Qualification,
    /// Rewards by how many referrals of the referrer have qualified.
    pub tiers: Vec<Tier>,
    /// What is never exceeded.
    pub caps: Caps,
    /// What is looked for.
    #[serde(default)]
    pub checks: Checks,
    /// A reward is held back when all signs of any of these are there.
    #[serde(default)]
    pub holds: Vec<Combination>,
}

/// Who may refer, as of the moment at which the referred registered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Referrers {
    /// The segment that they must be in; any when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// For how many days they must have been registered.
    #[serde(default)]
    pub minimum_tenure_days: u32,
}

/// When a referral qualifies. All must be met before `within_days` are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualification {
    /// What must have been paid for.
    pub paid: Paid,
    /// What must have been paid net of refunds, in the token's smallest unit.
    #[serde(with = "whole_text")]
    pub minimum: u64,
    /// How many days from the registration on there are for it.
    pub within_days: u32,
}

/// What must have been paid for. A payment that was refunded in full counts for nothing; what is left
/// of one that was refunded in part is judged by the minimum amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Paid {
    /// So many periods, each by one payment.
    Periods {
        /// How many.
        count: u32,
    },
    /// So many days that were paid for and have passed, not counting any twice.
    Days {
        /// How many.
        count: u32,
    },
}

from_objects!(Paid);

/// What is never exceeded. Rewards of held referrals keep their place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// What a referrer can earn.
    #[serde(default)]
    pub per_referrer: Limit,
    /// What both sides can earn by referrals that qualified on one UTC day.
    #[serde(default)]
    pub per_day: Limit,
    /// What all can earn.
    pub budget: Limit,
}

/// Most of something; without a bound where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Most referrals with a reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrals: Option<u32>,
    /// Most points.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "whole_text::option"
    )]
    pub points: Option<u64>,
    /// Most units of the token.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "whole_text::option"
    )]
    pub units: Option<u64>,
}

/// What made a reward smaller than its tier says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// What a referrer can earn.
    PerReferrer,
    /// What a day can cost.
    PerDay,
    /// What all can earn.
    Budget,
}

/// Signs that hold a reward back together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// All of them must be there.
    pub all: Vec<Sign>,
}

/// A check that found at least so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The check.
    pub check: CheckName,
    /// The least score, from 1 to 100.
    pub score: u8,
}
