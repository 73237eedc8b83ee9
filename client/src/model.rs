//! Tessera's rules as a state machine, written apart from the program: the two share layouts, limits,
//! seeds and error codes, no code.
//!
//! Law: a [`Command`] is a request; it decides the outcome, one event and the rules that it breaks,
//! and changes nothing. [`State::evolve`] makes accounts from events alone. So a fuzzer compares
//! what the program does with the decision ([`State::judge`]), an audit compares receipts with it,
//! and a simulation needs no network.

mod accounts;
mod call;
pub mod command;
mod evolve;
mod instruction;
pub(crate) mod rules;
#[cfg(feature = "checkpoint")]
mod saved;
mod standing;
mod state;
mod verdict;

pub use call::{Approval, Call, Effects, Mint, Surroundings, TokenAccount, Transfer};
pub use command::Command;
pub use standing::Standing;
pub use state::State;
pub(crate) use state::{Agreement, MemberState, Numbered};
pub use verdict::{Moment, Refusal, Verdict};
