//! Proves a program's state from its events: receipts, money, points, commission, solvency.
//!
//! Law: every balance on chain is the sum of receipts. The audit folds the receipts that an
//! account counts, in chain order, with its own arithmetic (128 bits wide, not the program's), and
//! compares the result with the account. Receipts beyond an account's count happened after the
//! accounts were read; they are checked when the accounts are read again.

mod accounts;
mod replay;

use crate::{
    decode::{Account, Event},
    receipts::{ReceiptState, Receipted},
};
use replay::Replay;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};
use tessera_types::{Address, accounts::SubscriptionState};

/// Everything the audit needs, read from one node.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every account of the program, all read at one moment.
    pub accounts: BTreeMap<Address, Account>,
    /// Balance of every vault at that moment, in the mint's smallest unit.
    pub vaults: BTreeMap<Address, u64>,
    /// Every event as logged, in chain order.
    pub events: Vec<Vec<u8>>,
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which law.
    pub check: Check,
    /// The account that breaks it.
    pub account: Address,
    /// The first receipt that breaks it, when there is one.
    pub seq: Option<u64>,
    /// What was expected and what was found.
    pub detail: String,
}

/// The laws that are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Each account stands at the address that its keys derive.
    Addresses,
    /// Receipts hash to the account's head, none missing.
    Receipts,
    /// A charge's debit is the agreed price and equals the sum of its parts.
    Charges,
    /// Commission of each level is its rate of the price, in the right ledger.
    Commission,
    /// Points and tiers follow from charges, awards and redemptions.
    Points,
    /// Terms, due dates and states of subscriptions follow from their receipts.
    Subscriptions,
    /// Referrers are those of the registration and of the referrer's own.
    Referrals,
    /// A vault holds at least what its ledgers are owed.
    Solvency,
}

impl Check {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 8] = [
        Self::Addresses,
        Self::Receipts,
        Self::Charges,
        Self::Commission,
        Self::Points,
        Self::Subscriptions,
        Self::Referrals,
        Self::Solvency,
    ];
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.pad(match self {
            Self::Addresses => "addresses",
            Self::Receipts => "receipts",
            Self::Charges => "charges",
            Self::Commission => "commission",
            Self::Points => "points",
            Self::Subscriptions => "subscriptions",
            Self::Referrals => "referrals",
            Self::Solvency => "solvency",
        })
    }
}

/// What was checked and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Empty when every law holds.
    pub findings: Vec<Finding>,
    /// How many things each law was checked on.
    pub checked: BTreeMap<Check, u64>,
    /// Sums over the receipts that were checked.
    pub totals: Totals,
}

/// Sums over all orgs; amounts in the smallest unit of their mint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Member accounts.
    pub members: u64,
    /// Subscriptions that can still be charged.
    pub live_subscriptions: u64,
    /// Receipts that the accounts count.
    pub receipts: u64,
    /// Periods paid.
    pub charges: u64,
    /// Points that members hold.
    pub points: u128,
    /// Money by mint.
    pub mints: BTreeMap<Address, MintTotals>,
}

/// Money in one mint, in its smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MintTotals {
    /// Paid by subscribers.
    pub paid: u128,
    /// Received by merchants.
    pub merchant: u128,
    /// Received by keepers.
    pub keeper_fees: u128,
    /// Accrued by referrers.
    pub commission: u128,
    /// Claimed by referrers.
    pub claimed: u128,
    /// In vaults.
    pub vaults: u128,
}

impl Report {
    fn refuse(&mut self, check: Check, account: Address, seq: Option<u64>, detail: String) {
        self.findings.push(Finding {
            check,
            account,
            seq,
            detail,
        });
    }

    /// Counts a check and records a finding when `found` is not `expected`.
    fn compare<T: PartialEq + fmt::Debug>(
        &mut self,
        check: Check,
        (account, seq): (Address, Option<u64>),
        what: &str,
        expected: T,
        found: T,
    ) {
        *self.checked.entry(check).or_default() += 1;
        if expected != found {
            self.refuse(
                check,
                account,
                seq,
                format!("{what}: expected {expected:?}, found {found:?}"),
            );
        }
    }
}

/// Checks every law on `snapshot`.
pub fn audit(snapshot: &Snapshot) -> Report {
    let mut report = Report::default();
    let events = verify_receipts(snapshot, &mut report);
    let mut replay = Replay::new(&snapshot.accounts);
    for event in &events {
        replay.apply(event, &mut report);
    }
    accounts::compare(snapshot, &replay, &mut report);
    count(snapshot, &events, &mut report);
    report
}

fn receipts(account: &Account) -> Option<ReceiptState> {
    match account {
        Account::Member(member) => Some(member.receipts()),
        Account::Subscription(subscription) => Some(subscription.receipts()),
        Account::Ledger(ledger) => Some(ledger.receipts()),
        _ => None,
    }
}

/// Checks every chain and returns the events that the accounts count, in chain order.
fn verify_receipts(snapshot: &Snapshot, report: &mut Report) -> Vec<Event> {
    let mut chains: HashMap<Address, ReceiptState> = HashMap::new();
    let mut broken: HashMap<Address, ()> = HashMap::new();
    let mut counted = Vec::new();
    for raw in &snapshot.events {
        let account = match Event::decode(raw) {
            Ok(event) => event.receipt().account,
            Err(error) => {
                let detail = format!("an event cannot be decoded: {error}");
                report.refuse(Check::Receipts, tessera_types::ID, None, detail);
                continue;
            }
        };
        let Some(claimed) = snapshot.accounts.get(&account).and_then(receipts) else {
            let detail = "an event names an account that does not exist".to_owned();
            report.refuse(Check::Receipts, account, None, detail);
            continue;
        };
        let chain = chains.entry(account).or_default();
        if broken.contains_key(&account) || chain.seq >= claimed.seq {
            continue;
        }
        match chain.append(&account, raw) {
            Ok(event) => counted.push(event),
            Err(error) => {
                broken.insert(account, ());
                let seq = error.seq();
                report.refuse(Check::Receipts, account, Some(seq), error.to_string());
            }
        }
    }
    for (address, account) in &snapshot.accounts {
        let Some(claimed) = receipts(account) else {
            continue;
        };
        *report.checked.entry(Check::Receipts).or_default() += 1;
        let chain = chains.get(address).copied().unwrap_or_default();
        if broken.contains_key(address) || chain == claimed {
            continue;
        }
        let (seq, detail) = if chain.seq == claimed.seq {
            (
                chain.seq,
                "the events do not hash to the account's head".to_owned(),
            )
        } else {
            (
                chain.seq + 1,
                format!(
                    "the account counts {} receipts, the events end at {}",
                    claimed.seq, chain.seq
                ),
            )
        };
        report.refuse(Check::Receipts, *address, Some(seq), detail);
    }
    counted
}

fn count(snapshot: &Snapshot, events: &[Event], report: &mut Report) {
    let totals = &mut report.totals;
    totals.receipts = events.len() as u64;
    for account in snapshot.accounts.values() {
        match account {
            Account::Member(member) => {
                totals.members += 1;
                totals.points += u128::from(member.points);
            }
            Account::Subscription(subscription)
                if SubscriptionState::is_live(subscription.state) =>
            {
                totals.live_subscriptions += 1;
            }
            Account::Ledger(ledger) => {
                let mint = totals.mints.entry(ledger.mint).or_default();
                mint.claimed += u128::from(ledger.claimed);
            }
            _ => {}
        }
    }
    for event in events {
        let Some((settlement, shares)) = event.settlement() else {
            continue;
        };
        totals.charges += 1;
        let Some(mint) = mint_of(snapshot, event.receipt().account) else {
            continue;
        };
        let mint = totals.mints.entry(mint).or_default();
        mint.paid += u128::from(settlement.debit);
        mint.merchant += u128::from(settlement.merchant);
        mint.keeper_fees += u128::from(settlement.keeper_fee);
        mint.commission += shares
            .iter()
            .map(|share| u128::from(share.amount))
            .sum::<u128>();
    }
    for account in snapshot.accounts.values() {
        let Account::Plan(plan) = account else {
            continue;
        };
        // Plans of one org and mint share a vault: only the first that names it counts it.
        let first = snapshot.accounts.values().find_map(|other| match other {
            Account::Plan(other) if other.vault == plan.vault => Some(other.id),
            _ => None,
        });
        if first == Some(plan.id)
            && let Some(balance) = snapshot.vaults.get(&plan.vault)
        {
            totals.mints.entry(plan.mint).or_default().vaults += u128::from(*balance);
        }
    }
}

fn mint_of(snapshot: &Snapshot, subscription: Address) -> Option<Address> {
    let Account::Subscription(subscription) = snapshot.accounts.get(&subscription)? else {
        return None;
    };
    match snapshot.accounts.get(&subscription.plan)? {
        Account::Plan(plan) => Some(plan.mint),
        _ => None,
    }
}
