//! Receipt chains: anyone can prove from an account and its events that none is missing, added,
//! moved or edited. `head = sha256(head || event bytes)`, from 32 zero bytes.

use crate::decode::{DecodeError, Event};
use sha2::{Digest, Sha256};
use tessera_types::{Address, accounts::Header};

/// What an account states about its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "checkpoint",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub struct ReceiptState {
    /// Slot of the account's creation: receipts with another slot belong to another life.
    pub life: u64,
    /// Number of receipts.
    pub seq: u64,
    /// Hash over all of them.
    pub head: [u8; 32],
}

impl From<&Header> for ReceiptState {
    fn from(header: &Header) -> Self {
        Self {
            life: header.life,
            seq: header.receipt_seq,
            head: header.receipt_head,
        }
    }
}

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A receipt is missing, doubled or out of order.
    #[error("expected receipt {expected}, found {found}")]
    Gap {
        /// The seq that should follow.
        expected: u64,
        /// The seq that follows.
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
    /// An event of an earlier or later life of the address stands in the chain.
    #[error("receipt {seq} is of life {found}, the account of life {expected}")]
    OtherLife {
        /// The seq that should follow.
        seq: u64,
        /// The account's life.
        expected: u64,
        /// The event's life.
        found: u64,
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
    /// The account counts no receipt, so nothing proves it.
    #[error("no receipt proves this account")]
    NoReceipt,
    /// An event cannot be read.
    #[error("receipt {seq} cannot be decoded")]
    Undecodable {
        /// The seq that should follow.
        seq: u64,
        /// The decoding error.
        source: DecodeError,
    },
}

impl ReceiptError {
    /// The number of the first receipt that is known to be wrong.
    pub fn seq(&self) -> u64 {
        match self {
            Self::NoReceipt => 1,
            Self::Gap { expected, .. } => *expected,
            Self::WrongEnd { expected, found } => (*expected).min(*found) + 1,
            Self::ForeignAccount { seq, .. }
            | Self::OtherLife { seq, .. }
            | Self::WrongHead { seq }
            | Self::Undecodable { seq, .. } => *seq,
        }
    }
}

impl ReceiptState {
    /// The state of a new life, without a receipt.
    pub fn new(life: u64) -> Self {
        Self {
            life,
            ..Self::default()
        }
    }

    /// Appends the next event of `account`, as carried.
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
        if receipt.life != self.life {
            return Err(ReceiptError::OtherLife {
                seq: expected,
                expected: self.life,
                found: receipt.life,
            });
        }
        if receipt.seq != expected {
            return Err(ReceiptError::Gap {
                expected,
                found: receipt.seq,
            });
        }
        self.push(raw);
        Ok(event)
    }

    /// Appends an event that was checked.
    pub(crate) fn push(&mut self, raw: &[u8]) {
        self.seq += 1;
        self.head = Sha256::new()
            .chain_update(self.head)
            .chain_update(raw)
            .finalize()
            .into();
    }
}

/// Checks that among `found`, receipts as carried and in any order, are exactly those that the
/// account counts. Receipts of another life, or later than the account was read, are ignored.
///
/// # Errors
/// [`ReceiptError`] naming the first receipt that is wrong, and when the account counts none.
pub fn prove(
    account: &Address,
    header: &Header,
    found: impl IntoIterator<Item = Vec<u8>>,
) -> Result<(), ReceiptError> {
    let claimed = ReceiptState::from(header);
    if claimed.seq == 0 {
        return Err(ReceiptError::NoReceipt);
    }
    let mut counted: Vec<(u64, Vec<u8>)> = found
        .into_iter()
        .filter_map(|raw| {
            let receipt = *Event::decode(&raw).ok()?.receipt();
            let counts = receipt.account == *account
                && receipt.life == claimed.life
                && receipt.seq <= claimed.seq;
            counts.then_some((receipt.seq, raw))
        })
        .collect();
    // A receipt that a node lists twice is the same to the byte.
    counted.sort();
    counted.dedup();
    verify(account, claimed, counted.iter().map(|(_, raw)| &raw[..]))
}

/// Checks that `events`, in order and as carried, are exactly the receipts of `account`.
///
/// # Errors
/// [`ReceiptError`] naming the first receipt that is wrong.
pub fn verify<'a>(
    account: &Address,
    claimed: ReceiptState,
    events: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), ReceiptError> {
    let mut chain = ReceiptState::new(claimed.life);
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::{Zeroable, bytes_of};
    use tessera_types::events::{EventType, LedgerOpened, Receipt};

    const ACCOUNT: Address = Address::new_from_array([7; 32]);
    const LIFE: u64 = 40;

    fn event(life: u64, seq: u64) -> Vec<u8> {
        let event = LedgerOpened {
            receipt: Receipt {
                account: ACCOUNT,
                life,
                seq,
                at: 5,
            },
            ..LedgerOpened::zeroed()
        };
        [&LedgerOpened::DISCRIMINATOR, bytes_of(&event)].concat()
    }

    /// An account that counts the first `seq` of these events.
    fn header(seq: u64) -> Header {
        let mut state = ReceiptState::new(LIFE);
        for seq in 1..=seq {
            state
                .append(&ACCOUNT, &event(LIFE, seq))
                .expect("the next one");
        }
        Header {
            receipt_seq: state.seq,
            receipt_head: state.head,
            ..Header::new(255, LIFE, ACCOUNT)
        }
    }

    #[test]
    fn an_account_without_receipts_is_not_proven() {
        let claimed = Header::new(255, LIFE, ACCOUNT);
        assert_eq!(prove(&ACCOUNT, &claimed, []), Err(ReceiptError::NoReceipt));
        let found = [event(LIFE, 1)];
        assert_eq!(
            prove(&ACCOUNT, &claimed, found),
            Err(ReceiptError::NoReceipt)
        );
    }

    #[test]
    fn what_is_missing_or_edited_is_named() {
        let expected = ReceiptError::Gap {
            expected: 2,
            found: 3,
        };
        let found = [event(LIFE, 1), event(LIFE, 3)];
        assert_eq!(prove(&ACCOUNT, &header(3), found), Err(expected));
        let expected = ReceiptError::WrongEnd {
            expected: 3,
            found: 2,
        };
        let found = [event(LIFE, 1), event(LIFE, 2)];
        assert_eq!(prove(&ACCOUNT, &header(3), found), Err(expected));
        let mut edited = event(LIFE, 2);
        edited[100] ^= 1;
        let expected = ReceiptError::WrongHead { seq: 2 };
        let found = [event(LIFE, 1), edited];
        assert_eq!(prove(&ACCOUNT, &header(2), found), Err(expected));
    }

    #[test]
    fn receipts_are_refused_from_another_life_or_account() {
        let mut state = ReceiptState::new(LIFE);
        let expected = ReceiptError::OtherLife {
            seq: 1,
            expected: LIFE,
            found: LIFE - 1,
        };
        let other = event(LIFE - 1, 1);
        assert_eq!(state.append(&ACCOUNT, &other), Err(expected));
        let expected = ReceiptError::ForeignAccount {
            seq: 1,
            account: ACCOUNT,
        };
        let stranger = Address::new_from_array([8; 32]);
        assert_eq!(state.append(&stranger, &event(LIFE, 1)), Err(expected));
    }

    #[test]
    fn receipts_are_proven_in_any_order_beside_earlier_lives_and_later_ones() {
        let found = [
            event(LIFE, 3),
            event(LIFE, 2),
            event(LIFE - 1, 1),
            event(LIFE, 1),
        ];
        assert_eq!(prove(&ACCOUNT, &header(2), found), Ok(()));
    }
}
