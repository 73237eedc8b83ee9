//! What becomes of a subscription.

use super::{Receipt, Settlement};
use crate::{Address, accounts::Terms};

crate::event! {
    /// A wallet signed terms and paid the first period, or began a trial or a metered plan, which is
    /// paid later: receipt of a Subscription.
    pub struct Subscribed {
        /// The plan.
        pub plan: Address,
        /// Who pays.
        pub wallet: Address,
        /// Token account that pays.
        pub payer_token: Address,
        /// What was signed.
        pub terms: Terms,
        /// Generation of the authority at the signature.
        pub authority_generation: u64,
        /// What the token account approves from now on, in the mint's smallest unit.
        pub outstanding: u64,
        /// Nonce of the quote that set the price; 0 without one.
        pub quote_nonce: u64,
        /// Until when that quote was good, Unix seconds; 0 without one.
        pub quote_deadline: i64,
        /// When the free time of a trial ends, Unix seconds; 0 without a trial.
        pub trial_ends_at: i64,
        /// What the subscriber consents to, of [`Plan`](crate::accounts::Plan)'s flags.
        pub consents: u8,
        /// Zero.
        pub spare: [u8; 7],
        /// The first period; in a trial and on a metered plan nothing is paid for it.
        pub settlement: Settlement,
    }
    discriminator = [135, 59, 105, 76, 190, 236, 138, 228];
}

crate::event! {
    /// A period was paid: receipt of a Subscription.
    pub struct Charged {
        /// The period's money and points.
        pub settlement: Settlement,
    }
    discriminator = [167, 170, 67, 179, 47, 88, 221, 132];
}

crate::event! {
    /// A payment was missed, or nothing can be collected any more: receipt of a Subscription.
    pub struct PaymentMissed {
        /// The agreement: seq of the receipt that signed it.
        pub agreement_seq: u64,
        /// What the token account's authority may still move, in the mint's smallest unit.
        pub outstanding: u64,
        /// A [`SubscriptionState`](crate::accounts::SubscriptionState): past due or lapsed.
        pub state: u8,
        /// Zero.
        pub spare: [u8; 7],
    }
    discriminator = [172, 246, 173, 188, 231, 170, 227, 66];
}

crate::event! {
    /// The wallet ended the subscription, or wallet and org ended it for now: receipt of a
    /// Subscription.
    pub struct Cancelled {
        /// The agreement that it ended: seq of the receipt that signed it.
        pub agreement_seq: u64,
        /// Until when service stays paid, Unix seconds.
        pub paid_through: i64,
        /// What the authority may still move for other subscriptions, in the mint's smallest unit.
        pub outstanding: u64,
    }
    discriminator = [136, 23, 42, 65, 143, 233, 234, 46];
}

crate::event! {
    /// The wallet took a cancellation back: receipt of a Subscription.
    pub struct Resumed {
        /// The agreement: seq of the receipt that signed it.
        pub agreement_seq: u64,
        /// Generation of the authority from now on.
        pub authority_generation: u64,
        /// What the token account's authority may still move, in the mint's smallest unit.
        pub outstanding: u64,
    }
    discriminator = [81, 131, 117, 230, 240, 120, 120, 14];
}

crate::event! {
    /// The wallet paused the subscription, or ended the pause: receipt of a Subscription.
    pub struct Paused {
        /// No charge before this time, Unix seconds.
        pub paused_until: i64,
        /// From when the next period can be charged, Unix seconds.
        pub next_due: i64,
    }
    discriminator = [172, 248, 5, 253, 49, 255, 255, 232];
}

crate::event! {
    /// The wallet signed another plan: receipt of a Subscription.
    pub struct PlanChanged {
        /// The new plan.
        pub plan: Address,
        /// What was signed.
        pub terms: Terms,
        /// Generation of the authority at the signature.
        pub authority_generation: u64,
        /// What the token account's authority may still move, in the mint's smallest unit.
        pub outstanding: u64,
        /// Nonce of the quote that set the price; 0 without one.
        pub quote_nonce: u64,
        /// Until when that quote was good, Unix seconds; 0 without one.
        pub quote_deadline: i64,
        /// What the unused time of the period before was worth, as far as it lowered the debit, in the
        /// mint's smallest unit.
        pub credit: u64,
        /// What the subscriber consents to, of [`Plan`](crate::accounts::Plan)'s flags.
        pub consents: u8,
        /// 1: the plan follows when the period ends, and nothing is paid yet.
        pub at_period_end: u8,
        /// Zero.
        pub spare: [u8; 6],
        /// The first period under the new plan.
        pub settlement: Settlement,
    }
    discriminator = [183, 244, 86, 213, 42, 210, 217, 72];
}
