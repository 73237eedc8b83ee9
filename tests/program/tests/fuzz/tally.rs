//! What was tried, and what became of it.

use super::{acts::Attempt, chain::Sent, step::instruction_name};
use std::{collections::BTreeMap, fmt};
use tessera_client::types::{TesseraError, args::InstructionNumber};

/// Counts, by the number of the instruction.
#[derive(Default)]
pub(crate) struct Tally {
    /// Succeeded, refused.
    counts: BTreeMap<u8, (u64, u64)>,
    refusals: BTreeMap<(u8, String), u64>,
    /// Accounts that were closed, by their kind.
    closed: BTreeMap<&'static str, u64>,
    /// Steps without an instruction: time, and what happens to tokens.
    aside: u64,
    /// Steps for which there was nothing to be about.
    idle: u64,
}

/// Numbers of instructions that anybody sends.
pub(crate) const INSTRUCTIONS: u8 = InstructionNumber::ClosePool as u8 + 1;

impl Tally {
    pub(super) fn aside(&mut self) {
        self.aside += 1;
    }

    pub(super) fn idle(&mut self) {
        self.idle += 1;
    }

    pub(super) fn count(&mut self, attempt: &Attempt, sent: &Sent) {
        let data = &attempt.instructions[attempt.main].data;
        let number = data.first().copied().unwrap_or(u8::MAX);
        let (succeeded, refused) = self.counts.entry(number).or_default();
        match &sent.result {
            Ok(_) => {
                *succeeded += 1;
                self.count_closed(sent);
            }
            Err(error) => {
                *refused += 1;
                *self.refusals.entry((number, named(error))).or_default() += 1;
            }
        }
    }

    fn count_closed(&mut self, sent: &Sent) {
        for met in sent.accounts.iter().filter(|met| met.is_changed()) {
            if let (Some(before), None) = met.decoded() {
                *self.closed.entry(before.name()).or_default() += 1;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (number, (succeeded, refused)) in &other.counts {
            let mine = self.counts.entry(*number).or_default();
            mine.0 += succeeded;
            mine.1 += refused;
        }
        for (why, count) in &other.refusals {
            *self.refusals.entry(why.clone()).or_default() += count;
        }
        for (kind, count) in &other.closed {
            *self.closed.entry(kind).or_default() += count;
        }
        self.aside += other.aside;
        self.idle += other.idle;
    }

    /// Steps that did something.
    pub(crate) fn steps(&self) -> u64 {
        let tried = self
            .counts
            .values()
            .map(|(succeeded, refused)| succeeded + refused);
        tried.sum::<u64>() + self.aside
    }

    /// Instructions that never succeeded.
    pub(crate) fn missing(&self) -> Vec<u8> {
        let never = |number: &u8| self.counts.get(number).is_none_or(|(done, _)| *done == 0);
        (0..INSTRUCTIONS).filter(never).collect()
    }

    /// The kinds of accounts that were closed.
    pub(crate) fn closed_kinds(&self) -> usize {
        self.closed.len()
    }

    /// What was refused, the most frequent first.
    pub(crate) fn refusals(&self) -> Vec<(u64, u8, &str)> {
        let mut all: Vec<_> = self
            .refusals
            .iter()
            .map(|((number, why), count)| (*count, *number, why.as_str()))
            .collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all
    }
}

/// A refusal by the program has a name.
fn named(error: &solana_transaction_error::TransactionError) -> String {
    use solana_instruction::error::InstructionError::Custom;
    if let solana_transaction_error::TransactionError::InstructionError(_, Custom(code)) = error
        && let Some(error) = TesseraError::from_code(*code)
    {
        return error.name().to_owned();
    }
    format!("{error:?}")
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut succeeded, mut refused) = (0, 0);
        for (number, (done, not)) in &self.counts {
            let name = instruction_name(*number);
            writeln!(f, "{name:>16}: {done:>6} done, {not:>6} refused")?;
            succeeded += done;
            refused += not;
        }
        writeln!(f, "closed: {:?}", self.closed)?;
        let (steps, idle) = (self.steps(), self.idle);
        writeln!(
            f,
            "{steps} steps: {succeeded} done, {refused} refused, {} without an instruction; {idle} more \
             had nothing to act on",
            self.aside
        )
    }
}
