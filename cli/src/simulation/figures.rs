//! Figures of a simulation.

use serde::Serializer;
use tessera_client::{Event, model::Standing, types::events::Settlement};

/// All figures of a simulation.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// Month by month.
    pub months: Vec<Month>,
}

/// One month. Amounts in the token's smallest unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Month {
    /// Its name, `2026-01`.
    pub name: String,
    /// Customers who came.
    pub joined: u64,
    /// Those of them who came by a code.
    pub referred: u64,
    /// Subscriptions that were cancelled.
    pub cancelled: u64,
    /// Subscriptions that lapsed.
    pub lapsed: u64,
    /// Periods paid.
    pub payments: u64,
    /// Of these, those that a keeper collected for a fee; the first one of a signature needs no keeper.
    pub by_keepers: u64,
    /// Those that the org collected itself, since the fee would not cover the cost.
    pub by_org: u64,
    /// Debited from customers.
    #[serde(serialize_with = "text")]
    pub paid: u128,
    /// Saved by customers through tiers' discounts.
    #[serde(serialize_with = "text")]
    pub discounts: u128,
    /// Received by the merchant.
    #[serde(serialize_with = "text")]
    pub merchant: u128,
    /// Accrued by referrers, what paid their debts included.
    #[serde(serialize_with = "text")]
    pub commission: u128,
    /// Paid to keepers.
    #[serde(serialize_with = "text")]
    pub keeper_fees: u128,
    /// Network fees of collecting, lamports.
    #[serde(serialize_with = "text")]
    pub collecting_lamports: u128,
    /// Refunded to customers.
    #[serde(serialize_with = "text")]
    pub refunded: u128,
    /// The merchant's part of that; the rest came from commission.
    #[serde(serialize_with = "text")]
    pub refunded_by_merchant: u128,
    /// Claimed by referrers.
    #[serde(serialize_with = "text")]
    pub claimed: u128,
    /// Points issued.
    #[serde(serialize_with = "text")]
    pub points_issued: u128,
    /// Points that were spent.
    #[serde(serialize_with = "text")]
    pub points_redeemed: u128,
    /// Points that expired.
    #[serde(serialize_with = "text")]
    pub points_expired: u128,
    /// Points that refunds took back.
    #[serde(serialize_with = "text")]
    pub points_taken_back: u128,
    /// Live subscriptions at the end of the month, as are the figures below.
    pub live: u64,
    /// Commission that is still held.
    #[serde(serialize_with = "text")]
    pub held: u128,
    /// Commission that can be claimed.
    #[serde(serialize_with = "text")]
    pub claimable: u128,
    /// What referrers owe for refunds.
    #[serde(serialize_with = "text")]
    pub debt: u128,
    /// Points that members can spend.
    #[serde(serialize_with = "text")]
    pub points: u128,
    /// Points that members owe for refunds.
    #[serde(serialize_with = "text")]
    pub points_debt: u128,
}

impl Month {
    /// Counts an event.
    pub(super) fn count(&mut self, event: &Event) {
        if let Some((settlement, shares)) = event.settlement() {
            self.settled(settlement);
            self.commission += shares.iter().map(|it| u128::from(it.amount)).sum::<u128>();
        }
        match event {
            Event::Cancelled(_) => self.cancelled += 1,
            Event::Refunded(event, _) => {
                self.refunded += u128::from(event.amount);
                self.refunded_by_merchant += u128::from(event.amount - event.from_vault);
                self.points_taken_back += u128::from(event.points);
            }
            Event::CommissionClaimed(event) => self.claimed += u128::from(event.amount),
            Event::PointsRedeemed(event) => {
                self.points_redeemed += u128::from(event.points);
            }
            _ => {}
        }
    }

    /// Notes the org's standing at the month's end. Expired points are computed from what is
    /// missing: a receipt states them only at the member's next change.
    pub(super) fn end(&mut self, end: &Standing, before: Option<&Self>) {
        self.live = end.live_subscriptions;
        (self.held, self.claimable, self.debt) = (end.held, end.claimable, end.debt);
        (self.points, self.points_debt) = (end.points, end.points_debt);
        let (points, debt) = before.map_or((0, 0), |it| (it.points, it.points_debt));
        let come = points + self.points_issued + self.points_debt;
        let gone = self.points + self.points_redeemed + self.points_taken_back + debt;
        self.points_expired = come.saturating_sub(gone);
    }

    fn settled(&mut self, settlement: &Settlement) {
        self.payments += u64::from(settlement.debit > 0);
        self.paid += u128::from(settlement.debit);
        self.merchant += u128::from(settlement.merchant);
        self.keeper_fees += u128::from(settlement.keeper_fee);
        self.points_issued += u128::from(settlement.points);
    }
}

impl Figures {
    /// All months together, as they stand at the end.
    pub fn total(&self) -> Month {
        let last = self.months.last().cloned().unwrap_or_default();
        let mut total = Month {
            name: "all".to_owned(),
            live: last.live,
            held: last.held,
            claimable: last.claimable,
            debt: last.debt,
            points: last.points,
            points_debt: last.points_debt,
            ..Month::default()
        };
        for it in &self.months {
            total.joined += it.joined;
            total.referred += it.referred;
            total.cancelled += it.cancelled;
            total.lapsed += it.lapsed;
            total.payments += it.payments;
            total.by_keepers += it.by_keepers;
            total.by_org += it.by_org;
            total.paid += it.paid;
            total.discounts += it.discounts;
            total.merchant += it.merchant;
            total.commission += it.commission;
            total.keeper_fees += it.keeper_fees;
            total.collecting_lamports += it.collecting_lamports;
            total.refunded += it.refunded;
            total.refunded_by_merchant += it.refunded_by_merchant;
            total.claimed += it.claimed;
            total.points_issued += it.points_issued;
            total.points_redeemed += it.points_redeemed;
            total.points_expired += it.points_expired;
            total.points_taken_back += it.points_taken_back;
        }
        total
    }
}

/// Writes a decimal string, which readers of JSON keep to the last digit.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "what serde hands over")]
fn text<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}
