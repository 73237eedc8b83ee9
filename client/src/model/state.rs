//! All accounts of the program, as the rules make them.

use super::{
    Moment,
    rules::{Balance, LedgerState, PoolState, PositionState, References},
};
use crate::receipts::ReceiptState;
use std::collections::{HashMap, HashSet};
use tessera_types::{
    Address,
    accounts::{
        Authority, Campaign, Claim, Code, Config, Invoice, Issuer, Member, NullifierPage, Org,
        Plan, Subscription,
    },
    events::Receipt,
};

/// What the accounts must hold, by address; fields that no receipt states are zero.
#[derive(Clone, Default)]
pub struct State {
    pub(crate) config: Option<Config>,
    pub(crate) orgs: HashMap<Address, Org>,
    pub(crate) plans: HashMap<Address, Plan>,
    pub(crate) issuers: HashMap<Address, Numbered<Issuer>>,
    pub(crate) codes: HashMap<Address, Code>,
    pub(crate) members: HashMap<Address, MemberState>,
    pub(crate) subscriptions: HashMap<Address, Agreement>,
    pub(crate) invoices: HashMap<Address, Invoice>,
    pub(crate) ledgers: HashMap<Address, LedgerState>,
    pub(crate) authorities: HashMap<Address, Authority>,
    pub(crate) campaigns: HashMap<Address, Campaign>,
    pub(crate) pages: HashMap<Address, NullifierPage>,
    pub(crate) claims: HashMap<Address, Claim>,
    pub(crate) pools: HashMap<Address, PoolState>,
    pub(crate) positions: HashMap<Address, PositionState>,
    /// The plans that created the open vaults, by vault.
    pub(crate) vaults: HashMap<Address, Address>,
    /// Orgs that closed: they can never be created again.
    pub(crate) closed_orgs: HashSet<Address>,
    /// Orgs of plans and campaigns that closed: subscriptions, invoices and claims outlive them.
    pub(crate) orgs_of_closed: HashMap<Address, Address>,
    /// Mints whose permanent delegate a plan consented to, closed plans included: the issuer may
    /// have used that consent at any time.
    pub(crate) consents: HashSet<Address>,
    /// The number and the hash of each open account's receipts.
    pub(crate) chains: HashMap<Address, ReceiptState>,
    /// Who paid for the accounts that instructions created; receipts do not say it.
    pub(crate) rent_payers: HashMap<Address, Address>,
    /// The authority of a token account, derived once for each that is open.
    pub(crate) delegates: HashMap<Address, Address>,
}

/// An account whose receipts bring numbers that count once.
#[derive(Clone)]
pub(crate) struct Numbered<T> {
    pub(crate) account: T,
    pub(crate) references: References,
}

/// A member; the model counts its points outside the account.
#[derive(Clone)]
pub(crate) struct MemberState {
    /// The member's wallet, org and referrers.
    pub(crate) account: Member,
    pub(crate) balance: Balance,
    pub(crate) references: References,
}

/// A subscription, and the member account of its wallet.
#[derive(Clone, Copy)]
pub(crate) struct Agreement {
    pub(crate) account: Subscription,
    pub(crate) member: Address,
}

impl State {
    /// The next receipt of an account, or the first of a new life if the account is not open.
    pub(crate) fn receipt(&self, account: Address, moment: Moment) -> Receipt {
        let (life, seq) = match self.chains.get(&account) {
            Some(chain) => (chain.life, chain.seq + 1),
            None => (moment.slot, 1),
        };
        Receipt {
            account,
            life,
            seq,
            at: moment.now,
        }
    }

    /// Whether an account of the program stands there. An authority has no receipt before its last,
    /// and a closed org leaves its header.
    pub(crate) fn exists(&self, address: &Address) -> bool {
        self.chains.contains_key(address)
            || self.authorities.contains_key(address)
            || self.closed_orgs.contains(address)
    }

    /// The org of a plan, open or closed.
    pub(crate) fn org_of_plan(&self, plan: &Address) -> Option<Address> {
        let open = self.plans.get(plan).map(|it| it.org);
        open.or_else(|| self.orgs_of_closed.get(plan).copied())
    }

    /// The org of a campaign, open or closed.
    pub(crate) fn org_of_campaign(&self, campaign: &Address) -> Option<Address> {
        let open = self.campaigns.get(campaign).map(|it| it.org);
        open.or_else(|| self.orgs_of_closed.get(campaign).copied())
    }

    /// The config, if that is what stands there.
    pub(crate) fn config_at(&self, address: &Address) -> Option<&Config> {
        let config = self.config.as_ref();
        config.filter(|_| *address == crate::address::config())
    }

    /// The life of an open account: the slot of its creation.
    pub(crate) fn life(&self, account: &Address) -> Option<u64> {
        self.chains.get(account).map(|chain| chain.life)
    }

    /// How many receipts an open account has in its life.
    pub(crate) fn seq(&self, account: &Address) -> Option<u64> {
        self.chains.get(account).map(|chain| chain.seq)
    }

    /// The authority of a token account; none if it is not open.
    pub(crate) fn authority(&self, token_account: &Address) -> Option<&Authority> {
        self.authorities.get(&self.delegate_of(token_account))
    }

    /// The address of a token account's authority.
    pub(crate) fn delegate_of(&self, token_account: &Address) -> Address {
        let derive = || crate::address::authority(token_account);
        let known = self.delegates.get(token_account).copied();
        known.unwrap_or_else(derive)
    }

    /// The address of a token account's authority, which is derived once.
    pub(crate) fn delegate(&mut self, token_account: Address) -> Address {
        *self
            .delegates
            .entry(token_account)
            .or_insert_with(|| crate::address::authority(&token_account))
    }
}
