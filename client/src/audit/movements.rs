//! Where tokens went.
//!
//! Law: the invocation that left a receipt made exactly the movements that the receipt states: the
//! debit from the token account that was signed for, the merchant's part to the plan's destination,
//! commission into the vault, and nothing else. Beyond its receipt an invocation does nothing: it
//! moves no token, lets nobody but a token account's authority move any, closes no token account,
//! and calls nobody who could. Only what closes takes its own vaults along.

use super::{Check, Report, hold, report::At};
use crate::{
    address,
    carried::{Signed, Tokens},
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

/// A movement that a receipt states; an end that the receipt leaves open is none.
struct Leg {
    from: Option<Address>,
    to: Option<Address>,
    amount: u64,
    by: By,
}

/// Who signs for a movement. The program signs for vaults and for the authorities of token accounts,
/// and only a charge is the authority's to make.
#[derive(Clone, Copy)]
enum By {
    /// The program: for the vault, or in a charge.
    Program,
    /// This wallet.
    Wallet(Address),
    /// The owner of the tokens, which the receipt does not name.
    Owner,
}

impl Leg {
    fn is(&self, state: &State, (it, signer): &Signed) -> bool {
        let same = |expected: Option<Address>, found| expected.is_none_or(|it| it == found);
        same(self.from, it.from)
            && same(self.to, it.to)
            && self.amount == it.amount
            && signer.is_none_or(|signer| match self.by {
                By::Program => true,
                By::Wallet(wallet) => signer == wallet,
                By::Owner => signer != it.from && signer != state.delegate_of(&it.from),
            })
    }
}

/// Compares what was done with tokens with the receipt, in the state before it.
pub(super) fn check(state: &State, event: &Event, tokens: &Tokens, report: &mut Report) {
    // Nothing is expected of an unknown plan or pool, which is a finding of its own.
    let stated = expected(state, event);
    if let Some((check, _)) = &stated {
        report.count(*check);
    }
    let vaults = Vaults::of(state, event);
    let (check, mut legs) = stated.unzip();
    let legs = legs.get_or_insert_default();
    legs.retain(|leg| leg.amount > 0);
    let mut left = tokens.transfers.clone();
    let whole = legs.iter().all(|leg| {
        let found = left.iter().position(|it| leg.is(state, it));
        found.map(|at| left.swap_remove(at)).is_some()
    });
    left.retain(|(it, _)| !vaults.swept.contains(&it.from));
    let mut refuse = |detail: String| {
        let receipt = event.receipt();
        let at: At = (receipt.account, Some(receipt.seq));
        let check = check.unwrap_or_else(|| hold::law(event, state));
        report.refuse(check, at, detail);
    };
    if !whole || !left.is_empty() {
        refuse(describe(legs, &tokens.transfers));
    }
    let mut closed = tokens.closed.iter();
    if let Some(it) = closed.find(|it| !vaults.closed.contains(it)) {
        refuse(format!("tokens: closes token account {it}"));
    }
    if let Some(strange) = tokens.strange {
        refuse(format!("tokens: {strange} may have moved any"));
    }
}

/// Checks that token accounts let only their authorities move tokens, in the state after the
/// receipt.
pub(super) fn check_approvals(state: &State, event: &Event, tokens: &Tokens, report: &mut Report) {
    for (account, delegate) in &tokens.approvals {
        if *delegate != state.delegate_of(account) {
            let receipt = event.receipt();
            let at: At = (receipt.account, Some(receipt.seq));
            let detail = format!("tokens: {account} lets {delegate} move them");
            report.refuse(Check::Approvals, at, detail);
        }
    }
}

/// What an invocation without a receipt did with tokens, in words.
pub(super) fn describe_unstated(tokens: &Tokens) -> String {
    let mut text = "an invocation that left no receipt:".to_owned();
    for (Transfer { from, to, amount }, _) in &tokens.transfers {
        let _ = write!(text, " moved {amount} from {from} to {to},");
    }
    for (account, delegate) in &tokens.approvals {
        let _ = write!(text, " let {delegate} move tokens of {account},");
    }
    for account in &tokens.closed {
        let _ = write!(text, " closed token account {account},");
    }
    if let Some(strange) = tokens.strange {
        let _ = write!(text, " {strange},");
    }
    text.pop();
    text
}

/// Vaults of an account that closes; no other receipt has any. What is left in them goes to the
/// org's treasury, whose token accounts no receipt names.
#[derive(Default)]
struct Vaults {
    /// Those that may still hold something.
    swept: Vec<Address>,
    closed: Vec<Address>,
}

impl Vaults {
    fn of(state: &State, event: &Event) -> Self {
        let Event::Closed(it) = event else {
            return Self::default();
        };
        let account = &it.receipt.account;
        if let Some(plan) = state.plans.get(account) {
            // Only the plan that created a vault takes it along, and only when it is empty.
            let own = state.vaults.get(&plan.vault) == Some(account);
            return Self {
                swept: vec![],
                closed: own.then_some(plan.vault).into_iter().collect(),
            };
        }
        let campaign = state.campaigns.get(account).map(|it| vec![it.vault]);
        let pool = state.pools.get(account);
        let pool = pool.map(|it| vec![it.stake_vault, it.reward_vault]);
        let vaults = campaign.or(pool).unwrap_or_default();
        Self {
            swept: vaults.clone(),
            closed: vaults,
        }
    }
}

fn describe(legs: &[Leg], moved: &[Signed]) -> String {
    let name = |end: Option<Address>| end.map_or("anybody".to_owned(), |it| it.to_string());
    let mut text = "tokens: expected".to_owned();
    if legs.is_empty() {
        text += " none,";
    }
    for leg in legs {
        let (from, to) = (name(leg.from), name(leg.to));
        let _ = write!(text, " {} from {from} to {to}", leg.amount);
        text += &match leg.by {
            By::Program => ",".to_owned(),
            By::Wallet(wallet) => format!(" by {wallet},"),
            By::Owner => " by its owner,".to_owned(),
        };
    }
    text += " found";
    if moved.is_empty() {
        text += " none,";
    }
    for (Transfer { from, to, amount }, signer) in moved {
        let by = signer.map_or(String::new(), |it| format!(" by {it}"));
        let _ = write!(text, " {amount} from {from} to {to}{by},");
    }
    text.pop();
    text
}

/// The movements that a receipt states, those with both ends known before the others.
fn expected(state: &State, event: &Event) -> Option<(Check, Vec<Leg>)> {
    let account = &event.receipt().account;
    let leg = |from, to, amount, by| Leg {
        from,
        to,
        amount,
        by,
    };
    let subscription = || state.subscriptions.get(account).map(|it| &it.account);
    let plan = |plan| state.plans.get(plan);
    let pool = || Some(state.positions.get(account)?.pool);
    let one = |check, from, to, amount, by| Some((check, vec![leg(from, to, amount, by)]));
    Some(match event {
        Event::Subscribed(it, shares) => {
            let payer = (it.payer_token, By::Wallet(it.wallet));
            let legs = paid(payer, plan(&it.plan)?, &it.settlement, shares);
            (Check::Charges, legs)
        }
        Event::Charged(it, shares) => {
            let known = subscription()?;
            let plan = plan(&keeper::plan(known))?;
            let payer = (known.payer_token, By::Program);
            (Check::Charges, paid(payer, plan, &it.settlement, shares))
        }
        Event::PlanChanged(it, shares) => {
            let known = subscription()?;
            let payer = (known.payer_token, By::Wallet(known.wallet));
            let legs = paid(payer, plan(&it.plan)?, &it.settlement, shares);
            (Check::Charges, legs)
        }
        Event::InvoicePaid(it, shares) => {
            let payer = (it.payer_token, By::Wallet(it.wallet));
            let legs = paid(payer, plan(&it.plan)?, &it.settlement, shares);
            (Check::Charges, legs)
        }
        Event::Refunded(it, _) => {
            let vault = plan(&Paid::find(state, account)?.plan)?.vault;
            let to = Some(it.destination);
            let rest = it.amount.saturating_sub(it.from_vault);
            let legs = vec![
                leg(Some(it.source), to, rest, By::Owner),
                leg(Some(vault), to, it.from_vault, By::Program),
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
                By::Program,
            );
        }
        Event::VoucherClaimed(it) => {
            let vault = state.campaigns.get(&it.campaign)?.vault;
            return one(
                Check::Vouchers,
                Some(vault),
                Some(it.destination),
                it.amount,
                By::Program,
            );
        }
        Event::PoolFunded(it) => {
            let vault = state.pools.get(account)?.reward_vault;
            return one(Check::Stakes, None, Some(vault), it.amount, By::Owner);
        }
        Event::Staked(it) => {
            let vault = state.pools.get(&it.pool)?.stake_vault;
            return one(
                Check::Stakes,
                None,
                Some(vault),
                it.amount,
                By::Wallet(it.wallet),
            );
        }
        Event::Unstaked(it) => {
            let vault = state.pools.get(&pool()?)?.stake_vault;
            return one(Check::Stakes, Some(vault), None, it.amount, By::Program);
        }
        Event::Harvested(it) => {
            let vault = state.pools.get(&pool()?)?.reward_vault;
            return one(
                Check::Stakes,
                Some(vault),
                Some(it.destination),
                it.amount,
                By::Program,
            );
        }
        _ => return None,
    })
}

/// What a payment moves; the receipt does not name the keeper.
fn paid(
    (payer, by): (Address, By),
    plan: &Plan,
    it: &Settlement,
    shares: &[LedgerShare],
) -> Vec<Leg> {
    let shared: u128 = shares.iter().map(|share| u128::from(share.amount)).sum();
    let commission = shared.saturating_sub(it.debt_repaid.into());
    let leg = |to, amount| Leg {
        from: Some(payer),
        to,
        amount,
        by,
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
