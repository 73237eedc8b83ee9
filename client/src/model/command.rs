//! What somebody may want done, and what it comes to.
//!
//! A command holds what the caller decides; what follows from accounts is looked up. Who signs and
//! which accounts were handed in is the business of [`instruction`](super::instruction).

mod points;

pub use points::{Award, Redeem};

use super::{Moment, State, Verdict};
use crate::decode::Event;

/// Something that somebody wants done.
pub trait Command {
    /// The event that it comes to, as far as it can be decided, and the rules that it was held
    /// against; with a broken one the program refuses. Changes nothing.
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event>;
}
