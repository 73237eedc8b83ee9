//! Why a use case did not do what it was asked.

use tessera_domain::{access::Scope, projection::BrokenState, refusal::Refusal};
use tessera_store::{Key, StoreError};

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Why nothing was done. All but the last three are for the caller to act on; what was written
/// before is the transaction's to roll back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields break their rules.
    #[error("{}", shown(.0))]
    Refused(Vec<Refusal>),
    /// The caller lacks a scope.
    #[error("this takes the scope `{}`, which the caller does not have", .0.as_str())]
    Forbidden(Scope),
    /// The caller may not do this, for a reason other than a scope.
    #[error("{0}")]
    Denied(String),
    /// The organisation has no such thing.
    #[error("there is no {resource} {id}")]
    NotFound {
        /// Kind of thing.
        resource: &'static str,
        /// Its id as it was given, or where it was looked for: `at <address>`.
        id: String,
    },
    /// What was asked contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// Identifiers that are stated to be one person's belong to two identified people.
    #[error("these identifiers belong to two people; an administrator can merge them")]
    TwoPeople,
    /// The caller asks too often.
    #[error("too many requests; try again in {retry_after_secs} s")]
    TooManyRequests {
        /// Seconds until it makes sense to ask again.
        retry_after_secs: u64,
    },
    /// As much is going on as this process takes.
    #[error("this server is at capacity; try again in {retry_after_secs} s")]
    Busy {
        /// Seconds until it makes sense to ask again.
        retry_after_secs: u64,
    },
    /// A day's quota is used up.
    #[error(
        "today's quota of the {quota} is used up; it begins again at midnight UTC, in {retry_after_secs} s"
    )]
    QuotaUsedUp {
        /// Whose: `organisation` or `key`.
        quota: &'static str,
        /// Seconds until the next UTC day.
        retry_after_secs: u64,
    },
    /// The database failed, or refused because of another transaction.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mirror holds a receipt that this version does not know.
    #[error("cannot decode receipt {seq} of account {account}")]
    Receipt {
        /// The account.
        account: Key,
        /// The receipt's number.
        seq: i64,
    },
    /// What is kept of a person cannot be read.
    #[error(transparent)]
    BrokenState(#[from] BrokenState),
    /// What should always succeed did not, for a fault of ours or because a stored row was edited.
    #[error("cannot {0}")]
    Internal(&'static str),
}

impl Error {
    /// The refusal of a single field.
    pub fn refused(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Refused(vec![Refusal::new(field, rule)])
    }

    /// The refusal of what the organisation does not have.
    pub fn not_found(resource: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            resource,
            id: id.to_string(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

fn shown(refusals: &[Refusal]) -> String {
    let all: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    all.join("; ")
}

/// Refuses all fields that break a rule together.
pub(crate) fn unless_refused(refusals: Vec<Refusal>) -> Result<()> {
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(refusals))
    }
}
