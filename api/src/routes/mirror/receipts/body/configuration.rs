//! The terms of new businesses and plans.

use crate::wire::{Hex, Key, Schedule, U64, schedule, unless_never};
use serde::Serialize;
use tessera_client::types::{
    REFERRAL_LEVELS,
    accounts::{Org, OrgSettings, Plan, Tier},
    events::{OrgCreated, PlanCreated},
};
use utoipa::ToSchema;

/// A new business.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct OrgTerms {
    /// Its creator and first authority.
    authority: Key,
    /// Chosen by the creator.
    id: U64,
    /// First bytes of the cluster's genesis hash, as the creator stated them.
    #[schema(example = "e3b0c44298fc1c14")]
    cluster_tag: Hex,
    /// What its authority may change later.
    #[serde(flatten)]
    settings: Settings,
}

/// What a business's authority may change.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgSettings)]
pub(in crate::routes::mirror::receipts) struct Settings {
    /// Signs its price quotes and invoices.
    quote_authority: Key,
    /// Signs usage of metered plans; null when there are none.
    #[schema(required)]
    meter_authority: Option<Key>,
    /// Owns the token accounts which its plans pay into.
    treasury: Key,
    /// Loyalty tiers by rising threshold.
    tiers: Vec<TierTerms>,
    /// How long commission is held, seconds.
    #[schema(example = 604_800)]
    hold_secs: u32,
    /// Length of an epoch in which points are counted together until they expire, seconds; 0: they
    /// do not.
    #[schema(example = 0)]
    points_epoch_secs: u32,
    /// Whole epochs that points live beyond the one in which they were earned.
    #[schema(example = 0)]
    points_expiry_epochs: u8,
    /// Whether nobody can subscribe.
    subscribe_paused: bool,
    /// Whether nothing is charged.
    charge_paused: bool,
    /// Commission of each referral level, nearest first, basis points.
    #[schema(example = json!([1000, 300, 100]))]
    commission_bps: [u16; REFERRAL_LEVELS],
}

/// A loyalty tier.
#[derive(Serialize, ToSchema)]
struct TierTerms {
    /// Lifetime points from which it holds; the largest u64 is an unused tier.
    points_threshold: U64,
    /// Extra points on each charge, basis points.
    #[schema(example = 2500)]
    points_boost_bps: u16,
    /// Discount on each payment, basis points of the price.
    #[schema(example = 0)]
    discount_bps: u16,
}

/// A new plan. Amounts are in the mint's smallest unit.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::mirror::receipts) struct PlanTerms {
    /// The org that sells it.
    org: Key,
    /// Token it is paid in.
    mint: Key,
    /// Program that owns the mint.
    token_program: Key,
    /// Token account that receives the merchant's part.
    destination: Key,
    /// Token account that holds commission.
    vault: Key,
    /// Chosen by the org.
    id: U64,
    /// Price of a period without a quote.
    price: U64,
    /// Least price that a quote may set.
    price_floor: U64,
    /// Highest price that a quote may set.
    price_ceiling: U64,
    /// Points for each charge, before the tier's boost.
    points_per_charge: U64,
    /// What the keeper who sends a charge is paid from it at the end of the grace time; less
    /// before.
    keeper_fee_cap: U64,
    /// No period starts at or after this time, Unix seconds; null is never.
    #[schema(required, example = 1_893_456_000)]
    ends_at: Option<i64>,
    #[serde(flatten)]
    schedule: Schedule,
    /// Free time before the first charge, once for each member, seconds.
    #[schema(example = 0)]
    trial_secs: u32,
    /// Whether the mint may have a permanent delegate.
    permanent_delegate: bool,
    /// Whether the org states what a period costs, up to the price.
    metered: bool,
    /// Whether a subscriber who changes to another plan within a period is credited what is left of
    /// it.
    prorated: bool,
}

impl From<OrgCreated> for OrgTerms {
    fn from(event: OrgCreated) -> Self {
        Self {
            authority: event.authority.into(),
            id: U64(event.id),
            cluster_tag: Hex(event.cluster_tag.to_vec()),
            settings: event.settings.into(),
        }
    }
}

impl From<OrgSettings> for Settings {
    fn from(settings: OrgSettings) -> Self {
        let paused = |flag: u8| settings.pause_flags & flag != 0;
        Self {
            quote_authority: settings.quote_authority.into(),
            meter_authority: Key::present(settings.meter_authority),
            treasury: settings.treasury.into(),
            tiers: settings.tiers.into_iter().map(TierTerms::from).collect(),
            hold_secs: settings.hold_secs,
            points_epoch_secs: settings.points_epoch_secs,
            points_expiry_epochs: settings.points_expiry_epochs,
            subscribe_paused: paused(Org::PAUSE_SUBSCRIBE),
            charge_paused: paused(Org::PAUSE_CHARGE),
            commission_bps: settings.commission_bps,
        }
    }
}

impl From<Tier> for TierTerms {
    fn from(tier: Tier) -> Self {
        Self {
            points_threshold: U64(tier.points_threshold),
            points_boost_bps: tier.points_boost_bps,
            discount_bps: tier.discount_bps,
        }
    }
}

impl From<PlanCreated> for PlanTerms {
    fn from(event: PlanCreated) -> Self {
        let terms = event.terms;
        Self {
            org: event.org.into(),
            mint: event.mint.into(),
            token_program: event.token_program.into(),
            destination: event.destination.into(),
            vault: event.vault.into(),
            id: U64(terms.id),
            price: U64(terms.price),
            price_floor: U64(terms.price_floor),
            price_ceiling: U64(terms.price_ceiling),
            points_per_charge: U64(terms.points_per_charge),
            keeper_fee_cap: U64(terms.keeper_fee_cap),
            ends_at: unless_never(terms.ends_at),
            schedule: schedule!(terms),
            trial_secs: terms.trial_secs,
            permanent_delegate: terms.flags & Plan::PERMANENT_DELEGATE != 0,
            metered: terms.flags & Plan::METERED != 0,
            prorated: terms.flags & Plan::PRORATED != 0,
        }
    }
}
