//! What each kind of event says, as JSON.

use crate::wire::{Hex, Key, U64};
use serde::Serialize;
use tessera_client::{
    Event,
    types::{
        REFERRAL_LEVELS,
        events::{LedgerShare, Settlement},
    },
};
use utoipa::ToSchema;

/// What the event says.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", content = "body")]
pub(super) enum EventBody {
    /// A wallet joined an org.
    MemberRegistered {
        /// The org.
        org: Key,
        /// The wallet.
        wallet: Key,
        /// Its nearest referrer.
        #[schema(required)]
        referrer: Option<Key>,
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
        /// The first period's money.
        #[serde(flatten)]
        charge: Charge,
        /// Length of a period, seconds.
        #[schema(example = 2_592_000)]
        period_secs: u32,
        /// Periods whose collection the wallet approved beforehand.
        #[schema(example = 12)]
        approved_periods: u32,
        /// Commission of each level, nearest first, basis points.
        #[schema(example = json!([1000, 300, 100]))]
        commission_bps: [u16; REFERRAL_LEVELS],
        /// Whether the price came from a signed quote.
        quoted: bool,
    },
    /// A period was paid.
    Charged(Charge),
    /// The wallet ended the subscription.
    Cancelled {
        /// Until when service stays paid, Unix seconds.
        #[schema(example = 1_769_817_600)]
        paid_through: i64,
    },
    /// An issuer gave points.
    PointsAwarded {
        /// The issuer account.
        issuer: Key,
        /// Points given.
        points: U64,
        /// Points that the member holds after it.
        balance: U64,
        /// The issuer's own reference.
        reference: Hex,
    },
    /// The member spent points.
    PointsRedeemed {
        /// Points spent.
        points: U64,
        /// Points that the member holds after it.
        balance: U64,
        /// The order they were spent on.
        reference: Hex,
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
    /// Until when service is now paid, Unix seconds.
    #[schema(example = 1_769_817_600)]
    paid_through: i64,
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
        paid_through: settlement.paid_through,
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
            Event::MemberRegistered(event) => Self::MemberRegistered {
                org: event.org.into(),
                wallet: event.wallet.into(),
                referrer: Key::present(event.referrer),
                code: code(&event.code),
            },
            Event::Subscribed(event, shares) => Self::Subscribed {
                plan: event.plan.into(),
                wallet: event.wallet.into(),
                charge: charge(&event.settlement, &shares),
                period_secs: event.period_secs,
                approved_periods: event.approved_periods,
                commission_bps: event.commission_bps,
                quoted: event.quoted != 0,
            },
            Event::Charged(event, shares) => Self::Charged(charge(&event.settlement, &shares)),
            Event::Cancelled(event) => Self::Cancelled {
                paid_through: event.paid_through,
            },
            Event::PointsAwarded(event) => Self::PointsAwarded {
                issuer: event.issuer.into(),
                points: U64(event.points),
                balance: U64(event.balance),
                reference: Hex(event.reference.to_vec()),
            },
            Event::PointsRedeemed(event) => Self::PointsRedeemed {
                points: U64(event.points),
                balance: U64(event.balance),
                reference: Hex(event.reference.to_vec()),
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
