//! Webhooks by the Standard Webhooks specification: which events there are, where they may be sent,
//! how they are signed, and when they are sent again.

mod address;
mod event_type;
mod retry;
mod secret;
mod url;

pub use self::url::{MAX_URL_CHARS, endpoint_url};
pub use address::{Reach, is_public};
pub use event_type::{
    CATALOGUE, DEAL_MOVED, EXPERIMENT_DECIDED, EventType, LEAD_ASSIGNED, Occurred, TASK_ESCALATED,
};
pub use retry::{
    MAX_ATTEMPTS, Verdict, endpoint_pause, excerpt, pause, retry_after, whole_schedule,
};
pub use secret::{SECRET_BYTES, WebhookSecret};
