//! How values look in JSON: keys and signatures in base58, other bytes in hexadecimal, the
//! program's u64 values and all sums as decimal strings; times, slots, positions and counts as
//! integers. A chosen time that is too far away to be an exact number is null: never.

mod amount;
mod base58;
mod calendar;
pub(crate) mod choice;
mod code;
mod domain_name;
mod exchange;
mod given;
mod header;
mod id;
mod key;
mod listing;
mod moment;
mod money;
mod name;
mod origin;
mod rule_set;
mod schedule;
mod secret;
mod shown;
mod slug;

pub(crate) use amount::{MintAmount, Sum, U64, mint_amounts};
pub(crate) use calendar::{Day, Month};
pub(crate) use code::{OfferCode, ReferralCode};
pub(crate) use domain_name::DomainName;
pub(crate) use exchange::{Conversion, Rate};
pub(crate) use given::given;
pub(crate) use header::{Header, header};
pub(crate) use id::Id;
pub(crate) use key::{Hex, Key, Signature};
pub(crate) use listing::Listing;
pub(crate) use moment::{Moment, unless_never};
pub(crate) use money::{Currency, Money, plain_decimal};
pub(crate) use name::Name;
pub(crate) use origin::Origin;
pub(crate) use rule_set::{RuleSetBody, Version};
pub(crate) use schedule::{Schedule, schedule};
pub(crate) use secret::Secret;
pub(crate) use shown::{Finality, Shown};
pub(crate) use slug::{ExperimentKey, Slug};
