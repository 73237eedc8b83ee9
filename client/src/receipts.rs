//! Receipt chains: whoever holds an account's events proves against the account that none is
//! missing, added, moved or edited. `head = sha256(head || event bytes)`, from 32 zero bytes.

use crate::decode::{DecodeError, Event};
use sha2::{Digest, Sha256};
use tessera_types::{
    Address,
    accounts::{Ledger, Member, Subscription},
};

/// What an account says of its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReceiptState {
    /// Number of receipts.
    pub seq: u64,
    /// Hash over all of them.
    pub head: [u8; 32],
}

/// An account that carries a receipt chain.
pub trait Receipted {
    /// What the account says of its receipts.
    fn receipts(&self) -> ReceiptState;
}

macro_rules! receipted {
    ($($account:ident),*) => {$(
        impl Receipted for $account {
            fn receipts(&self) -> ReceiptState {
                ReceiptState { seq: self.receipt_seq, head: self.receipt_head }
            }
        }
    )*};
}
receipted!(Member, Subscription, Ledger);

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A receipt is missing, doubled or out of order.
    #[error("expected receipt {expected}, found {found}")]
    Gap {
        /// The seq that should follow.
        expected: u64,
        /// The seq that does.
        found: u64,
    },
    /// An event of another account stands in the chain.
    #[error("receipt {seq} belongs to {account}")]
    ForeignAccount {
        /// The seq that should follow.
        seq: u64,
        /// Whose event it is.
        account: Address,
    },
    /// The account counts more or fewer receipts than there are events.
    #[error("the account has {expected} receipts, the events end at {found}")]
    WrongEnd {
        /// The account's seq.
        expected: u64,
        /// The last event's seq.
        found: u64,
    },
    /// All receipts are there, but at least one was edited.
    #[error("the events up to receipt {seq} do not hash to the account's head")]
    WrongHead {
        /// The last seq.
        seq: u64,
    },
    /// An event cannot be read.
    #[error("receipt {seq} cannot be decoded")]
    Undecodable {
        /// The seq that should follow.
        seq: u64,
        /// Why.
        source: DecodeError,
    },
}

impl ReceiptError {
    /// The first receipt that is known to be wrong.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Gap { expected, .. } => *expected,
            Self::WrongEnd { expected, found } => (*expected).min(*found) + 1,
            Self::ForeignAccount { seq, .. }
            | Self::WrongHead { seq }
            | Self::Undecodable { seq, .. } => *seq,
        }
    }
}

impl ReceiptState {
    /// Appends the next event of `account`, as logged.
    ///
    /// # Errors
    /// [`ReceiptError`] when it is not the next one or cannot be read.
    pub fn append(&mut self, account: &Address, raw: &[u8]) -> Result<Event, ReceiptError> {
        let expected = self.seq + 1;
        let event = Event::decode(raw).map_err(|source| ReceiptError::Undecodable {
            seq: expected,
            source,
        })?;
        let receipt = event.receipt();
        if receipt.account != *account {
            return Err(ReceiptError::ForeignAccount {
                seq: expected,
                account: receipt.account,
            });
        }
        if receipt.seq != expected {
            return Err(ReceiptError::Gap {
                expected,
                found: receipt.seq,
            });
        }
        self.seq = expected;
        self.head = Sha256::new()
            .chain_update(self.head)
            .chain_update(raw)
            .finalize()
            .into();
        Ok(event)
    }
}

/// Checks that `events`, in order and as logged, are exactly the receipts of `account`.
///
/// # Errors
/// [`ReceiptError`] naming the first receipt that is wrong.
pub fn verify<'a>(
    account: &Address,
    claimed: ReceiptState,
    events: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), ReceiptError> {
    let mut chain = ReceiptState::default();
    for raw in events {
        chain.append(account, raw)?;
    }
    if chain.seq != claimed.seq {
        return Err(ReceiptError::WrongEnd {
            expected: claimed.seq,
            found: chain.seq,
        });
    }
    if chain.head != claimed.head {
        return Err(ReceiptError::WrongHead { seq: chain.seq });
    }
    Ok(())
}
