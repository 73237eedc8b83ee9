//! Attacks on the accounts that an instruction is given: each is tried on every instruction, at
//! every place. Whatever is refused must have changed nothing, and why it is refused is published
//! in a table beside the test.

use super::{
    calls::Call,
    stage::{Effect, Outcome, Stage},
};
use std::{env, fs};

#[path = "accounts/arguments.rs"]
mod arguments;
#[path = "accounts/creation.rs"]
mod creation;
#[path = "accounts/kinds.rs"]
mod kinds;
#[path = "accounts/lists.rs"]
mod lists;
#[path = "accounts/orgs.rs"]
mod orgs;
#[path = "accounts/owners.rs"]
mod owners;
#[path = "accounts/rights.rs"]
mod rights;
#[path = "accounts/tokens.rs"]
mod tokens;
#[path = "accounts/transfers.rs"]
mod transfers;

const TABLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/attacks/refusals");
const UPDATE: &str = "UPDATE_REFUSALS";

/// What was tried and what became of it.
struct Attempts {
    lines: Vec<String>,
    /// What of a call may stand there as it likes.
    is_harmless: fn(&Call, &str) -> bool,
}

impl Attempts {
    fn new() -> Self {
        Self::allowing(is_unread)
    }

    fn allowing(is_harmless: fn(&Call, &str) -> bool) -> Self {
        Self {
            lines: Vec::new(),
            is_harmless,
        }
    }

    /// Requires that an attempt on what of `call` did no harm, and notes it where it does not come to
    /// what was noted before.
    #[track_caller]
    fn note(&mut self, tokens: &str, call: &Call, what: &str, outcome: &Outcome) {
        let line = format!("{}, {what}: {}", call.title(), outcome.name());
        match outcome {
            Outcome::Refused(_) => {}
            Outcome::AsUsual => assert!((self.is_harmless)(call, what), "{tokens}{line}"),
            Outcome::Otherwise(_) => panic!("{tokens}{line}"),
        }
        let known = self.lines.contains(&line);
        let line = format!("{tokens}{line}");
        if !known && !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Requires that it is what the table of this name says.
    fn assert_published(self, name: &str) {
        let path = format!("{TABLES}/{name}.txt");
        let found = self.lines.join("\n") + "\n";
        if env::var_os(UPDATE).is_some() {
            fs::write(path, found).expect("the table");
            return;
        }
        let published = fs::read_to_string(&path).expect("the table");
        assert_eq!(
            published, found,
            "{path} is not what is found; run the test with {UPDATE}=1 to rewrite it"
        );
    }
}

/// Accounts that nobody looks at in this case.
fn is_unread(call: &Call, account: &str) -> bool {
    match (call.name, call.variant) {
        // Who made the config is looked at when it is made.
        ("set_config", _) => account == "program_data",
        // Nothing is paid yet.
        ("change_plan", "later") => account == "vault" || account.starts_with("ledger_"),
        _ => false,
    }
}

/// Every call of both token programs, with what it does.
fn each(mut attack: impl FnMut(&mut Stage, &Call, &Effect, &str)) {
    each_of(Stage::new(), "", &mut attack);
    each_of(Stage::token_2022(), "Token-2022: ", &mut attack);
}

/// The same on SPL Token, for what has nothing to do with tokens.
fn each_on_spl(mut attack: impl FnMut(&mut Stage, &Call, &Effect)) {
    each_of(Stage::new(), "", |stage, call, usual, _| {
        attack(stage, call, usual);
    });
}

fn each_of(
    mut stage: Stage,
    tokens: &str,
    mut attack: impl FnMut(&mut Stage, &Call, &Effect, &str),
) {
    for call in stage.calls() {
        let usual = stage.effect(&call);
        attack(&mut stage, &call, &usual, tokens);
    }
}
