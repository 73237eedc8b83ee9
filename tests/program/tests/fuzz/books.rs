//! The program's accounts as they stand, decoded.

use super::chain::{Met, Sent};
use solana_account::{AccountSharedData, ReadableAccount};
use solana_address::Address;
use std::collections::BTreeMap;
use tessera_client::{
    Account, decode,
    types::{
        ID,
        accounts::{
            Authority, Campaign, Claim, Code, Config, Invoice, Issuer, Ledger, Member,
            NullifierPage, Org, Plan, Position, StakePool, Subscription,
        },
    },
};

/// Every open account of the program.
#[derive(Clone, Default)]
pub(crate) struct Books {
    pub(crate) accounts: BTreeMap<Address, Account>,
}

/// A kind of account.
pub(crate) trait Kind: Sized {
    fn of(account: &Account) -> Option<&Self>;
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        $(impl Kind for $kind {
            fn of(account: &Account) -> Option<&Self> {
                match account {
                    Account::$kind(it) => Some(it),
                    _ => None,
                }
            }
        })*
    };
}

kinds! {
    Authority Campaign Claim Code Config Invoice Issuer Ledger Member NullifierPage Org Plan Position
    StakePool Subscription
}

impl Books {
    pub(crate) fn all<T: Kind>(&self) -> Vec<(Address, &T)> {
        let accounts = self.accounts.iter();
        accounts
            .filter_map(|(address, account)| Some((*address, T::of(account)?)))
            .collect()
    }

    /// The first that is as asked for; deriving an address takes longer than looking at all.
    pub(crate) fn find<T: Kind>(&self, is: impl Fn(&T) -> bool) -> Option<&T> {
        let mut all = self.accounts.values().filter_map(T::of);
        all.find(|it| is(it))
    }

    pub(crate) fn get<T: Kind>(&self, address: &Address) -> Option<&T> {
        T::of(self.accounts.get(address)?)
    }

    /// Takes over what a transaction changed.
    pub(crate) fn update(&mut self, sent: &Sent) {
        for met in sent.accounts.iter().filter(|met| met.is_changed()) {
            match decoded(met.after.as_ref()) {
                Some(account) => self.accounts.insert(met.address, account),
                None => self.accounts.remove(&met.address),
            };
        }
    }
}

impl Met {
    /// What it was, and what it has become.
    pub(crate) fn decoded(&self) -> (Option<Account>, Option<Account>) {
        (decoded(self.before.as_ref()), decoded(self.after.as_ref()))
    }
}

/// An open account of the program; what is left of a closed org is none.
pub(crate) fn decoded(account: Option<&AccountSharedData>) -> Option<Account> {
    let account = account.filter(|it| *it.owner() == ID && !decode::is_closed(it.data()))?;
    Some(Account::decode(account.data()).expect("the program writes what the client reads"))
}
