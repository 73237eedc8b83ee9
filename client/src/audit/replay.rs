//! Folds receipts in chain order into what the accounts must say.

use super::{Check, Report};
use crate::{
    address,
    decode::{Account, Event},
};
use std::collections::{BTreeMap, HashMap};
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Member, Org, Plan, Subscription, SubscriptionState},
    events::{LedgerShare, Receipt, Settlement},
    limits::BPS,
};

/// What a member's account must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct MemberState {
    pub(super) points: u128,
    pub(super) lifetime_points: u128,
}

/// What a subscription's account must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SubscriptionTerms {
    pub(super) price: u64,
    pub(super) period_secs: u32,
    pub(super) commission_bps: [u16; 3],
    pub(super) paid_through: i64,
    pub(super) periods_paid: u32,
    pub(super) approved_periods: u32,
    pub(super) grace_secs: u32,
    pub(super) state: u8,
}

/// What a ledger's account must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LedgerState {
    pub(super) held: u128,
    pub(super) queued: u128,
    pub(super) claimable: u128,
    pub(super) claimed: u128,
    pub(super) release_at: i64,
}

impl LedgerState {
    /// What was held until `now` (Unix seconds) can be claimed, then what was queued behind it.
    fn release(&mut self, now: i64, hold: i64) {
        for _ in 0..2 {
            if self.held > 0 && now >= self.release_at {
                self.claimable += self.held;
                self.held = std::mem::take(&mut self.queued);
                self.release_at += hold;
            }
        }
    }

    fn accrue(&mut self, amount: u128, now: i64, hold: i64) {
        self.release(now, hold);
        if hold == 0 {
            self.claimable += amount;
        } else if self.held == 0 {
            self.held = amount;
            self.release_at = now + hold;
        } else {
            self.queued += amount;
        }
    }
}

pub(super) struct Replay<'a> {
    accounts: &'a BTreeMap<Address, Account>,
    pub(super) members: HashMap<Address, MemberState>,
    pub(super) subscriptions: HashMap<Address, SubscriptionTerms>,
    pub(super) ledgers: HashMap<Address, LedgerState>,
}

/// `floor(amount * bps / 10_000)` in 128 bits.
fn bps_of(amount: u64, bps: u16) -> u64 {
    let share = u128::from(amount) * u128::from(bps) / u128::from(BPS);
    u64::try_from(share).unwrap_or(u64::MAX)
}

impl<'a> Replay<'a> {
    pub(super) fn new(accounts: &'a BTreeMap<Address, Account>) -> Self {
        Self {
            accounts,
            members: HashMap::new(),
            subscriptions: HashMap::new(),
            ledgers: HashMap::new(),
        }
    }

    pub(super) fn apply(&mut self, event: &Event, report: &mut Report) {
        let receipt = event.receipt();
        let at = (receipt.account, Some(receipt.seq));
        match event {
            Event::MemberRegistered(registered) => {
                let Some(Account::Member(member)) = self.accounts.get(&receipt.account) else {
                    return missing(report, Check::Referrals, receipt, "member");
                };
                let expected = (member.org, member.wallet, member.referrers[0], member.code);
                let found = (
                    registered.org,
                    registered.wallet,
                    registered.referrer,
                    registered.code,
                );
                report.compare(Check::Referrals, at, "registration", expected, found);
            }
            Event::Subscribed(subscribed, shares) => {
                self.subscribed(subscribed, receipt, report);
                self.charged(receipt, &subscribed.settlement, shares, report);
            }
            Event::Charged(charged, shares) => {
                if let Some(state) = self.subscriptions.get(&receipt.account) {
                    let due = charged.receipt.at >= state.paid_through
                        && SubscriptionState::is_live(state.state);
                    report.compare(Check::Subscriptions, at, "charge is due", true, due);
                }
                self.charged(receipt, &charged.settlement, shares, report);
            }
            Event::Cancelled(cancelled) => {
                let Some(state) = self.subscriptions.get_mut(&receipt.account) else {
                    return missing(report, Check::Subscriptions, receipt, "subscription");
                };
                state.state = SubscriptionState::Cancelled as u8;
                let paid_through = state.paid_through;
                report.compare(
                    Check::Subscriptions,
                    at,
                    "paid_through",
                    paid_through,
                    cancelled.paid_through,
                );
            }
            Event::PointsAwarded(awarded) => {
                let issuer_org = match self.accounts.get(&awarded.issuer) {
                    Some(Account::Issuer(issuer)) => Some(issuer.org),
                    _ => None,
                };
                let member_org = match self.accounts.get(&receipt.account) {
                    Some(Account::Member(member)) => Some(member.org),
                    _ => None,
                };
                report.compare(Check::Points, at, "issuer's org", member_org, issuer_org);
                self.credit(receipt.account, awarded.points);
            }
            Event::PointsRedeemed(redeemed) => {
                let member = self.members.entry(receipt.account).or_default();
                match member.points.checked_sub(u128::from(redeemed.points)) {
                    Some(points) => member.points = points,
                    None => report.refuse(
                        Check::Points,
                        receipt.account,
                        Some(receipt.seq),
                        "more points are spent than there were".to_owned(),
                    ),
                }
            }
            Event::LedgerOpened(opened) => {
                let Some(Account::Ledger(ledger)) = self.accounts.get(&receipt.account) else {
                    return missing(report, Check::Commission, receipt, "ledger");
                };
                let expected = (ledger.org, ledger.wallet, ledger.mint);
                let found = (opened.org, opened.wallet, opened.mint);
                report.compare(Check::Commission, at, "opening", expected, found);
            }
            Event::CommissionClaimed(claimed) => {
                let hold = self.hold(&receipt.account);
                let ledger = self.ledgers.entry(receipt.account).or_default();
                ledger.release(receipt.at, hold);
                let amount = u128::from(claimed.amount);
                let covered = amount <= ledger.claimable;
                report.compare(Check::Commission, at, "claim is covered", true, covered);
                ledger.claimable = ledger.claimable.saturating_sub(amount);
                ledger.claimed += amount;
            }
        }
    }

    fn subscribed(
        &mut self,
        event: &tessera_types::events::Subscribed,
        receipt: &Receipt,
        report: &mut Report,
    ) {
        let at = (receipt.account, Some(receipt.seq));
        let Some(Account::Plan(plan)) = self.accounts.get(&event.plan) else {
            return missing(report, Check::Subscriptions, receipt, "plan");
        };
        let Some(Account::Subscription(subscription)) = self.accounts.get(&receipt.account) else {
            return missing(report, Check::Subscriptions, receipt, "subscription");
        };
        report.compare(
            Check::Subscriptions,
            at,
            "plan and wallet",
            (subscription.plan, subscription.wallet),
            (event.plan, event.wallet),
        );
        if let Some(Account::Org(org)) = self.accounts.get(&plan.org) {
            let rates = org.commission_bps;
            report.compare(Check::Commission, at, "rates", rates, event.commission_bps);
        }
        let live = self
            .subscriptions
            .get(&receipt.account)
            .is_some_and(|terms| SubscriptionState::is_live(terms.state));
        report.compare(Check::Subscriptions, at, "live before", false, live);
        let price = event.settlement.debit;
        let allowed = match event.quoted {
            0 => price == plan.price,
            _ => (plan.price_floor..=plan.price_ceiling).contains(&price),
        };
        report.compare(Check::Charges, at, "price is allowed", true, allowed);
        report.compare(
            Check::Subscriptions,
            at,
            "period",
            plan.period_secs,
            event.period_secs,
        );
        let paid_before = self
            .subscriptions
            .get(&receipt.account)
            .map_or(i64::MIN, |state| state.paid_through);
        self.subscriptions.insert(
            receipt.account,
            SubscriptionTerms {
                price,
                period_secs: event.period_secs,
                commission_bps: event.commission_bps,
                paid_through: paid_before.max(receipt.at),
                periods_paid: 0,
                approved_periods: event.approved_periods,
                grace_secs: plan.grace_secs,
                state: SubscriptionState::Active as u8,
            },
        );
    }

    fn charged(
        &mut self,
        receipt: &Receipt,
        settlement: &Settlement,
        shares: &[LedgerShare],
        report: &mut Report,
    ) {
        let at = (receipt.account, Some(receipt.seq));
        let Some(Account::Subscription(subscription)) = self.accounts.get(&receipt.account) else {
            return missing(report, Check::Charges, receipt, "subscription");
        };
        let Some((plan, org, member_address, member)) = self.parties(subscription) else {
            return missing(report, Check::Charges, receipt, "plan, org or member");
        };
        let Some(state) = self.subscriptions.get_mut(&receipt.account) else {
            return missing(report, Check::Charges, receipt, "terms");
        };

        let parts = shares.iter().fold(
            u128::from(settlement.merchant) + u128::from(settlement.keeper_fee),
            |sum, share| sum + u128::from(share.amount),
        );
        report.compare(Check::Charges, at, "debit", state.price, settlement.debit);
        report.compare(
            Check::Charges,
            at,
            "sum of the parts",
            u128::from(settlement.debit),
            parts,
        );
        let open = receipt.at < plan.ends_at;
        report.compare(Check::Charges, at, "before the plan's end", true, open);
        let capped = settlement.keeper_fee <= plan.keeper_fee_cap;
        report.compare(Check::Charges, at, "keeper fee within cap", true, capped);

        // A charge within the grace time keeps the billing day, a later one starts it anew.
        let grace_end = state
            .paid_through
            .saturating_add(i64::from(state.grace_secs));
        let start = if receipt.at <= grace_end {
            state.paid_through
        } else {
            receipt.at
        };
        let paid_through = start.saturating_add(i64::from(state.period_secs));
        let approved = state.periods_paid <= state.approved_periods;
        report.compare(Check::Charges, at, "period is approved", true, approved);
        report.compare(
            Check::Subscriptions,
            at,
            "paid_through",
            paid_through,
            settlement.paid_through,
        );
        state.paid_through = settlement.paid_through;
        state.periods_paid = state.periods_paid.saturating_add(1);

        let expected: Vec<LedgerShare> = member
            .referrers
            .iter()
            .zip(state.commission_bps)
            .take_while(|(referrer, _)| **referrer != NO_ADDRESS)
            .map(|(referrer, bps)| LedgerShare {
                ledger: address::ledger(&plan.org, referrer, &plan.mint),
                amount: bps_of(state.price, bps),
            })
            .collect();
        report.compare(Check::Commission, at, "shares", expected.as_slice(), shares);
        for share in shares {
            let hold = self.hold(&share.ledger);
            let ledger = self.ledgers.entry(share.ledger).or_default();
            ledger.accrue(u128::from(share.amount), receipt.at, hold);
        }

        let lifetime = self
            .members
            .get(&member_address)
            .map_or(0, |state| state.lifetime_points);
        let tier = org.tier_for(u64::try_from(lifetime).unwrap_or(u64::MAX));
        let base = plan.points_per_charge;
        let points = base.saturating_add(bps_of(base, org.boost_bps(tier)));
        report.compare(Check::Points, at, "points", points, settlement.points);
        self.credit(member_address, settlement.points);
    }

    fn parties(
        &self,
        subscription: &Subscription,
    ) -> Option<(&'a Plan, &'a Org, Address, &'a Member)> {
        let Account::Plan(plan) = self.accounts.get(&subscription.plan)? else {
            return None;
        };
        let Account::Org(org) = self.accounts.get(&plan.org)? else {
            return None;
        };
        let address = address::member(&plan.org, &subscription.wallet);
        match self.accounts.get(&address)? {
            Account::Member(member) => Some((plan, org, address, member)),
            _ => None,
        }
    }

    /// How long a ledger's commission is held, seconds.
    fn hold(&self, ledger: &Address) -> i64 {
        match self.accounts.get(ledger) {
            Some(Account::Ledger(ledger)) => i64::from(ledger.hold_secs),
            _ => 0,
        }
    }

    fn credit(&mut self, member: Address, points: u64) {
        let member = self.members.entry(member).or_default();
        member.points += u128::from(points);
        member.lifetime_points += u128::from(points);
    }
}

fn missing(report: &mut Report, check: Check, receipt: &Receipt, what: &str) {
    report.refuse(
        check,
        receipt.account,
        Some(receipt.seq),
        format!("its {what} does not exist"),
    );
}
