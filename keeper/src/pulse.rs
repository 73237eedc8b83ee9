//! The state of the network and the purse when a round begins, read in one call.

use crate::{
    config::Versions,
    error::{KeeperError, Result},
    node::{Accounts, Node},
    pack::{Format, Limits},
};
use solana_sdk_ids::{feature, sysvar::clock};
use tessera_client::types::Address;

/// Version 1 transactions: SIMD-0385.
const VERSION_1: Address = Address::from_str_const("txv1aq4pp281K9um3tnPgkfX8UqtFT6wcVW3hNezGLL");
/// 128 accounts instead of 64 in a transaction.
const MORE_LOCKS: Address = Address::from_str_const("9LZdXeKGeBV6hRLdxS1rHbHoEUsKqesCC2ZAPTPKJAbK");

/// Rent of a byte of an account, lamports, and the number of bytes that count on top of its data.
pub(crate) const BYTE: u64 = 6_960;
pub(crate) const HEADER: u64 = 128;
/// The least balance of an account without data, unless it is empty, lamports.
const RENT: u64 = BYTE * HEADER;
/// Fee of a signature, lamports.
pub(crate) const SIGNATURE_FEE: u64 = 5_000;

/// A moment of the network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pulse {
    /// The network's clock, Unix seconds.
    pub(crate) now: i64,
    /// The keeper's balance.
    pub(crate) lamports: u64,
    /// Whether version 1 transactions are taken.
    version_1: bool,
    locks: usize,
}

impl Pulse {
    pub(crate) async fn feel(node: &Node, keeper: &Address) -> Result<Self> {
        let accounts = node
            .accounts(&[clock::ID, *keeper, VERSION_1, MORE_LOCKS])
            .await?;
        let now = accounts
            .get(&clock::ID)
            .and_then(|it| it.data.get(32..40)?.try_into().ok())
            .map(i64::from_le_bytes)
            .ok_or(KeeperError::Clock)?;
        Ok(Self {
            now,
            lamports: accounts.get(keeper).map_or(0, |it| it.lamports),
            version_1: is_active(&accounts, &VERSION_1),
            locks: match is_active(&accounts, &MORE_LOCKS) {
                true => 128,
                false => 64,
            },
        })
    }

    /// What the keeper can spend, lamports.
    pub(crate) fn purse(&self) -> u64 {
        self.lamports.saturating_sub(RENT)
    }

    /// The most transactions that the purse can pay for, at no priority fee.
    pub(crate) fn affordable(&self) -> usize {
        let transactions = self.purse() / SIGNATURE_FEE;
        usize::try_from(transactions).unwrap_or(usize::MAX)
    }

    /// The limits of a transaction. Version 0 with tables holds more than version 1 where the
    /// network locks more than the 64 accounts that version 1 can name.
    pub(crate) fn limits(&self, versions: Versions, tables: usize) -> Limits {
        let further = self.locks > 64 && tables > 0;
        let format = match versions {
            Versions::One => Format::One,
            Versions::Auto if self.version_1 && !further => Format::One,
            Versions::Auto | Versions::Zero => Format::Zero,
        };
        Limits::new(format, self.locks)
    }
}

/// Whether a feature is active: its account then holds the slot of its activation.
fn is_active(accounts: &Accounts, gate: &Address) -> bool {
    accounts
        .get(gate)
        .is_some_and(|it| it.owner == feature::ID && it.data.first() == Some(&1))
}
