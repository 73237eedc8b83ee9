//! Events into the event log, and everything that moves with them.

mod accept;
mod dead_letters;
mod event_log;
pub mod import;
mod ingest;
mod occur;
mod quota;
mod record;
mod referral_link;
pub mod registries;

pub use accept::{Accepted, Verdict, accept_batch};
pub use dead_letters::DeadLetters;
pub(crate) use event_log::tend;
pub use ingest::{EventBatch, Item, Outcome, ingest};
pub(crate) use occur::{Occurred, occur};
pub use quota::{QuotaLimits, Quotas, correct_quotas, count_against_quotas};
pub use record::{Occurrence, record};
pub use referral_link::click;
