//! Requests, and their outcome.
//!
//! A command holds what the caller decides; what follows from accounts is looked up. Signers and
//! accounts of instructions are checked by `instruction`.

mod authority;
mod campaigns;
mod change_plan;
mod charge;
mod closing;
mod codes;
mod commission;
mod configuration;
mod invoice;
mod membership;
mod metering;
mod plans;
mod points;
mod pools;
mod refund;
mod settlement;
mod signature;
mod stakes;
mod standing;
mod subscribe;
mod vouchers;

pub use super::rules::approval::Met;
pub(crate) use authority::hands;
pub use authority::{AcceptAuthority, ProposeAuthority};
pub use campaigns::{CreateCampaign, OpenPage, SetRoot};
pub use change_plan::ChangePlan;
pub use charge::Charge;
pub use closing::Close;
pub use codes::{AcceptCode, CreateCode, TransferCode};
pub use commission::{ClaimCommission, OpenLedger, Release};
pub use configuration::{CreateOrg, PauseOrg, SetConfig, UpdateOrg};
pub use invoice::PayInvoice;
pub use membership::RegisterMember;
pub use metering::ChargeUpTo;
pub use plans::{CreatePlan, SetIssuer, SunsetPlan};
pub use points::{Award, Redeem};
pub use pools::{CreatePool, FundPool};
pub use refund::Refund;
pub(crate) use settlement::Bill;
pub use signature::{Quoted, Signature};
pub use stakes::{Harvest, Stake, Unstake};
pub use standing::{Cancel, MarkPastDue, Pause, Resume};
pub use subscribe::Subscribe;
pub use vouchers::ClaimVoucher;

use super::{Moment, State, Verdict};
use crate::decode::Event;

/// A request to change the state.
pub trait Command {
    /// Decides the event, as far as possible, and notes each rule that was checked in `verdict`;
    /// with a broken one the program refuses. Changes nothing.
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event>;
}
