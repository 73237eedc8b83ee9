//! The terms of config, org and plan that every world starts with.

use crate::World;
use solana_signer::Signer;
use tessera_client::types::{
    accounts::{OrgSettings, Plan, Tier},
    args::{ConfigArgs, CreateOrgArgs, CreatePlanArgs, SignedTerms, SubscribeArgs},
    limits::MAX_COMMISSION_BPS,
};

/// The cluster's clock at the start, Unix seconds.
pub const START: i64 = 1_800_000_000;
/// The cluster's slot at the start.
pub const START_SLOT: u64 = 400_000_000;
/// What the orgs say of the cluster.
pub const CLUSTER_TAG: [u8; 8] = *b"litesvm1";
/// Three days.
pub const GRACE: u32 = 259_200;
/// 30 days.
pub const PERIOD: u32 = 2_592_000;
/// 99.00 of a 6-decimal stablecoin.
pub const PRICE: u64 = 99_000_000;
/// Commission of the three levels, basis points.
pub const COMMISSION_BPS: [u16; 3] = [1_000, 500, 250];
/// Commission of the three levels on the price, smallest unit.
pub const SHARES: [u64; 3] = [9_900_000, 4_950_000, 2_475_000];
/// Points for each charge.
pub const POINTS: u64 = 990;
/// Keeper fee at the end of the grace time, smallest unit.
pub const KEEPER_FEE: u64 = 50_000;
/// Hold on commission, seconds.
pub const HOLD: u32 = 86_400;
/// Tokens that a customer starts with.
pub const FUNDS: u64 = 1_000_000_000_000;
/// Periods that a customer approves.
pub const PERIODS: u32 = 12;

impl World {
    /// The program's first settings: the widest limits, nothing paused.
    pub fn config_args(&self) -> ConfigArgs {
        ConfigArgs {
            seq: 0,
            max_commission_bps: MAX_COMMISSION_BPS,
            pause_flags: 0,
            spare: [0; 5],
        }
    }

    /// Terms of the org.
    pub fn create_org_args(&self) -> CreateOrgArgs {
        CreateOrgArgs {
            id: 1,
            cluster_tag: CLUSTER_TAG,
            settings: self.org_settings(),
        }
    }

    /// Settings of the org: two tiers, commission on three levels, points that never expire.
    pub fn org_settings(&self) -> OrgSettings {
        let tier = |points_threshold, points_boost_bps| Tier {
            points_threshold,
            points_boost_bps,
            ..Tier::UNUSED
        };
        OrgSettings {
            quote_authority: self.quote_authority.pubkey(),
            meter_authority: self.meter.pubkey(),
            treasury: self.treasury.pubkey(),
            tiers: [
                tier(2_000, 1_000),
                tier(5_000, 2_500),
                Tier::UNUSED,
                Tier::UNUSED,
            ],
            hold_secs: HOLD,
            points_epoch_secs: 0,
            commission_bps: COMMISSION_BPS,
            pause_flags: 0,
            points_expiry_epochs: 0,
        }
    }

    /// Terms of the plan; a quote may halve or double the price.
    pub fn create_plan_args(&self) -> CreatePlanArgs {
        CreatePlanArgs {
            id: 1,
            price: PRICE,
            price_floor: PRICE / 2,
            price_ceiling: PRICE * 2,
            points_per_charge: POINTS,
            keeper_fee_cap: KEEPER_FEE,
            ends_at: i64::MAX,
            period_secs: PERIOD,
            trial_secs: 0,
            grace_secs: GRACE,
            period_months: 0,
            flags: self.consents,
            spare: [0; 2],
        }
    }

    /// The plan's terms, as a subscriber agrees to them for the first time.
    pub fn subscribe_args(&self) -> SubscribeArgs {
        let plan = self.plan_account();
        let terms = SignedTerms {
            price: plan.price,
            deadline: self.now() + 60,
            quote_deadline: 0,
            quote_nonce: 0,
            period_secs: plan.period_secs,
            approved_periods: PERIODS,
            quote_most_periods: 0,
            period_months: plan.period_months,
            quoted: 0,
            quote_index: 0,
            replace_delegate: 0,
            consents: plan.flags & (Plan::PERMANENT_DELEGATE | Plan::METERED),
            spare: [0; 7],
        };
        SubscribeArgs {
            terms,
            trial_secs: plan.trial_secs,
            spare: [0; 4],
        }
    }

    /// The same at the price of [`World::quote`], whose verification is the first instruction.
    pub fn quoted_args(&self, price: u64, quote_deadline: i64) -> SubscribeArgs {
        let mut args = self.subscribe_args();
        args.terms = SignedTerms {
            price,
            quote_deadline,
            quote_nonce: 1,
            quote_most_periods: PERIODS,
            quoted: 1,
            ..args.terms
        };
        args
    }
}
