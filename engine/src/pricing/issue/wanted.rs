//! What a quote is wanted for, and for which customer.

use crate::{Actor, Caller, Error, Result, error::unless_refused};
use std::collections::BTreeSet;
use tessera_domain::{
    access::Scope,
    pricing::{Flag, Usage},
    refusal::Refusal,
};
use tessera_store::Key;

/// What a quote is wanted for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// A segment of the price book in force.
    pub segment: String,
    /// A plan of the Org, whose floor and ceiling bound the price.
    pub plan: Option<Key>,
    /// The wallet that the quote is for; a customer's own, unless given.
    pub wallet: Option<Key>,
    /// Units bought.
    pub quantity: u64,
    /// What the sales team has established.
    pub flags: BTreeSet<Flag>,
    /// Use of the segment's metered part in a month.
    pub usage: Option<Usage>,
    /// Code of an offer.
    pub offer: Option<String>,
    /// Seconds for which the price is promised, as far as offer and plan last.
    pub valid_secs: Option<u32>,
    /// Later periods that the transaction approves.
    pub periods: Option<u32>,
    /// Code of the member who referred the wallet.
    pub referral_code: Option<String>,
}

impl Wanted {
    /// The wallet that the quote is for, unless the caller may not have it.
    pub(super) fn customer(&self, caller: &Caller) -> Result<Option<Key>> {
        let own = match caller.actor {
            _ if caller.may(Scope::Sell) => return Ok(self.wallet),
            Actor::Key(_) => return Err(Error::Forbidden(Scope::Sell)),
            Actor::Wallet(own) => own,
        };
        let denied = |why: &str| Err(Error::Denied(why.to_owned()));
        if self.wallet.is_some_and(|wallet| wallet != own) {
            return denied("a customer gets quotes for the wallet that is signed in only");
        }
        if !self.flags.is_empty() || self.usage.is_some() {
            return denied("`flags` and `usage` are for the sales team to establish");
        }
        Ok(Some(own))
    }

    /// Whether the chain settles the quote.
    pub(super) fn is_for_chain(&self) -> bool {
        self.wallet.is_some() && self.plan.is_some()
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.is_for_chain() {
            return Ok(());
        }
        let refused = [
            ("periods", self.periods.is_some()),
            ("referral_code", self.referral_code.is_some()),
        ]
        .into_iter()
        .filter(|(_, given)| *given)
        .map(|(field, _)| Refusal::new(field, "must not be there without a wallet and a plan"));
        unless_refused(refused.collect())
    }
}
