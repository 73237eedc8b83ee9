//! The cluster, by transactions whose signatures nobody verifies: an instruction's own flags say who
//! signs, and who wrote it sees to it that only those sign who have a key.

use litesvm::LiteSVM;
use solana_account::{AccountSharedData, ReadableAccount, WritableAccount};
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_program_pack::Pack;
use solana_sdk_ids::{ed25519_program, system_program, sysvar};
use solana_transaction::{Message, Transaction};
use solana_transaction_error::TransactionError;
use spl_token_interface::state::Account as TokenAccount;
use std::collections::HashSet;
use tessera_client::{
    carried::{self, Tokens},
    types::carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
};

/// The cluster and its clock.
#[derive(Clone)]
pub(crate) struct Chain {
    svm: LiteSVM,
    pub(crate) now: i64,
    pub(crate) slot: u64,
}

/// What became of a transaction.
pub(crate) struct Sent {
    /// Its instructions, with the rights that they really have.
    pub(crate) instructions: Vec<Instruction>,
    /// Its receipts as carried, or why it was refused.
    pub(crate) result: Result<Vec<Vec<u8>>, TransactionError>,
    /// What the invocations did with tokens that left a receipt, in order, and those that left none.
    pub(crate) tokens: Vec<Tokens>,
    pub(crate) unstated: Vec<Tokens>,
    /// Its accounts before and after.
    pub(crate) accounts: Vec<Met>,
}

/// An account of a transaction.
pub(crate) struct Met {
    pub(crate) address: Address,
    pub(crate) before: Option<AccountSharedData>,
    pub(crate) after: Option<AccountSharedData>,
}

impl Met {
    pub(crate) fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

impl Chain {
    pub(crate) fn new(svm: LiteSVM) -> Self {
        let clock: Clock = svm.get_sysvar();
        let svm = svm
            .with_sigverify(false)
            .with_blockhash_check(false)
            .with_transaction_history(0)
            .with_log_bytes_limit(Some(0));
        Self {
            svm,
            now: clock.unix_timestamp,
            slot: clock.slot,
        }
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, secs: i64, slots: u64) {
        self.now += secs;
        self.slot += slots;
        let mut clock: Clock = self.svm.get_sysvar();
        (clock.unix_timestamp, clock.slot) = (self.now, self.slot);
        self.svm.set_sysvar(&clock);
    }

    pub(crate) fn account(&self, address: &Address) -> Option<&AccountSharedData> {
        self.svm.accounts_db().get_account_ref(address)
    }

    pub(crate) fn token(&self, address: &Address) -> Option<TokenAccount> {
        token(self.account(address)?)
    }

    pub(crate) fn balance(&self, address: &Address) -> u64 {
        self.token(address).map_or(0, |token| token.amount)
    }

    /// Does to a token account what its owner, or its mint's issuer, could do.
    pub(crate) fn edit_token(&mut self, address: &Address, edit: impl FnOnce(&mut TokenAccount)) {
        let Some(mut account) = self.account(address).cloned() else {
            return;
        };
        let Some(mut state) = token(&account) else {
            return;
        };
        edit(&mut state);
        let data = &mut account.data_as_mut_slice()[..TokenAccount::LEN];
        TokenAccount::pack(state, data).expect("same length");
        self.put(*address, account);
    }

    pub(crate) fn put(&mut self, address: Address, account: AccountSharedData) {
        let set = self.svm.set_account(address, account.into());
        set.expect("an account without code");
    }

    /// Sends it, whatever becomes of it.
    pub(crate) fn send(&mut self, instructions: &[Instruction], fees: &Address) -> Sent {
        let message = Message::new(instructions, Some(fees));
        let rights = rights(instructions, &message);
        let addresses = message.account_keys.clone();
        let before: Vec<_> = addresses
            .iter()
            .map(|it| self.account(it).cloned())
            .collect();
        let signatures = message.header.num_required_signatures.into();
        let transaction = Transaction {
            signatures: vec![Default::default(); signatures],
            message: message.clone(),
        };
        let (mut tokens, mut unstated) = (vec![], vec![]);
        let result = match self.svm.send_transaction(transaction) {
            Ok(sent) => {
                let calls = world::calls(&message, &sent);
                let mut receipts = vec![];
                for it in carried::invocations(&calls).expect("readable calls") {
                    if it.data.is_empty() {
                        unstated.push(it.tokens);
                    } else {
                        tokens.push(it.tokens);
                        receipts.push(it.data);
                    }
                }
                Ok(receipts)
            }
            Err(failed) => Err(failed.err),
        };
        let accounts = addresses.into_iter().zip(before);
        let accounts = accounts.map(|(address, before)| Met {
            address,
            before,
            after: self.account(&address).cloned(),
        });
        Sent {
            instructions: rights,
            result,
            tokens,
            unstated,
            accounts: accounts.collect(),
        }
    }
}

/// The instructions as the runtime sees them: an account that signs or is written anywhere in the
/// transaction does so everywhere.
fn rights(instructions: &[Instruction], message: &Message) -> Vec<Instruction> {
    // Of those that nobody writes, the ones that people here name.
    let reserved = HashSet::from([
        system_program::ID,
        sysvar::instructions::ID,
        ed25519_program::ID,
    ]);
    let mut seen = instructions.to_vec();
    for meta in seen.iter_mut().flat_map(|it| &mut it.accounts) {
        let at = message
            .account_keys
            .iter()
            .position(|it| *it == meta.pubkey);
        let at = at.expect("every account is in the message");
        meta.is_signer = message.is_signer(at);
        meta.is_writable = message.is_maybe_writable_with_reserved_addresses(at, Some(&reserved));
    }
    seen
}

/// A token account of either program.
pub(crate) fn token(account: &AccountSharedData) -> Option<TokenAccount> {
    let owner = account.owner();
    if *owner != TOKEN_PROGRAM && *owner != TOKEN_2022_PROGRAM {
        return None;
    }
    // A mint is shorter, or says behind this length that it is one.
    let data = account.data();
    let is_account = data.len() == TokenAccount::LEN
        || (*owner == TOKEN_2022_PROGRAM && data.get(TokenAccount::LEN) == Some(&2));
    is_account
        .then(|| TokenAccount::unpack(&data[..TokenAccount::LEN]).ok())
        .flatten()
}
