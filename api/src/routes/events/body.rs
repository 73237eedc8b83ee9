//! What each kind of event says, as JSON.

mod configuration;

use crate::wire::{Hex, Key, U64};
use configuration::{OrgTerms, PlanTerms};
use serde::Serialize;
use tessera_client::{
    Event,
    types::{
        REFERRAL_LEVELS, TIERS,
        accounts::{Plan, Terms},
        events::{LedgerShare, Settlement},
    },
};
use utoipa::ToSchema;

/// What the event says.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", content = "body")]
pub(super) enum EventBody {
    /// A business was created.
    OrgCreated(OrgTerms),
    /// A plan was created.
    PlanCreated(PlanTerms),
    /// A key may award points, or its budget changed.
    IssuerSet {
        /// The org.
        org: Key,
        /// The key.
        key: Key,
        /// Points for one epoch; 0 disables the issuer.
        epoch_budget: U64,
        /// Length of an epoch, seconds.
        #[schema(example = 86_400)]
        epoch_secs: u32,
    },
    /// A member claimed a referral code.
    CodeCreated {
        /// The org.
        org: Key,
        /// Who earns by it.
        owner: Key,
        /// The code.
        #[schema(required, example = "SUMMER26")]
        code: Option<String>,
    },
    /// A wallet joined an org.
    MemberRegistered {
        /// The org.
        org: Key,
        /// The wallet.
        wallet: Key,
        /// Its referrers, nearest first.
        referrers: Vec<Key>,
        /// The code used.
        #[schema(required, example = "SUMMER26")]
        code: Option<String>,
    },
    /// A wallet signed terms and paid the first period.
    Subscribed {
        /// The plan.
        plan: Key,
        /// Who pays.
        wallet: Key,
        /// Token account that pays.
        payer_token: Key,
        /// The first period's money.
        #[serde(flatten)]
        charge: Charge,
        /// What was signed.
        #[serde(flatten)]
        terms: SignedTerms,
        /// Generation of the token delegate.
        authority_generation: U64,
        /// What the token account approves from then on, in the mint's smallest unit.
        outstanding: U64,
        /// Nonce of the quote that set the price; null without one.
        #[schema(required)]
        quote_nonce: Option<U64>,
        /// Until when that quote was good, Unix seconds; null without one.
        #[schema(required, example = 1_767_225_600)]
        quote_deadline: Option<i64>,
        /// Whether the subscriber consents to the mint's permanent delegate.
        permanent_delegate: bool,
    },
    /// A period was paid.
    Charged(Charge),
    /// The wallet ended the subscription.
    Cancelled {
        /// The agreement that it ended: number of the receipt that signed it.
        agreement_seq: U64,
        /// What the token delegate may still move for other subscriptions, in the mint's smallest
        /// unit.
        outstanding: U64,
        /// Until when service stays paid, Unix seconds.
        #[schema(example = 1_769_817_600)]
        paid_through: i64,
    },
    /// An issuer gave points.
    PointsAwarded {
        /// The issuer account.
        issuer: Key,
        /// Points that were asked for.
        points: U64,
        /// Points that the member holds after it.
        balance: U64,
        /// The award's number among the issuer's; counts once.
        reference: U64,
        /// The issuer's own words.
        #[schema(example = "6f726465722d37000000000000000000")]
        memo: Hex,
    },
    /// The member spent points.
    PointsRedeemed {
        /// Points spent.
        points: U64,
        /// Points that the member holds after it.
        balance: U64,
        /// The redemption's number among the member's; counts once.
        reference: U64,
        /// The order they were spent on.
        #[schema(example = "6f726465722d37000000000000000000")]
        memo: Hex,
    },
    /// A member can now accrue commission in a mint.
    LedgerOpened {
        /// The org.
        org: Key,
        /// The member's wallet.
        wallet: Key,
        /// The mint.
        mint: Key,
    },
    /// Commission left the vault.
    CommissionClaimed {
        /// Paid out, in the mint's smallest unit.
        amount: U64,
        /// Token account that received it.
        destination: Key,
    },
}

/// Where a charge's money went, in the mint's smallest unit:
/// `debit` is `merchant`, `keeper_fee` and all commissions together.
#[derive(Serialize, ToSchema)]
pub(super) struct Charge {
    /// Taken from the payer.
    debit: U64,
    /// Received by the plan's destination.
    merchant: U64,
    /// Received by whoever cranked the charge.
    keeper_fee: U64,
    /// Points that the payer received.
    points: U64,
    /// Start of the period that is paid, Unix seconds.
    #[schema(example = 1_767_225_600)]
    period_start: i64,
    /// Until when service is now paid, Unix seconds.
    #[schema(example = 1_769_817_600)]
    paid_through: i64,
    /// Whether the vault was frozen, so that the merchant got the commission.
    vault_frozen: bool,
    /// Commission of the levels that were paid, nearest first.
    commissions: Vec<CommissionShare>,
}

/// Commission of one referral level.
#[derive(Serialize, ToSchema)]
struct CommissionShare {
    /// The ledger.
    ledger: Key,
    /// What it accrued.
    amount: U64,
}

/// Terms of a subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedTerms {
    /// Price of a period, in the mint's smallest unit.
    price: U64,
    /// Length of a period, seconds; 0 when it is counted in months.
    #[schema(example = 2_592_000)]
    period_secs: u32,
    /// Length of a period in calendar months; reserved.
    #[schema(example = 0)]
    period_months: u8,
    /// How late a charge still keeps the billing day, seconds.
    #[schema(example = 259_200)]
    grace_secs: u32,
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
    /// Discount of each loyalty tier, basis points; reserved.
    #[schema(example = json!([0, 0, 0, 0]))]
    discounts_bps: [u16; TIERS],
}

impl From<Terms> for SignedTerms {
    fn from(terms: Terms) -> Self {
        Self {
            price: U64(terms.price),
            period_secs: terms.period_secs,
            period_months: terms.period_months,
            grace_secs: terms.grace_secs,
            hold_secs: terms.hold_secs,
            approved_periods: terms.approved_periods,
            commission_bps: terms.commission_bps,
            boosts_bps: terms.boost_bps,
            discounts_bps: terms.discount_bps,
        }
    }
}

fn charge(settlement: &Settlement, shares: &[LedgerShare]) -> Charge {
    let commissions = shares.iter().map(|share| CommissionShare {
        ledger: share.ledger.into(),
        amount: U64(share.amount),
    });
    Charge {
        debit: U64(settlement.debit),
        merchant: U64(settlement.merchant),
        keeper_fee: U64(settlement.keeper_fee),
        points: U64(settlement.points),
        period_start: settlement.period_start,
        paid_through: settlement.paid_through,
        vault_frozen: settlement.flags & Settlement::VAULT_FROZEN != 0,
        commissions: commissions.collect(),
    }
}

/// A zero-padded code; all zeros is none.
fn code(padded: &[u8]) -> Option<String> {
    let code = String::from_utf8_lossy(padded);
    let code = code.trim_end_matches('\0');
    (!code.is_empty()).then(|| code.to_owned())
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        match event {
            Event::OrgCreated(event) => Self::OrgCreated(event.into()),
            Event::PlanCreated(event) => Self::PlanCreated(event.into()),
            Event::IssuerSet(event) => Self::IssuerSet {
                org: event.org.into(),
                key: event.key.into(),
                epoch_budget: U64(event.epoch_budget),
                epoch_secs: event.epoch_secs,
            },
            Event::CodeCreated(event) => Self::CodeCreated {
                org: event.org.into(),
                owner: event.owner.into(),
                code: code(&event.code),
            },
            Event::MemberRegistered(event) => Self::MemberRegistered {
                org: event.org.into(),
                wallet: event.wallet.into(),
                referrers: event
                    .referrers
                    .into_iter()
                    .filter_map(Key::present)
                    .collect(),
                code: code(&event.code),
            },
            Event::Subscribed(event, shares) => Self::Subscribed {
                plan: event.plan.into(),
                wallet: event.wallet.into(),
                payer_token: event.payer_token.into(),
                charge: charge(&event.settlement, &shares),
                terms: event.terms.into(),
                authority_generation: U64(event.authority_generation),
                outstanding: U64(event.outstanding),
                quote_nonce: (event.quote_nonce > 0).then_some(U64(event.quote_nonce)),
                quote_deadline: (event.quote_nonce > 0).then_some(event.quote_deadline),
                permanent_delegate: event.consents & Plan::PERMANENT_DELEGATE != 0,
            },
            Event::Charged(event, shares) => Self::Charged(charge(&event.settlement, &shares)),
            Event::Cancelled(event) => Self::Cancelled {
                agreement_seq: U64(event.agreement_seq),
                outstanding: U64(event.outstanding),
                paid_through: event.paid_through,
            },
            Event::PointsAwarded(event) => Self::PointsAwarded {
                issuer: event.issuer.into(),
                points: U64(event.points),
                balance: U64(event.balance),
                reference: U64(event.reference),
                memo: Hex(event.memo.to_vec()),
            },
            Event::PointsRedeemed(event) => Self::PointsRedeemed {
                points: U64(event.points),
                balance: U64(event.balance),
                reference: U64(event.reference),
                memo: Hex(event.memo.to_vec()),
            },
            Event::LedgerOpened(event) => Self::LedgerOpened {
                org: event.org.into(),
                wallet: event.wallet.into(),
                mint: event.mint.into(),
            },
            Event::CommissionClaimed(event) => Self::CommissionClaimed {
                amount: U64(event.amount),
                destination: event.destination.into(),
            },
        }
    }
}
