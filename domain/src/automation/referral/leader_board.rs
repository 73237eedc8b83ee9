//! Who has brought most: by referrals that qualified and that nothing holds back, then by who had them
//! first.
//!
//! Law: who does not want to be shown takes no place, so the ranks have no gap that shows it. Equals share
//! a rank, which says so, and the next one counts them.

use super::{decision::State, outcome::Referral};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// What the board reads of a referral.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// Who referred.
    pub referrer: String,
    /// Where it stands.
    pub state: State,
    /// When it qualified.
    pub qualified_at: Option<Timestamp>,
    /// Whether the facts of now say that it qualifies.
    pub qualifies: bool,
}

impl From<&Referral> for Standing {
    fn from(referral: &Referral) -> Self {
        Self {
            referrer: referral.referrer.clone(),
            state: referral.state,
            qualified_at: referral.qualified_at,
            qualifies: referral.qualifies,
        }
    }
}

/// A referrer on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// The rank, from 1.
    pub rank: usize,
    /// How many others share it.
    pub tied_with: usize,
    /// Who referred.
    pub referrer: String,
    /// Referrals that qualified.
    pub qualified: usize,
    /// When the last of them did.
    pub reached_at: Timestamp,
}

/// The board of a campaign's referrals, without those who opted out.
pub fn leader_board(referrals: &[Standing], opted_out: &BTreeSet<String>) -> Vec<Ranked> {
    let mut reached = BTreeMap::<&str, (usize, Timestamp)>::new();
    for referral in referrals {
        let counts = matches!(referral.state, State::Qualified | State::Released);
        if let Some(at) = referral.qualified_at
            && counts
            && referral.qualifies
            && !opted_out.contains(&referral.referrer)
        {
            let (count, last) = reached.entry(&referral.referrer).or_insert((0, at));
            *count += 1;
            *last = at.max(*last);
        }
    }
    let mut order: Vec<_> = reached
        .into_iter()
        .map(|(referrer, (count, at))| ((Reverse(count), at), referrer))
        .collect();
    order.sort_unstable();
    let mut board = Vec::with_capacity(order.len());
    for tied in order.chunk_by(|left, right| left.0 == right.0) {
        let rank = board.len() + 1;
        board.extend(tied.iter().map(|((count, at), referrer)| Ranked {
            rank,
            tied_with: tied.len() - 1,
            referrer: (*referrer).to_owned(),
            qualified: count.0,
            reached_at: *at,
        }));
    }
    board
}
