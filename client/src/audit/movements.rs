//! Where tokens went.
//!
//! Law: the invocation that left a receipt moved what the receipt says, from whom and to whom it says:
//! the debit from the token account that was signed for, the merchant's part to the plan's destination,
//! commission into the vault, and nothing else.

use super::{Check, Report, report::At};
use crate::{
    address,
    decode::Event,
    keeper,
    model::{State, Transfer, rules::refund::Paid},
};
use std::fmt::Write;
use tessera_types::{
    Address,
    accounts::Plan,
    events::{LedgerShare, Settlement},
};

/// A movement that a receipt states; of an end that it leaves open, none.
struct Leg {
    from: Option<Address>,
    to: Option<Address>,
    amount: u64,
}

impl Leg {
    fn is(&self, it: &Transfer) -> bool {
        let same = |expected: Option<Address>, found| expected.is_none_or(|it| it == found);
        same(self.from, it.from) && same(self.to, it.to) && self.amount == it.amount
    }
}

/// Holds what was `moved` against the receipt, in the state before it. Receipts that state no movement
/// are left alone, and so are those whose plan or pool is not known, which is a finding of its own.
pub(super) fn check(state: &State, event: &Event, moved: &[Transfer], report: &mut Report) {
    let Some((check, mut legs)) = expected(state, event) else {
        return;
    };
    legs.retain(|leg| leg.amount > 0);
    let mut left: Vec<Transfer> = moved.to_vec();
    let whole = legs.iter().all(|leg| {
        let found = left.iter().position(|it| leg.is(it));
        found.map(|at| left.swap_remove(at)).is_some()
    });
    report.count(check);
    if !whole || !left.is_empty() {
        let receipt = event.receipt();
        let at: At = (receipt.account, Some(receipt.seq));
        report.refuse(check, at, describe(&legs, moved));
    }
}

fn describe(legs: &[Leg], moved: &[Transfer]) -> String {
    let name = |end: Option<Address>| end.map_or("anybody".to_owned(), |it| it.to_string());
    let mut text = "tokens: expected".to_owned();
    for leg in legs {
        let (from, to) = (name(leg.from), name(leg.to));
        let _ = write!(text, " {} from {from} to {to},", leg.amount);
    }
    text += " found";
    for Transfer { from, to, amount } in moved {
        let _ = write!(text, " {amount} from {from} to {to},");
    }
    text.pop();
    text
}

/// Narrow legs stand before those that leave an end open.
fn expected(state: &State, event: &Event) -> Option<(Check, Vec<Leg>)> {
    let account = &event.receipt().account;
    let leg = |from, to, amount| Leg { from, to, amount };
    let subscription = || state.subscriptions.get(account).map(|it| &it.account);
    let plan = |plan| state.plans.get(plan);
    let pool = || Some(state.positions.get(account)?.pool);
    let one = |check, from, to, amount| Some((check, vec![leg(from, to, amount)]));
    Some(match event {
        Event::Subscribed(it, shares) => {
            let legs = paid(it.payer_token, plan(&it.plan)?, &it.settlement, shares);
            (Check::Charges, legs)
        }
        Event::Charged(it, shares) => {
            let known = subscription()?;
            let plan = plan(&keeper::plan(known))?;
            (
                Check::Charges,
                paid(known.payer_token, plan, &it.settlement, shares),
            )
        }
        Event::PlanChanged(it, shares) => {
            let from = subscription()?.payer_token;
            (
                Check::Charges,
                paid(from, plan(&it.plan)?, &it.settlement, shares),
            )
        }
        Event::InvoicePaid(it, shares) => {
            let legs = paid(it.payer_token, plan(&it.plan)?, &it.settlement, shares);
            (Check::Charges, legs)
        }
        Event::Refunded(it, _) => {
            let vault = plan(&Paid::find(state, account)?.plan)?.vault;
            let to = Some(it.destination);
            let rest = it.amount.saturating_sub(it.from_vault);
            let legs = vec![
                leg(Some(it.source), to, rest),
                leg(Some(vault), to, it.from_vault),
            ];
            (Check::Charges, legs)
        }
        Event::CommissionClaimed(it) => {
            let ledger = state.ledgers.get(account)?;
            let vault = address::vault(&ledger.org, &ledger.mint);
            return one(
                Check::Commission,
                Some(vault),
                Some(it.destination),
                it.amount,
            );
        }
        Event::VoucherClaimed(it) => {
            let vault = state.campaigns.get(&it.campaign)?.vault;
            return one(
                Check::Vouchers,
                Some(vault),
                Some(it.destination),
                it.amount,
            );
        }
        Event::PoolFunded(it) => {
            let vault = state.pools.get(account)?.reward_vault;
            return one(Check::Stakes, None, Some(vault), it.amount);
        }
        Event::Staked(it) => {
            let vault = state.pools.get(&it.pool)?.stake_vault;
            return one(Check::Stakes, None, Some(vault), it.amount);
        }
        Event::Unstaked(it) => {
            let vault = state.pools.get(&pool()?)?.stake_vault;
            return one(Check::Stakes, Some(vault), None, it.amount);
        }
        Event::Harvested(it) => {
            let vault = state.pools.get(&pool()?)?.reward_vault;
            return one(Check::Stakes, Some(vault), Some(it.destination), it.amount);
        }
        _ => return None,
    })
}

/// What a payment moves; who the keeper is the receipt does not say.
fn paid(payer: Address, plan: &Plan, it: &Settlement, shares: &[LedgerShare]) -> Vec<Leg> {
    let shared: u128 = shares.iter().map(|share| u128::from(share.amount)).sum();
    let commission = shared.saturating_sub(it.debt_repaid.into());
    let leg = |to, amount| Leg {
        from: Some(payer),
        to,
        amount,
    };
    vec![
        leg(Some(plan.destination), it.merchant),
        leg(
            Some(plan.vault),
            u64::try_from(commission).unwrap_or(u64::MAX),
        ),
        leg(None, it.keeper_fee),
    ]
}
