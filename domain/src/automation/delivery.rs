//! Delivery: when a message may go, when it is tried again, and what an answer of a mail server means.
//!
//! Law: everything follows from the policy, the answers and the moments that are handed in, so that what
//! became of a message can be computed again.

mod domain_rates;
mod links;
mod policy;
mod reason;
mod retry;
mod token;
mod verdict;

pub use domain_rates::{DomainRates, MAX_DOMAINS, MAX_PER_HOUR};
pub use links::{lead_through, with_end};
pub use policy::{Cap, DeliveryPolicy, MAX_CAP_DAYS, MAX_CAPS, MAX_PER_CAP, QuietHours, WarmUp};
pub use reason::Reason;
pub use retry::{RETRY_DAYS, STALE_DAYS, is_stale, retry_at};
pub use token::MessageToken;
pub use verdict::names_no_mailbox;
