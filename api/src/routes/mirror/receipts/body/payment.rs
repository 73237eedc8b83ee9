//! What payments and refunds moved, and the terms that they follow.

use crate::wire::{Key, Schedule, U64, schedule};
use serde::Serialize;
use tessera_client::types::{
    REFERRAL_LEVELS, TIERS,
    accounts::Terms,
    events::{LedgerShare, Refunded, Settlement},
};
use utoipa::ToSchema;

/// Where a payment's money went, in the mint's smallest unit: `debit` is `merchant`, `keeper_fee`
/// and all commissions together, less `debt_repaid`.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct Charge {
    /// Taken from the payer: the price less the tier's discount, or what was stated or billed.
    debit: U64,
    /// Received by the plan's destination.
    merchant: U64,
    /// Received by the keeper who sent the charge.
    keeper_fee: U64,
    /// The part of the commissions that paid the ledgers' debts, and so went to the merchant.
    debt_repaid: U64,
    /// Points that the payer received.
    points: U64,
    /// Points of theirs that had expired and were dropped before.
    points_expired: U64,
    /// Start of the period that is paid, Unix seconds; of an invoice, when it was paid.
    #[schema(example = 1_767_225_600)]
    period_start: i64,
    /// Until when service is now paid, Unix seconds; of an invoice, when it was paid.
    #[schema(example = 1_769_817_600)]
    paid_through: i64,
    /// Whether the vault was frozen, so that the merchant got the commission.
    vault_frozen: bool,
    /// Whether the pending plan took over with this period.
    plan_followed: bool,
    /// Whether usage was stated, on a metered plan.
    usage_stated: bool,
    /// The payer's tier before the payment, from 1; 0 is none.
    #[schema(example = 1)]
    tier: u8,
    /// Commission of the levels that were paid, nearest first.
    commissions: Vec<CommissionShare>,
}

/// Commission of one referral level.
#[derive(Serialize, ToSchema)]
struct CommissionShare {
    /// The ledger.
    ledger: Key,
    /// What it accrued, debts that it paid included; of a refund, what was taken back. 0 where the
    /// ledger was closed.
    amount: U64,
}

/// What was given back, in the mint's smallest unit.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct Refund {
    /// Received by the customer.
    amount: U64,
    /// The part that came from commission that was taken back; the rest is the merchant's.
    from_vault: U64,
    /// Points that the customer gave back, including those that became debt.
    points: U64,
    /// Points of theirs that had expired and were dropped before.
    points_expired: U64,
    /// Token account that paid the rest.
    source: Key,
    /// Token account that received it.
    destination: Key,
    /// Whether the vault was frozen, so that the levels owe all that they give back.
    vault_frozen: bool,
    /// What the levels gave back, nearest first.
    commissions: Vec<CommissionShare>,
}

/// Terms of a subscription.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct SignedTerms {
    /// Price of a period, in the mint's smallest unit; on a metered plan, the most that one can
    /// cost.
    price: U64,
    #[serde(flatten)]
    schedule: Schedule,
    /// Day of the month that periods begin on, from 1; 0 when they are counted in seconds.
    #[schema(example = 0)]
    anchor_day: u8,
    /// How long the commission of its charges is held, seconds.
    #[schema(example = 604_800)]
    hold_secs: u32,
    /// Periods after the first that may be collected.
    #[schema(example = 12)]
    approved_periods: u32,
    /// Commission of each level, nearest first, basis points.
    #[schema(example = json!([1000, 300, 100]))]
    commission_bps: [u16; REFERRAL_LEVELS],
    /// Extra points of each loyalty tier, basis points.
    #[schema(example = json!([2500, 0, 0, 0]))]
    boosts_bps: [u16; TIERS],
    /// Discount of each loyalty tier, basis points.
    #[schema(example = json!([0, 0, 0, 0]))]
    discounts_bps: [u16; TIERS],
}

impl From<Terms> for SignedTerms {
    fn from(terms: Terms) -> Self {
        Self {
            price: U64(terms.price),
            schedule: schedule!(terms),
            anchor_day: terms.anchor_day,
            hold_secs: terms.hold_secs,
            approved_periods: terms.approved_periods,
            commission_bps: terms.commission_bps,
            boosts_bps: terms.boost_bps,
            discounts_bps: terms.discount_bps,
        }
    }
}

pub(super) fn charge(settlement: &Settlement, shares: &[LedgerShare]) -> Charge {
    let flagged = |flag: u8| settlement.flags & flag != 0;
    Charge {
        debit: U64(settlement.debit),
        merchant: U64(settlement.merchant),
        keeper_fee: U64(settlement.keeper_fee),
        debt_repaid: U64(settlement.debt_repaid),
        points: U64(settlement.points),
        points_expired: U64(settlement.points_expired),
        period_start: settlement.period_start,
        paid_through: settlement.paid_through,
        vault_frozen: flagged(Settlement::VAULT_FROZEN),
        plan_followed: flagged(Settlement::PLAN_FOLLOWED),
        usage_stated: flagged(Settlement::STATED),
        tier: settlement.tier,
        commissions: commissions(shares),
    }
}

pub(super) fn refund(event: &Refunded, shares: &[LedgerShare]) -> Refund {
    Refund {
        amount: U64(event.amount),
        from_vault: U64(event.from_vault),
        points: U64(event.points),
        points_expired: U64(event.points_expired),
        source: event.source.into(),
        destination: event.destination.into(),
        vault_frozen: event.flags & Settlement::VAULT_FROZEN != 0,
        commissions: commissions(shares),
    }
}

fn commissions(shares: &[LedgerShare]) -> Vec<CommissionShare> {
    let share = |share: &LedgerShare| CommissionShare {
        ledger: share.ledger.into(),
        amount: U64(share.amount),
    };
    shares.iter().map(share).collect()
}
