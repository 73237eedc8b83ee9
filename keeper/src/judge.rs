//! Decides what to do with a subscription, from the accounts that were read.
//!
//! The law here: what cannot succeed is not sent. The simulation finds what is not checked here,
//! such as an extension of Token-2022 or a discount of the member's tier.

#[cfg(test)]
mod tests;

use crate::{job::Task, node::Accounts};
use solana_program_pack::Pack;
use spl_token_interface::state::{Account as TokenAccount, AccountState};
use std::collections::HashMap;
use tessera_client::{
    address, decode, keeper,
    types::{
        Address, NO_ADDRESS,
        accounts::{Authority, Org, Plan, Subscription, SubscriptionState},
    },
};
use tessera_store::mirror::keeper::Candidate;

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This task can be done.
    Do(Task),
    /// Nothing can be done; the reason.
    Wait(&'static str),
    /// The mirror is behind: the subscription is no longer due, or under another plan.
    Behind,
}

/// A subscription and the accounts that decide on it.
pub(crate) struct Reading {
    pub(crate) subscription: Subscription,
    pub(crate) plan: Option<Plan>,
    org: Option<Org>,
    authority: Option<Authority>,
    token: Option<TokenAccount>,
}

/// The reason when a token account could pay, were it not for earlier charges.
const OTHERS_FIRST: &str = "another charge of its token account goes first";

/// The balance and approval that token accounts have left after the earlier charges.
pub(crate) type Purses = HashMap<Address, (u64, u64)>;

/// The accounts that decide on a candidate.
pub(crate) fn accounts(candidate: &Candidate) -> [Address; 5] {
    let payer_token = Address::from(candidate.payer_token.0);
    [
        Address::from(candidate.address.0),
        Address::from(candidate.plan.0),
        Address::from(candidate.org.0),
        address::authority(&payer_token),
        payer_token,
    ]
}

impl Reading {
    /// The accounts of a candidate; none when the subscription is closed.
    pub(crate) fn of(
        accounts: &Accounts,
        named: &[Address; 5],
        candidate: &Candidate,
    ) -> Option<Self> {
        let [subscription, plan, org, authority, token] = named;
        let data = |address: &Address| accounts.get(address).map(|it| it.data.as_slice());
        Some(Self {
            subscription: decode::account(data(subscription)?).ok()?,
            plan: data(plan).and_then(|data| decode::account(data).ok()),
            org: data(org).and_then(|data| decode::account(data).ok()),
            authority: data(authority).and_then(|data| decode::account(data).ok()),
            token: accounts
                .get(token)
                .filter(|it| it.owner.to_bytes() == candidate.token_program.0)
                .and_then(token_account),
        })
    }

    /// When something else can be done with it than at `now` (Unix seconds).
    pub(crate) fn changes_at(&self, now: i64) -> i64 {
        let lapses_at = self.subscription.lapses_at();
        let ends_at = self.plan.map_or(i64::MAX, |plan| plan.ends_at);
        [lapses_at, ends_at]
            .into_iter()
            .filter(|at| *at > now)
            .min()
            .unwrap_or(i64::MAX)
    }

    pub(crate) fn judge(&self, named: &[Address; 5], now: i64, purses: &mut Purses) -> Verdict {
        let it = &self.subscription;
        if !SubscriptionState::is_live(it.state)
            || it.next_due > now
            || keeper::plan(it) != named[1]
            || it.payer_token != named[4]
        {
            return Verdict::Behind;
        }
        let Some(plan) = self
            .plan
            .filter(|plan| it.is_collectable(plan.ends_at, now))
        else {
            return Verdict::Do(Task::Lapse);
        };
        if it.is_metered() {
            return Verdict::Wait("its org states what a period costs");
        }
        if self.org.is_none_or(|org| org.is_paused(Org::PAUSE_CHARGE)) {
            return Verdict::Wait("its org takes no charges at the moment");
        }
        match self.payable(&plan, named, purses) {
            Ok(()) => Verdict::Do(Task::Charge),
            // It is not known yet whether the earlier charges succeed, so this is no missed
            // payment.
            Err(reason @ OTHERS_FIRST) => Verdict::Wait(reason),
            Err(reason) if it.state == SubscriptionState::PastDue as u8 => Verdict::Wait(reason),
            Err(_) => Verdict::Do(Task::Miss),
        }
    }

    /// Whether the token account can pay, with the benefit of the largest discount; if so, the
    /// price is subtracted from what is left in it.
    fn payable(
        &self,
        plan: &Plan,
        named: &[Address; 5],
        purses: &mut Purses,
    ) -> Result<(), &'static str> {
        let [.., authority, payer_token] = named;
        let it = &self.subscription;
        let token = self.token.ok_or("there is no token account")?;
        if token.owner != it.wallet || token.mint != plan.mint {
            return Err("the token account is not the wallet's in this mint any more");
        }
        if token.state == AccountState::Frozen {
            return Err("the token account is frozen");
        }
        let known = self.authority.ok_or("the approval was taken back")?;
        if known.generation != it.authority_generation {
            return Err("the approval is of another agreement");
        }
        let approves = Option::from(token.delegate) == Some(*authority);
        let (amount, approved) = purses.entry(*payer_token).or_insert((
            token.amount,
            if approves { token.delegated_amount } else { 0 },
        ));
        if !approves {
            return Err("the token account does not approve the program");
        }
        let price = match it.pending_plan {
            NO_ADDRESS => it.terms.price,
            _ => it.pending_price,
        };
        let most = it.terms.discount_bps.iter().copied().max().unwrap_or(0);
        let discount = u128::from(price) * u128::from(most) / 10_000;
        let least = price.saturating_sub(u64::try_from(discount).unwrap_or(0));
        if token.delegated_amount < least {
            return Err("the token account approves too little");
        }
        if token.amount < least {
            return Err("the token account holds too little");
        }
        if *approved < least || *amount < least {
            return Err(OTHERS_FIRST);
        }
        *amount = amount.saturating_sub(price);
        *approved = approved.saturating_sub(price);
        Ok(())
    }
}

/// A token account of either program: extensions of Token-2022 follow the base layout.
pub(crate) fn token_account(account: &solana_account::Account) -> Option<TokenAccount> {
    let base = account.data.get(..TokenAccount::LEN)?;
    TokenAccount::unpack(base).ok()
}
