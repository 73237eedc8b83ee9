//! Who is held out of a journey, so that what it does can be known.
//!
//! Law: a person is held out of all runs in a journey or of none, by the draw that splits go by; so people are
//! compared, and not runs, of which some people have many. Who is held out at a share is held out at each larger
//! one.

use super::{
    definition::{Journey, run_id},
    entry::Entry,
    walk::draw_bps,
};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most who are held out, in ten-thousandths.
pub const MAX_HOLDOUT_BPS: u16 = 5_000;
/// Where the draw happens: before all nodes, of which none has such a name.
const BEFORE_ALL: &str = "";

/// Those who enter and are left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// How many, in ten-thousandths of those who enter.
    pub holdout_bps: u16,
}

impl Journey {
    /// Whether a person is held out of the journey, whose name this is.
    pub fn holds_out(&self, name: &str, person: Uuid) -> bool {
        let drawn = || draw_bps(run_id(name, person, ""), BEFORE_ALL);
        self.holdout.is_some_and(|it| drawn() < it.holdout_bps)
    }

    /// Refuses shares that compare nothing, and journeys that retain and of which nobody could know whether they
    /// do.
    pub(super) fn check_holdout(&self) -> Result<(), Refusal> {
        match (self.holdout, &self.entry) {
            (Some(Holdout { holdout_bps }), _) => {
                let field = "holdout.holdout_bps";
                Refusal::unless_number(field, holdout_bps, 1..=MAX_HOLDOUT_BPS)
            }
            (None, Entry::Subscription(_)) => {
                let rule = "must be there, since the journey begins at a moment of a subscription";
                Err(Refusal::new("holdout", rule))
            }
            (None, _) => Ok(()),
        }
    }
}
