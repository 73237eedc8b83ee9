//! Referral campaigns: what they refuse, what they pay, what they never exceed, and what checks find.

mod campaign;
mod caps;
mod cycles;
mod decisions;
mod invitation;
mod leader_board;
mod qualification;
mod refunds;
mod sharing;
mod support;
mod velocity;
mod wash;
