//! What can be known of a lead's company without asking anybody: from the domain of an e-mail address, and
//! from the page and the response headers of its site, which others have fetched.
//!
//! Whatever comes from outside is read to the end within bounds, and nothing in it is an error: what cannot
//! be read is not there. Only the company is looked at. Names of people, e-mail addresses and telephone
//! numbers that stand on a page are left where they are.
//!
//! Each fact has its source, and through it a legal basis, a rank, and a time after which it is no longer
//! used.

mod fact;
mod gather;
mod mail_domain;
mod mail_hosts;
mod merge;
mod page;
mod policy;
mod technology;

pub use fact::{Attribute, Fact, MAX_VALUE_CHARS};
pub use gather::{facts_of_mail, facts_of_site};
pub use mail_domain::{MailDomain, MailKind, mail_domain};
pub use merge::merge;
pub use page::{MAX_PAGE_BYTES, MAX_TEXT_CHARS, Network, Organisation, Page, Profile, profile_of};
pub use policy::{
    LegalBasis, MAX_RANK, MAX_TTL_DAYS, Source, SourcePolicies, SourcePolicy, standard_policies,
};
pub use technology::{Evidence, MAX_HEADER_CHARS, MAX_HEADERS, Technology, technologies};
