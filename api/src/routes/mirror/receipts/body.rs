//! What each kind of event says, as JSON.

mod configuration;
mod convert;
mod giving;
mod payment;

use crate::wire::{Hex, Key, U64};
use configuration::{OrgTerms, PlanTerms, Settings};
use giving::{CampaignTerms, PoolTerms};
use payment::{Charge, Refund, SignedTerms};
use serde::Serialize;
use utoipa::ToSchema;

/// What the event says.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", content = "body")]
pub(super) enum EventBody {
    /// The program's settings were created or changed.
    ConfigSet {
        /// Its admin.
        admin: Key,
        /// Most that all referral levels of an org may take together, basis points.
        #[schema(example = 5_000)]
        max_commission_bps: u16,
        /// Whether no org, plan, campaign or stake pool is created.
        creation_paused: bool,
    },
    /// A next authority was proposed, of an org or the program's settings.
    AuthorityProposed {
        /// Who may accept; null is nobody.
        #[schema(required)]
        pending: Option<Key>,
    },
    /// The proposed authority accepted.
    AuthorityAccepted {
        /// The authority, or admin, from then on.
        authority: Key,
    },
    /// A business was created.
    OrgCreated(OrgTerms),
    /// The authority changed the org's settings; running subscriptions keep theirs.
    OrgUpdated(Settings),
    /// The program's admin paused an org or lifted that.
    OrgPaused {
        /// Whether nobody can subscribe.
        subscribe_paused: bool,
        /// Whether nothing is charged.
        charge_paused: bool,
    },
    /// A plan was created.
    PlanCreated(PlanTerms),
    /// A plan takes no new subscriptions from a time on.
    PlanSunset {
        /// That time, Unix seconds.
        #[schema(example = 1_893_456_000)]
        sunset_at: i64,
    },
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
    /// A code was offered to another owner.
    CodeOffered {
        /// Who may accept; null is nobody.
        #[schema(required)]
        pending_owner: Option<Key>,
    },
    /// A code has a new owner.
    CodeTransferred {
        /// Who earns by it from then on.
        owner: Key,
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
    /// A wallet signed terms and paid the first period; in a trial and on a metered plan nothing is
    /// paid for it.
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
        /// When the free time of a trial ends, Unix seconds; null without a trial.
        #[schema(required, example = 1_767_830_400)]
        trial_ends_at: Option<i64>,
        /// Whether the subscriber consents to the mint's permanent delegate.
        permanent_delegate: bool,
        /// Whether the subscriber consents that the org states what a period costs, up to the
        /// price.
        metered: bool,
    },
    /// A period was paid.
    Charged(Charge),
    /// The wallet signed another plan.
    PlanChanged {
        /// The new plan.
        plan: Key,
        /// The first period's money under the new plan; zeros when it follows later.
        #[serde(flatten)]
        charge: Charge,
        /// What was signed.
        #[serde(flatten)]
        terms: SignedTerms,
        /// Generation of the token delegate.
        authority_generation: U64,
        /// What the token delegate may still move, in the mint's smallest unit.
        outstanding: U64,
        /// Nonce of the quote that set the price; null without one.
        #[schema(required)]
        quote_nonce: Option<U64>,
        /// Until when that quote was good, Unix seconds; null without one.
        #[schema(required, example = 1_767_225_600)]
        quote_deadline: Option<i64>,
        /// What the unused time of the period before was worth, as far as it lowered the debit, in
        /// the mint's smallest unit.
        credit: U64,
        /// Whether the plan follows when the period ends.
        at_period_end: bool,
        /// Whether the subscriber consents to the mint's permanent delegate.
        permanent_delegate: bool,
    },
    /// A payment was missed, or nothing can be collected any longer.
    PaymentMissed {
        /// The agreement: number of the receipt that signed it.
        agreement_seq: U64,
        /// What the token delegate may still move, in the mint's smallest unit.
        outstanding: U64,
        /// The subscription's state from then on.
        state: MissedState,
    },
    /// The wallet withdrew a cancellation.
    Resumed {
        /// The agreement: number of the receipt that signed it.
        agreement_seq: U64,
        /// Generation of the token delegate from then on.
        authority_generation: U64,
        /// What the token delegate may still move, in the mint's smallest unit.
        outstanding: U64,
    },
    /// The wallet paused the subscription, or ended the pause.
    Paused {
        /// No charge before this time, Unix seconds.
        #[schema(example = 1_769_817_600)]
        paused_until: i64,
        /// From when the next period can be charged, Unix seconds.
        #[schema(example = 1_769_817_600)]
        next_due: i64,
    },
    /// A payment was given back, in part or in full: of a subscription or an invoice.
    Refunded(Refund),
    /// An invoice was paid.
    InvoicePaid {
        /// Plan whose mint, destination and vault it was paid by.
        plan: Key,
        /// Who paid.
        wallet: Key,
        /// Token account that paid.
        payer_token: Key,
        /// Chosen by the org.
        id: U64,
        /// Until when it could be paid, Unix seconds.
        #[schema(example = 1_767_225_600)]
        deadline: i64,
        /// How long its commission is held, seconds.
        #[schema(example = 604_800)]
        hold_secs: u32,
        /// Commission of each level, nearest first, basis points.
        #[schema(example = json!([1000, 300, 100]))]
        commission_bps: Vec<u16>,
        /// The payment.
        #[serde(flatten)]
        charge: Charge,
    },
    /// The subscription was ended: by the wallet, or by wallet and org together with immediate
    /// effect.
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
        /// Points that the member received.
        points: U64,
        /// Points of theirs that had expired and were dropped before.
        points_expired: U64,
        /// Points that the member holds after it.
        balance: U64,
        /// The award's number among the issuer's; counts once.
        reference: U64,
        /// The issuer's own reference.
        #[schema(example = "6f726465722d37000000000000000000")]
        memo: Hex,
    },
    /// The member spent points.
    PointsRedeemed {
        /// Points spent.
        points: U64,
        /// Points of theirs that had expired and were dropped before.
        points_expired: U64,
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
    /// Commission that was held can be claimed.
    CommissionReleased {
        /// Released, in the mint's smallest unit.
        amount: U64,
    },
    /// Commission left the vault.
    CommissionClaimed {
        /// Paid out, in the mint's smallest unit.
        amount: U64,
        /// Token account that received it.
        destination: Key,
    },
    /// A campaign was created.
    CampaignCreated(CampaignTerms),
    /// A campaign has another root or cap.
    RootSet {
        /// Most that may be claimed in all, in the mint's smallest unit.
        cap: U64,
        /// Merkle root over the vouchers.
        root: Hex,
    },
    /// Vouchers of a page can be claimed.
    PageOpened {
        /// The campaign.
        campaign: Key,
        /// The page's number.
        #[schema(example = 0)]
        number: u32,
    },
    /// A voucher was paid.
    VoucherClaimed {
        /// The campaign.
        campaign: Key,
        /// Who claimed.
        wallet: Key,
        /// Token account that received it.
        destination: Key,
        /// What the voucher says, in the mint's smallest unit.
        entitled: U64,
        /// What was paid.
        amount: U64,
        /// The voucher's number.
        #[schema(example = 7)]
        index: u32,
    },
    /// A stake pool was created.
    PoolCreated(PoolTerms),
    /// Rewards were put into a pool.
    PoolFunded {
        /// What was put in, in the reward mint's smallest unit.
        amount: U64,
        /// What is streamed from then on, including what was left and what was forfeited.
        budget: U64,
        /// Until when it is streamed, Unix seconds.
        #[schema(example = 1_769_817_600)]
        streams_until: i64,
    },
    /// A wallet staked.
    Staked {
        /// The pool.
        pool: Key,
        /// Who staked.
        wallet: Key,
        /// What was added, in the mint's smallest unit.
        amount: U64,
        /// What the position holds after it.
        staked: U64,
    },
    /// A wallet took out what it had staked.
    Unstaked {
        /// What was taken out, in the mint's smallest unit.
        amount: U64,
        /// What the position holds after it.
        staked: U64,
    },
    /// A wallet took its rewards.
    Harvested {
        /// What was paid, in the reward mint's smallest unit.
        amount: U64,
        /// Token account that received it.
        destination: Key,
    },
    /// The account was closed: the last receipt of its life.
    Closed {
        /// What its rent payer got back, in lamports.
        lamports: U64,
        /// Its receipt head before this receipt.
        head: Hex,
    },
}

/// The state of a subscription after a missed payment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MissedState {
    /// A charge within the grace time makes up for it.
    PastDue,
    /// Nothing can be collected any longer.
    Lapsed,
}
