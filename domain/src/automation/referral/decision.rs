//! What people decide about referrals, and which state follows which.
//!
//! Law: nothing is released but by a human, who is shown what the checks found; what was released, and
//! what was rejected, stays so.

use super::{
    check::CheckName,
    outcome::Referral,
    reward::{Grant, Rewards},
};
use crate::{refusal::Refusal, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most characters of a name or a reason.
const MAX_CHARS: usize = 500;

/// The state of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It may still qualify.
    Pending,
    /// It has qualified, and no combination of checks holds it back: a human can release it.
    Qualified,
    /// It has qualified, and what checks found holds it back until a human has looked.
    Held,
    /// Its rewards were released.
    Released,
    /// Its referrer may not refer, or a human said no.
    Rejected,
    /// It did not qualify in time.
    Expired,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Qualified,
        Self::Held,
        Self::Released,
        Self::Rejected,
        Self::Expired,
    ];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Qualified => "qualified",
            Self::Held => "held",
            Self::Released => "released",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// The event of both sides' log when a referral comes into this state; none at its beginning.
    pub fn event(self) -> Option<&'static str> {
        match self {
            Self::Pending => None,
            Self::Qualified => Some("referral_qualified"),
            Self::Held => Some("referral_held"),
            Self::Released => Some("referral_released"),
            Self::Rejected => Some("referral_rejected"),
            Self::Expired => Some("referral_expired"),
        }
    }

    /// Whether a referral in this state can be in `next` after it, as time and facts go on.
    pub fn may_become(self, next: Self) -> bool {
        self == next
            || matches!(self, Self::Pending | Self::Qualified | Self::Held)
            // Only what has qualified is released.
            && !(self == Self::Pending && next == Self::Released)
    }
}

/// What people decided about referrals: by the referred, in the order in which they did.
pub type Decisions = BTreeMap<String, Vec<Decision>>;

/// What a human decided about a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decision {
    /// Rewards are released.
    Release(Release),
    /// None will be.
    Rejection(Rejection),
}

/// Rewards that a human released. There is another one when more becomes due later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who referred.
    pub referrer: String,
    /// When the referral had qualified.
    pub qualified_at: Timestamp,
    /// The first referral of the tier that it was in.
    pub tier: u32,
    /// What was released.
    pub rewards: Rewards<Grant>,
    /// The checks whose findings held it back until then.
    pub despite: Vec<CheckName>,
}

/// A human's no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Releases what is due for a referral, as evaluated just before.
///
/// # Errors
/// When nobody says so, the referral has not qualified, or nothing is due.
pub fn release(referral: &Referral, by: &str, at: Timestamp) -> Result<Release, Refusal> {
    Refusal::unless_name("by", by, MAX_CHARS)?;
    let can_be = matches!(
        referral.state,
        State::Qualified | State::Held | State::Released
    );
    let (Some(qualified_at), Some(tier), true) = (referral.qualified_at, referral.tier, can_be)
    else {
        let rule = "must be qualified or held for its rewards to be released";
        return Err(Refusal::coded("not_qualified", "state", rule));
    };
    if referral.due.is_zero() {
        let rule = "must have something due to release; caps may leave nothing";
        return Err(Refusal::coded("nothing_due", "due", rule));
    }
    Ok(Release {
        by: by.to_owned(),
        at,
        referrer: referral.referrer.clone(),
        qualified_at,
        tier,
        rewards: referral.due,
        despite: referral.held_by.clone(),
    })
}

/// Rejects a referral that is not decided yet.
///
/// # Errors
/// When nobody says so, no reason is given, or the referral's state is final.
pub fn reject(
    referral: &Referral,
    by: &str,
    reason: &str,
    at: Timestamp,
) -> Result<Rejection, Refusal> {
    Refusal::unless_name("by", by, MAX_CHARS)?;
    Refusal::unless_name("reason", reason, MAX_CHARS)?;
    if !referral.state.may_become(State::Rejected) || referral.state == State::Rejected {
        let rule = "must be pending, qualified or held to be rejected";
        return Err(Refusal::coded("already_decided", "state", rule));
    }
    Ok(Rejection {
        by: by.to_owned(),
        at,
        reason: reason.to_owned(),
    })
}

/// The decisions about one referral that had been made at a moment.
#[derive(Debug, Default)]
pub(super) struct Decided<'a> {
    pub(super) releases: Vec<&'a Release>,
    pub(super) rejection: Option<&'a Rejection>,
}

impl<'a> Decided<'a> {
    pub(super) fn until(decisions: Option<&'a Vec<Decision>>, now: Timestamp) -> Self {
        let mut decided = Self::default();
        for decision in decisions.into_iter().flatten() {
            match decision {
                Decision::Release(it) if it.at <= now => decided.releases.push(it),
                Decision::Rejection(it) if it.at <= now => {
                    decided.rejection = decided.rejection.or(Some(it));
                }
                _ => {}
            }
        }
        decided
    }

    /// All that was released.
    pub(super) fn released(&self) -> Rewards<Grant> {
        let sum = |sum: Rewards<Grant>, it: &&Release| sum.with(it.rewards, Grant::plus);
        self.releases.iter().fold(Rewards::default(), sum)
    }
}
