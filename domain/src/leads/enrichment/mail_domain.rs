//! The domain of an e-mail address, and whether it is a company's.

use super::mail_hosts::{DISPOSABLE, OURS};
use crate::{
    people::{Identifier, IdentifierKind},
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, iter};

/// What kind of mailbox an address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// At a domain of its own, for all that is known: a company's, or a person's.
    Own,
    /// At a provider that gives anybody a mailbox.
    Free,
    /// At a service that passes mail on and hides the mailbox.
    Relay,
    /// At a service whose mailboxes are thrown away after use.
    Disposable,
}

impl MailKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Own, Self::Free, Self::Relay, Self::Disposable];

    /// The kind's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Free => "free",
            Self::Relay => "relay",
            Self::Disposable => "disposable",
        }
    }
}

/// The domain of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailDomain {
    /// The registered domain, by the public suffix list: `example.co.uk` of
    /// `mail.example.co.uk`.
    pub domain: String,
    /// What kind of mailbox it has.
    pub kind: MailKind,
}

/// The domain of an e-mail address.
///
/// # Errors
/// When it is no address, or its domain lies under no public suffix that is known.
pub fn mail_domain(address: &str) -> Result<MailDomain, Refusal> {
    let refuse = |rule: &str| Refusal::new("email", rule);
    let address = Identifier::parse(IdentifierKind::Email, address)
        .map_err(|rule| refuse(&rule.to_string()))?;
    let (_, host) = address.value().split_once('@').unwrap_or_default();
    let domain = psl::domain(host.as_bytes())
        .filter(|it| it.suffix().is_known())
        .and_then(|it| str::from_utf8(it.as_bytes()).ok());
    let Some(domain) = domain else {
        return Err(refuse("must be at a domain under a public suffix"));
    };
    Ok(MailDomain {
        domain: domain.to_owned(),
        kind: kind(host, domain),
    })
}

/// By the host itself or a domain that it is in, down to the registered one.
fn kind(host: &str, registered: &str) -> MailKind {
    let names: Vec<&str> = iter::successors(Some(host), |it| {
        let (_, parent) = it.split_once('.').filter(|_| *it != registered)?;
        Some(parent)
    })
    .collect();
    let is_in = |list: &BTreeSet<String>| names.iter().any(|it| list.contains(*it));
    // What is kept by hand goes first: relays stand in many lists of disposable hosts.
    if is_in(&OURS.relays) {
        MailKind::Relay
    } else if is_in(&OURS.free) {
        MailKind::Free
    } else if is_in(&DISPOSABLE.hosts) {
        MailKind::Disposable
    } else {
        MailKind::Own
    }
}
