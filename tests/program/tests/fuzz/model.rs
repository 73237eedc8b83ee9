//! The model: what it decides is what must happen, to the byte and to the token.

mod surroundings;

use super::{
    chain::{Met, Sent, token},
    failure::{Failure, law},
    stage::Case,
};
use solana_account::{AccountSharedData, ReadableAccount};
use solana_address::Address;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;
use std::collections::BTreeMap;
use surroundings::Before;
use tessera_client::{
    Account, Event, audit,
    model::{Call, Effects, Moment, Refusal, State},
    types::{ID, TesseraError},
};

/// The model's accounts, as all transactions so far made them.
#[derive(Clone)]
pub(crate) struct Modelled {
    state: State,
    admin: Address,
}

impl Modelled {
    /// Nothing yet; `admin` may upgrade the program.
    pub(crate) fn new(admin: Address) -> Self {
        Self {
            state: State::default(),
            admin,
        }
    }

    /// Holds what became of a transaction against what the model decides.
    pub(crate) fn judge(&mut self, case: &Case) -> Result<(), Failure> {
        let sent = case.sent;
        if is_others_fault(sent, case.main) {
            return Ok(());
        }
        let before = Before {
            sent,
            chain: case.chain,
            admin: self.admin,
        };
        let decided = self.state.run(&Call {
            instruction: &sent.instructions[case.main],
            transaction: &sent.instructions,
            moment: Moment {
                now: case.chain.now,
                slot: case.chain.slot,
            },
            surroundings: &before,
        });
        match (&sent.result, decided) {
            (Ok(receipts), Ok(effects)) => {
                same_receipt(receipts, &effects)?;
                same_tokens(sent, &effects)?;
                same_creations(sent, &effects)?;
                self.same_accounts(case)
            }
            (Err(error), Err(refusals)) => same_rule(error, &refusals),
            (Ok(_), Err(refusals)) => Err(Failure {
                law: "what the model refuses, the program refuses",
                detail: format!("{refusals:?}"),
            }),
            (Err(error), Ok(effects)) => Err(Failure {
                law: "what the model lets pass, the program does",
                detail: format!("{error:?}, but {effects:?}"),
            }),
        }
    }

    fn same_accounts(&self, case: &Case) -> Result<(), Failure> {
        for met in case.sent.accounts.iter().filter(|met| met.is_changed()) {
            let Some(account) = case.books.accounts.get(&met.address) else {
                continue;
            };
            let findings = audit::differences(&met.address, account, &self.state);
            law!(
                "accounts are the model's",
                findings.is_empty(),
                "{findings:?}"
            );
        }
        Ok(())
    }
}

/// The rule that the program names is among those that the model found broken; what the runtime refused
/// behind it has no name.
fn same_rule(error: &TransactionError, refusals: &[Refusal]) -> Result<(), Failure> {
    let TransactionError::InstructionError(_, error) = error else {
        return Ok(());
    };
    let rule = match error {
        InstructionError::Custom(code) => TesseraError::from_code(*code),
        _ => None,
    };
    let agrees = refusals.iter().any(|refusal| match (rule, refusal) {
        // Behind what is missing the model looks at no more rules.
        (_, Refusal::Missing(_)) => true,
        (_, Refusal::Rule(TesseraError::TokenAccountMissing | TesseraError::MintMissing)) => true,
        // Accounts of another kind, which to the model are others' than they should be, and sums that
        // are above a limit before they overflow.
        (Some(TesseraError::AccountMissing | TesseraError::ArithmeticOverflow), _) => true,
        (Some(rule), Refusal::Rule(broken)) => rule == *broken,
        // The program has called somebody before it looked at all rules.
        (None, _) => true,
        _ => false,
    });
    law!(
        "the rule that is named is broken",
        agrees,
        "{error:?} {rule:?}, but {refusals:?}"
    );
    Ok(())
}

/// Whether the transaction failed by another instruction than the program's.
fn is_others_fault(sent: &Sent, main: usize) -> bool {
    match &sent.result {
        Err(TransactionError::InstructionError(at, _)) => usize::from(*at) != main,
        _ => false,
    }
}

fn same_receipt(receipts: &[Vec<u8>], effects: &Effects) -> Result<(), Failure> {
    let found = receipts.first().map(|raw| Event::decode(raw));
    let found = found.transpose().expect("looked at by the laws");
    let same = found == effects.event;
    law!(
        "receipts are the model's",
        same,
        "{found:?}, but {:?}",
        effects.event
    );
    Ok(())
}

/// Exactly what is said moves, and whom token accounts approve changes as it is said.
fn same_tokens(sent: &Sent, effects: &Effects) -> Result<(), Failure> {
    let mut moved: BTreeMap<Address, i128> = BTreeMap::new();
    for transfer in &effects.transfers {
        *moved.entry(transfer.from).or_default() -= i128::from(transfer.amount);
        *moved.entry(transfer.to).or_default() += i128::from(transfer.amount);
    }
    for met in &sent.accounts {
        let expected = moved.remove(&met.address).unwrap_or(0);
        let found = amount(met.after.as_ref()) - amount(met.before.as_ref());
        let same = found == expected;
        law!(
            "tokens move as the model says",
            same,
            "{}: {found}, but {effects:?}",
            met.address
        );
        same_approval(met, -expected, effects)?;
    }
    let rest = moved.values().all(|it| *it == 0);
    law!(
        "tokens move as the model says",
        rest,
        "{moved:?} of {effects:?}"
    );
    Ok(())
}

fn amount(account: Option<&AccountSharedData>) -> i128 {
    account.and_then(token).map_or(0, |it| it.amount.into())
}

fn same_approval(met: &Met, paid: i128, effects: &Effects) -> Result<(), Failure> {
    let states = (
        met.before.as_ref().and_then(token),
        met.after.as_ref().and_then(token),
    );
    let (Some(before), Some(after)) = states else {
        return Ok(());
    };
    let approval = effects
        .approval
        .filter(|it| it.token_account == met.address);
    let (delegate, amount) = match approval {
        Some(it) => (Some(it.delegate), it.amount),
        None => (Option::from(before.delegate), before.delegated_amount),
    };
    let found = (
        Option::<Address>::from(after.delegate),
        after.delegated_amount,
    );
    let none = (None, 0);
    let untouched = if amount == 0 {
        none
    } else {
        (delegate, amount)
    };
    // What its delegate moves, an account approves no more.
    let left = i128::from(amount) - paid;
    let used = match u64::try_from(left) {
        Ok(0) | Err(_) => none,
        Ok(left) => (delegate, left),
    };
    let by_delegate = approval.is_none() && paid > 0;
    let same = found == untouched || (by_delegate && found == used);
    law!(
        "approvals are the model's",
        same,
        "{}: {found:?}, but {effects:?}",
        met.address
    );
    let others =
        (before.mint, before.owner, before.state) == (after.mint, after.owner, after.state);
    law!(
        "token accounts stay whose they are",
        others,
        "{}",
        met.address
    );
    Ok(())
}

/// The accounts of the program that are created, and who paid.
fn same_creations(sent: &Sent, effects: &Effects) -> Result<(), Failure> {
    let is_ours = |account: &AccountSharedData| *account.owner() == ID;
    let mut found: Vec<(Address, Address)> = Vec::new();
    for met in &sent.accounts {
        if met.before.as_ref().is_none_or(|it| !is_ours(it))
            && let (_, Some(account)) = met.decoded()
        {
            found.push((met.address, Account::header(&account).rent_payer));
        }
    }
    let mut expected = effects.created.clone();
    found.sort_unstable();
    expected.sort_unstable();
    law!(
        "the model's accounts are created",
        found == expected,
        "{found:?}, but {expected:?}"
    );
    Ok(())
}
