//! Referral campaigns: what they refuse, what becomes of referrals, and what is never exceeded.

mod abuse;
mod board;
mod decisions;
mod erasure;
mod moves;
mod versions;
