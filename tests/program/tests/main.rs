//! The compiled program in `LiteSVM`: refusals first, and what is written last.

mod audited;
mod award;
mod cancel;
mod carriers;
mod charge;
mod claim_commission;
mod compute_units;
mod create_code;
mod create_org;
mod create_plan;
mod layout;
mod math;
mod open_ledger;
mod payers;
mod quote;
mod receipts;
mod redeem;
mod register_member;
mod reports;
mod review;
mod sequences;
mod set_issuer;
mod subscribe;
mod token_2022;
mod versions;
mod window;
