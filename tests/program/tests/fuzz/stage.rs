//! The cluster that steps are played on, and all who watch.

use super::{
    acts::{Attempt, Memory, Scene, surroundings},
    attack,
    books::Books,
    chain::{Chain, Sent},
    dice::Dice,
    failure::{Failure, law},
    laws::Laws,
    model::Modelled,
    people::People,
    step::{Act, Step},
    tally::Tally,
};
use std::sync::Arc;
use tessera_client::{
    audit::{self, Snapshot},
    carried::Tokens,
};

/// How many transactions an attacker remembers.
const REMEMBERED: usize = 32;

/// How many steps may lead back from what makes no sense yet.
const INSTEAD: u32 = 3;

/// A transaction that was sent, and where the cluster stands behind it.
pub(crate) struct Case<'a> {
    pub(crate) sent: &'a Sent,
    /// Which of its instructions is the program's.
    pub(crate) main: usize,
    pub(crate) chain: &'a Chain,
    pub(crate) books: &'a Books,
}

/// A cluster under way.
pub(crate) struct Stage {
    pub(crate) chain: Chain,
    pub(crate) books: Books,
    pub(crate) people: Arc<People>,
    pub(crate) tally: Tally,
    /// What the last step was played as.
    pub(crate) played: Option<Act>,
    memory: Memory,
    laws: Laws,
    model: Modelled,
    receipts: Vec<Vec<u8>>,
    tokens: Vec<Tokens>,
}

impl Stage {
    pub(crate) fn new(chain: Chain, people: People) -> Self {
        Self {
            chain,
            books: Books::default(),
            model: Modelled::new(people.admin),
            people: Arc::new(people),
            tally: Tally::default(),
            played: None,
            memory: Memory::default(),
            laws: Laws::default(),
            receipts: vec![],
            tokens: vec![],
        }
    }

    /// The same once more, with nothing counted yet.
    pub(crate) fn fork(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            books: self.books.clone(),
            people: self.people.clone(),
            tally: Tally::default(),
            played: None,
            memory: self.memory.clone(),
            laws: self.laws.clone(),
            model: self.model.clone(),
            receipts: self.receipts.clone(),
            tokens: self.tokens.clone(),
        }
    }

    /// How many receipts there are so far.
    pub(crate) fn receipts_len(&self) -> u64 {
        self.receipts.len() as u64
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            chain: &self.chain,
            books: &self.books,
            people: &self.people,
            memory: &self.memory,
        }
    }

    /// Plays a step.
    pub(crate) fn play(&mut self, step: &Step) -> Result<(), Failure> {
        self.play_as(step.act, step, INSTEAD)
    }

    /// Plays a step as this act, or, where that makes no sense yet, as what leads there.
    fn play_as(&mut self, act: Act, step: &Step, instead: u32) -> Result<(), Failure> {
        self.played = Some(act);
        let mut dice = Dice::new(step);
        match act {
            Act::Wait => {
                let secs = self.scene().wait(&mut dice);
                self.chain.advance(secs.max(0), 1);
            }
            Act::Until => {
                let secs = self.scene().until(&mut dice);
                self.chain.advance(secs, 1);
            }
            act if act >= Act::Revoke => {
                let (chain, books) = (&mut self.chain, &self.books);
                let changed = surroundings::play(act, &mut dice, chain, books, &self.people);
                self.laws.tampered.extend(changed);
            }
            act => {
                let attempt = self.scene().attempt(act, &mut dice);
                let sensible = attempt.is_some() && dice.sensible;
                if instead > 0 && !sensible && !dice.once_in(8) {
                    let act = self.scene().instead_of(act, &mut dice);
                    return self.play_as(act, step, instead - 1);
                }
                return self.try_out(attempt, &mut dice, step.attack);
            }
        }
        self.tally.aside();
        Ok(())
    }

    fn try_out(
        &mut self,
        attempt: Option<Attempt>,
        dice: &mut Dice,
        attack: u32,
    ) -> Result<(), Failure> {
        let Some(mut attempt) = attempt else {
            self.tally.idle();
            return Ok(());
        };
        // Most things happen in a slot of their own.
        if !dice.once_in(8) {
            self.chain.advance(0, 1);
        }
        if attack != 0
            && let Some(forgery) = self.scene().attack(&mut attempt, attack)
        {
            attack::place(&mut self.chain, forgery);
        }
        self.run(attempt)
    }

    /// Sends a transaction and holds what becomes of it against laws and model.
    pub(crate) fn run(&mut self, mut attempt: Attempt) -> Result<(), Failure> {
        // Nobody signs for an address without a key.
        for meta in &mut attempt.instruction().accounts {
            meta.is_signer &= self.people.can_sign(&meta.pubkey);
        }
        let sent = self.chain.send(&attempt.instructions, &self.people.fees);
        self.tally.count(&attempt, &sent);
        if let Ok(receipts) = &sent.result {
            self.receipts.extend_from_slice(receipts);
            self.tokens.extend_from_slice(&sent.tokens);
            self.books.update(&sent);
        }
        let case = Case {
            sent: &sent,
            main: attempt.main,
            chain: &self.chain,
            books: &self.books,
        };
        let unstated = sent.unstated.iter().find(|it| !it.is_empty());
        law!(
            "tokens move with a receipt",
            unstated.is_none(),
            "{unstated:?}"
        );
        self.laws.check(&case)?;
        self.model.judge(&case)?;
        if let Some((root, gifts)) = attempt.gifts.clone() {
            self.memory.gifts.insert(root, gifts);
        }
        if self.memory.sent.len() == REMEMBERED {
            self.memory.sent.remove(0);
        }
        self.memory.sent.push(attempt);
        Ok(())
    }

    /// Has the audit fold all receipts so far and look at all accounts.
    pub(crate) fn audit(&self) -> Result<(), Failure> {
        let accounts = self.books.accounts.clone();
        let balance = |vault| (vault, self.chain.balance(&vault));
        let report = audit::audit(&Snapshot {
            vaults: audit::vaults(&accounts).into_iter().map(balance).collect(),
            accounts,
            events: self.receipts.clone(),
            tokens: self.tokens.clone(),
            ..Snapshot::default()
        });
        let findings = report.findings;
        law!("the audit is green", findings.is_empty(), "{findings:?}");
        Ok(())
    }
}
