//! What the business sells.

use super::Business;
use crate::{
    chain::{Chain, ChainError},
    demo::units,
};
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use tessera_client::{
    address,
    instructions::CreatePlan,
    types::{accounts::Plan, args::CreatePlanArgs},
};

/// The year 2100, Unix seconds.
pub(super) const ENDS_AT: i64 = 4_102_444_800;
pub(in crate::demo) const DAY_SECS: u32 = 86_400;
/// 30 days in seconds.
pub(in crate::demo) const MONTH_SECS: u32 = 30 * DAY_SECS;
/// How late a payment may be and still keep the billing day, seconds.
pub(in crate::demo) const GRACE_SECS: u32 = 7 * DAY_SECS;

/// A plan on offer.
#[derive(Debug, Clone, Copy)]
pub struct PlanTerms {
    /// The plan's name: the customers that it is for.
    pub name: &'static str,
    /// Whole coins a month.
    pub price: u64,
    /// Days before the first payment.
    pub trial_days: u32,
    /// Whether months are those of the calendar, and not 30 days.
    pub is_monthly: bool,
}

/// The three segments at their base prices, and what a newcomer can try.
pub const PLANS: [PlanTerms; 4] = [
    PlanTerms::of("individual", 99),
    PlanTerms::of("mining farm", 1_999),
    PlanTerms::of("institutional", 4_999),
    PlanTerms {
        name: "starter",
        price: 49,
        trial_days: 14,
        is_monthly: true,
    },
];

/// Places in [`PLANS`].
pub(in crate::demo) const INDIVIDUAL: usize = 0;
pub(in crate::demo) const MINING_FARM: usize = 1;
pub(in crate::demo) const INSTITUTIONAL: usize = 2;
pub(in crate::demo) const STARTER: usize = 3;

impl PlanTerms {
    const fn of(name: &'static str, price: u64) -> Self {
        Self {
            name,
            price,
            trial_days: 0,
            is_monthly: false,
        }
    }

    fn args(&self, id: u64) -> CreatePlanArgs {
        let price = units(self.price);
        CreatePlanArgs {
            id,
            price,
            price_floor: price / 2,
            price_ceiling: price * 2,
            points_per_charge: self.price,
            keeper_fee_cap: 50_000,
            ends_at: ENDS_AT,
            period_secs: if self.is_monthly { 0 } else { MONTH_SECS },
            trial_secs: self.trial_days * DAY_SECS,
            grace_secs: GRACE_SECS,
            period_months: self.is_monthly.into(),
            flags: Plan::PRORATED,
            spare: [0; 2],
        }
    }
}

impl Business {
    pub(super) async fn create_plan(
        &mut self,
        chain: &Chain,
        id: u64,
        terms: &PlanTerms,
    ) -> Result<(), ChainError> {
        let authority = self.authority.pubkey();
        let create = CreatePlan {
            payer: authority,
            authority,
            org: self.org,
            mint: self.mint,
            token_program: spl_token_interface::ID,
            destination: get_associated_token_address(&self.treasury.pubkey(), &self.mint),
            args: terms.args(id),
        };
        chain.send(&[create.into()], &self.authority, &[]).await?;
        let address = address::plan(&self.org, id);
        let plan = chain.existing(&address).await?;
        self.plans.push((address, plan));
        Ok(())
    }
}
