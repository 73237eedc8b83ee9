//! One instruction a file: its accounts, its checks, its effect.

mod award;
mod cancel;
mod charge;
mod claim_commission;
mod create_code;
mod create_org;
mod create_plan;
mod open_ledger;
mod receipt;
mod redeem;
mod register_member;
mod set_issuer;
mod subscribe;

pub use award::*;
pub use cancel::*;
pub use charge::*;
pub use claim_commission::*;
pub use create_code::*;
pub use create_org::*;
pub use create_plan::*;
pub use open_ledger::*;
pub use receipt::*;
pub use redeem::*;
pub use register_member::*;
pub use set_issuer::*;
pub use subscribe::*;
