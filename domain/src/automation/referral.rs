//! Referral campaigns: what members earn for bringing others, over facts that the index has.
//!
//! Laws: what is due at a moment is a function of the set of facts up to it and of the decisions that
//! people made; caps and the budget are never exceeded, and where they run short the order in which
//! referrals qualified decides; what was released stays released, and what later facts take its ground
//! away from is shown as a claim. A check never decides: it says what it saw, and a human releases.

mod allocate;
mod campaign;
pub mod check;
mod decision;
mod earn;
mod evaluate;
mod facts;
mod invitation;
mod leader_board;
mod outcome;
mod qualify;
mod refunds;
mod reward;
mod validate;
mod whole_text;

pub use campaign::{
    Campaign, Cap, Caps, Combination, Limit, MAX_DAYS, MAX_LIST, MAX_NAME, MAX_PERIODS, Paid,
    Qualification, Referrers, Sign,
};
pub use decision::{Decision, Decisions, Rejection, Release, State, reject, release};
pub use evaluate::{DECIMALS_RULE, evaluate};
pub use facts::{Charge, Facts, Member, Membership, Payout, PayoutKind, Refund};
pub use invitation::{Guest, Invitation, MAX_USES};
pub use leader_board::{Ranked, Standing, leader_board};
pub use outcome::{Reason, Referral};
pub use qualify::Progress;
pub use refunds::{Place, refunds_of};
pub use reward::{Grant, Reward, Rewards, Tier};
