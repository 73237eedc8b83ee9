//! Events from outside: an incoming item becomes an event, or a refusal that says which field broke
//! which rule. Nothing is cut, guessed or corrected, except that an alias is replaced by the
//! event's name, a moment of a clock that is off by what our clock shows, that beside a user agent
//! stands what it is, and that one that contains an e-mail address is withheld.
//!
//! An item is judged by itself, from its own text, so that one bad item leaves its batch alone.

mod acts;
mod agent;
mod cells;
mod idempotency;
mod item;
mod kept_months;
mod limits;
mod personal;
mod pseudonym;
pub mod reason;
mod registry;
mod remains;
mod seed;
mod traits;
mod window;

pub use acts::Acts;
pub use agent::{agent_of, note_agent};
pub use cells::{Cells, Columns, Fields, Holds};
pub use idempotency::{body_hash, forget_on, message_key, refused_digest};
pub use item::{
    Captured, ITEM, MAX_ITEM_BYTES, MAX_MESSAGE_ID_CHARS, Rejected, accept, check_message_id,
};
pub use kept_months::KeptMonths;
pub(crate) use limits::check_property;
pub use limits::{
    MAX_DEPTH, MAX_KEY_CHARS, MAX_KEYS, MAX_PROPERTIES_BYTES, MAX_TEXT_CHARS, NUMBER_LIMIT,
    check_properties,
};
pub use pseudonym::pseudonym;
pub use registry::{
    EventSchema, MAX_ALIASES, MAX_EVENTS, MAX_NAME_CHARS, PropertySchema, PropertyType,
    RESERVED_NAMES, Registry, is_name,
};
pub use remains::{Remains, remains};
pub use seed::{INTENTS, seed_registry};
pub(crate) use traits::trait_range;
pub use traits::{
    AD_CONSENT, LOCALE, MAX_COMPANY_SIZE, MAX_PERSONAL_CHARS, PERSONAL_TRAITS, PUBLIC_TRAITS,
    SEGMENTS, Traits, split_traits,
};
pub use window::{
    HISTORY_YEARS, MAX_AGE_SECS, MAX_AHEAD_SECS, MAX_SKEW_SECS, Window, oldest_history,
};
