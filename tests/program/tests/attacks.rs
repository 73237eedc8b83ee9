//! Attacks, one test or more for each row of the lists in `docs/security.md`. What holds of every
//! instruction is tried on all of them.

mod accounts;
mod admin;
mod calls;
mod cast;
mod points_and_vouchers;
mod referral;
mod stage;
mod staking;
mod subscription;
