//! The compiled program in `LiteSVM`: refusals first, and what is written last.

mod award;
mod cancel;
mod charge;
mod claim_commission;
mod compute_units;
mod create_code;
mod create_org;
mod create_plan;
mod layout;
mod open_ledger;
mod quote;
mod receipts;
mod redeem;
mod register_member;
mod sequences;
mod set_issuer;
mod subscribe;
