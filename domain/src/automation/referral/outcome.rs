//! What a campaign says of a referral at a moment: its state with its reason, what is due, and what
//! shows it.

use super::{
    campaign::Cap,
    check::{CheckName, Finding},
    decision::State,
    qualify::Progress,
    reward::{Grant, Rewards},
};
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// A referral at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Referral {
    /// Who referred.
    pub referrer: String,
    /// Who was referred.
    pub referred: String,
    /// When the referred registered; null when the facts no longer say so of what was released.
    pub registered_at: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// How far it is on its way.
    pub progress: Progress,
    /// When it qualified, by the facts of now; when it was released, by those of then.
    pub qualified_at: Option<Timestamp>,
    /// Whether the facts of now say that it qualifies.
    pub qualifies: bool,
    /// The first referral of the tier that it is in.
    pub tier: Option<u32>,
    /// What can be released: earned, within the caps, and not released before.
    pub due: Rewards<Grant>,
    /// What was released.
    pub released: Rewards<Grant>,
    /// What was released and is no longer earned, a claim for people to pursue. It stays spent.
    pub clawback: Rewards<Grant>,
    /// What made the rewards less than the tier says.
    pub capped_by: BTreeSet<Cap>,
    /// What each check of the campaign found.
    pub findings: Vec<Finding>,
    /// The checks that hold it back, or would if it were not decided.
    pub held_by: Vec<CheckName>,
}

/// Why a referral is in its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Pending: something that the campaign asks for is missing.
    Unmet {
        /// The first moment at which it is too late.
        until: Timestamp,
    },
    /// Qualified: all was met.
    Met,
    /// Held: what these checks found together holds it back.
    Suspicious {
        /// The checks.
        checks: Vec<CheckName>,
    },
    /// Released by a human.
    Released {
        /// Who decided last.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Rejected by a human.
    Rejected {
        /// Who decided.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// Rejected: the referrer had not registered.
    UnknownReferrer,
    /// Rejected: the referrer had not been registered for long enough.
    TooNew {
        /// From when on it may refer.
        may_since: Timestamp,
    },
    /// Rejected: the referrer was not in the segment.
    OutsideSegment {
        /// Which.
        segment: String,
    },
    /// Expired: not all was met in time.
    Late {
        /// When the time was over.
        since: Timestamp,
    },
}
