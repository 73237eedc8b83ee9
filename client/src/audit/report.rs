//! The result of an audit.

use std::{collections::BTreeMap, fmt};
use tessera_types::Address;

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The law that it breaks.
    pub check: Check,
    /// The account that breaks the law.
    pub account: Address,
    /// The first receipt that breaks it, when there is one.
    pub seq: Option<u64>,
    /// First signature of the transaction that left that receipt, where it is known.
    pub transaction: Option<[u8; 64]>,
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
    /// Config, orgs, plans, issuers and codes are what their receipts made them.
    Configuration,
    /// A charge comes when it may, its debit is the agreed price less the tier's discount and what
    /// is credited, and the sum of its parts, and its keeper gets no more than the time of the
    /// charge is worth; usage stays below its cap, and no more goes back than was paid. The tokens go
    /// from the payer's account to the plan's destination and to the vault.
    Charges,
    /// Commission of each level is its rate of the debit, in the right ledger, for as long as the
    /// terms hold it, and what refunds take of it is its rate of them.
    Commission,
    /// Points, when they expire, tiers and issuers' budgets follow from payments, refunds, awards
    /// and redemptions, each of which counts once.
    Points,
    /// Terms are those of plan and org at the signature; due dates and states follow.
    Subscriptions,
    /// What authorities may move is what their subscriptions may still collect.
    Approvals,
    /// Referrers are those of the registration and of the referrer's own.
    Referrals,
    /// A voucher is paid once, while its campaign is open, as far as it has vested, within the cap.
    Vouchers,
    /// Rewards stream by the second to what is staked, to the last fraction, and no more is paid
    /// than was put in.
    Stakes,
    /// A vault holds at least what its ledgers, positions or stakers are owed.
    Solvency,
}

impl Check {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 12] = [
        Self::Addresses,
        Self::Receipts,
        Self::Configuration,
        Self::Charges,
        Self::Commission,
        Self::Points,
        Self::Subscriptions,
        Self::Approvals,
        Self::Referrals,
        Self::Vouchers,
        Self::Stakes,
        Self::Solvency,
    ];
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.pad(match self {
            Self::Addresses => "addresses",
            Self::Receipts => "receipts",
            Self::Configuration => "configuration",
            Self::Charges => "charges",
            Self::Commission => "commission",
            Self::Points => "points",
            Self::Subscriptions => "subscriptions",
            Self::Approvals => "approvals",
            Self::Referrals => "referrals",
            Self::Vouchers => "vouchers",
            Self::Stakes => "stakes",
            Self::Solvency => "solvency",
        })
    }
}

/// Most findings that are kept, and most notices; the rest is counted.
pub const MAX_FINDINGS: usize = 1_000;

/// What was checked and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Empty when every law holds; at most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many things broke each law, including those beyond [`MAX_FINDINGS`].
    pub wrong: BTreeMap<Check, u64>,
    /// What breaks no law, because those concerned agreed to it, and is worth a look: an issuer's
    /// seizure from a vault whose plan consents to a permanent delegate, or a campaign that holds
    /// less than its claims wait for. At most [`MAX_FINDINGS`].
    pub notices: Vec<Finding>,
    /// How many things each law was checked on.
    pub checked: BTreeMap<Check, u64>,
    /// Sums over the receipts that were checked.
    pub totals: Totals,
    /// The transaction under audit.
    pub(super) transaction: Option<[u8; 64]>,
}

/// Sums over all orgs; amounts in the smallest unit of their mint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Member accounts.
    pub members: u64,
    /// Subscriptions that nobody has ended.
    pub live_subscriptions: u64,
    /// Receipts that the accounts count, those of closed ones included.
    pub receipts: u64,
    /// Periods paid.
    pub charges: u64,
    /// Invoices paid.
    pub invoices: u64,
    /// Points that members hold.
    pub points: u128,
    /// Money by mint.
    pub mints: BTreeMap<Address, MintTotals>,
}

/// Money in one mint, in its smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MintTotals {
    /// Paid by subscribers and for invoices.
    pub paid: u128,
    /// Received by merchants.
    pub merchant: u128,
    /// Received by keepers.
    pub keeper_fees: u128,
    /// Accrued by referrers, what paid their debts included.
    pub commission: u128,
    /// Given back to customers.
    pub refunded: u128,
    /// Claimed by referrers.
    pub claimed: u128,
    /// In the vaults of commission.
    pub vaults: u128,
}

/// An account, and the number of the receipt concerned, if there is one.
pub(super) type At = (Address, Option<u64>);

impl Report {
    /// Counts one more thing that `check` was checked on.
    pub(super) fn count(&mut self, check: Check) {
        *self.checked.entry(check).or_default() += 1;
    }

    pub(super) fn refuse(&mut self, check: Check, (account, seq): At, detail: impl Into<String>) {
        *self.wrong.entry(check).or_default() += 1;
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding {
                check,
                account,
                seq,
                transaction: self.transaction,
                detail: detail.into(),
            });
        }
    }

    /// Adds a notice: something that breaks no law.
    pub(super) fn note(&mut self, check: Check, account: Address, detail: String) {
        if self.notices.len() < MAX_FINDINGS {
            self.notices.push(Finding {
                check,
                account,
                seq: None,
                transaction: None,
                detail,
            });
        }
    }

    /// An empty report for the same transaction.
    pub(super) fn apart(&self) -> Self {
        Self {
            transaction: self.transaction,
            ..Self::default()
        }
    }

    /// Adds the findings, notices and counts of another report; the sums stay.
    pub(super) fn merge(&mut self, other: Self) {
        let room = |known: &Vec<Finding>| MAX_FINDINGS.saturating_sub(known.len());
        let (findings, notices) = (room(&self.findings), room(&self.notices));
        self.findings
            .extend(other.findings.into_iter().take(findings));
        self.notices.extend(other.notices.into_iter().take(notices));
        for (check, wrong) in other.wrong {
            *self.wrong.entry(check).or_default() += wrong;
        }
        for (check, checked) in other.checked {
            *self.checked.entry(check).or_default() += checked;
        }
    }

    /// Counts a check and records a finding when `found` is not `expected`.
    pub(super) fn compare<T: PartialEq + fmt::Debug>(
        &mut self,
        check: Check,
        at: At,
        what: &str,
        expected: T,
        found: T,
    ) {
        self.count(check);
        if expected != found {
            let detail = format!("{what}: expected {expected:?}, found {found:?}");
            self.refuse(check, at, detail);
        }
    }

    /// Counts a check and records `detail` as a finding when it does not hold.
    pub(super) fn require(&mut self, check: Check, at: At, holds: bool, detail: &str) {
        self.count(check);
        if !holds {
            self.refuse(check, at, detail);
        }
    }
}

/// Compares the named fields of two structures one by one.
macro_rules! compare_fields {
    ($report:expr, $check:expr, $at:expr, $expected:expr, $found:expr; $($field:ident),* $(,)?) => {
        $($report.compare($check, $at, stringify!($field), $expected.$field, $found.$field);)*
    };
}
pub(super) use compare_fields;
