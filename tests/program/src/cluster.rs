//! Transactions, time and accounts.

use crate::{Refused, Sent, World};
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::inner_instruction::InnerInstruction;
use solana_signer::Signer;
use solana_transaction::{Message, Transaction};
use tessera_client::{
    Event,
    carried::{InnerCall, OuterCall},
    decode,
    receipts::{self, ReceiptState},
    types::accounts::AccountType,
};

impl World {
    /// Sends a transaction that the payer signs, and those of `signers` that it asks for.
    ///
    /// # Errors
    /// [`Refused`] when it fails; nothing has changed then.
    pub fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Sent, Refused> {
        let transaction = self.transaction(instructions, signers);
        let message = transaction.message.clone();
        let result = self.svm.send_transaction(transaction);
        self.svm.expire_blockhash();
        let sent = outcome(&message, result)?;
        self.events.extend(sent.events());
        Ok(sent)
    }

    /// Tries a transaction without any effect.
    ///
    /// # Errors
    /// [`Refused`] when it would fail.
    pub fn simulate(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Sent, Refused> {
        let transaction = self.transaction(instructions, signers);
        let message = transaction.message.clone();
        let result = self.svm.simulate_transaction(transaction);
        outcome(&message, result.map(|simulated| simulated.meta))
    }

    /// The transaction that [`World::send`] sends.
    pub fn transaction(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Transaction {
        let message = Message::new(instructions, Some(&self.payer.pubkey()));
        let required = &message.account_keys[..message.header.num_required_signatures.into()];
        let keys: Vec<&Keypair> = std::iter::once(&self.payer)
            .chain(signers.iter().copied())
            .filter(|key| required.contains(&key.pubkey()))
            .collect();
        Transaction::new(&keys, message, self.svm.latest_blockhash())
    }

    /// The cluster's clock, Unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Moves the cluster's clock forward; back when `secs` is negative.
    pub fn advance(&mut self, secs: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp += secs;
        clock.slot += 1;
        self.svm.set_sysvar(&clock);
    }

    /// Sends lamports to an address where nothing is yet, as anyone can: the fewest possible.
    pub fn prefund(&mut self, address: &Address) {
        let lamports = self.svm.minimum_balance_for_rent_exemption(0);
        self.svm.airdrop(address, lamports).expect("airdrop");
    }

    /// Decodes one of the program's accounts.
    #[track_caller]
    pub fn account<T: AccountType>(&self, address: &Address) -> T {
        self.find(address).expect("account")
    }

    /// The same, where it may be missing.
    #[track_caller]
    pub fn find<T: AccountType>(&self, address: &Address) -> Option<T> {
        let account = self.svm.get_account(address)?;
        Some(decode::account(&account.data).expect("account data"))
    }

    /// Rewrites one of the program's accounts, to reach states that no instruction reaches yet.
    pub fn rewrite<T: AccountType>(&mut self, address: &Address, change: impl FnOnce(&mut T)) {
        let mut account = self.svm.get_account(address).expect("account");
        let mut value: T = decode::account(&account.data).expect("account data");
        change(&mut value);
        account.data[8..T::LEN].copy_from_slice(bytemuck::bytes_of(&value));
        self.svm
            .set_account(*address, account)
            .expect("set account");
    }

    /// The events so far that are about `address`, as carried.
    pub fn events_of(&self, address: &Address) -> Vec<&[u8]> {
        self.events
            .iter()
            .map(Vec::as_slice)
            .filter(|raw| Event::decode(raw).expect("event").receipt().account == *address)
            .collect()
    }

    /// Requires that the events so far are exactly the receipts of `address`; returns how many.
    #[track_caller]
    pub fn assert_receipts<T: AccountType>(&self, address: &Address) -> u64 {
        let claimed = ReceiptState::from(self.account::<T>(address).header());
        receipts::verify(address, claimed, self.events_of(address)).expect("receipts");
        claimed.seq
    }
}

fn outcome(
    message: &Message,
    result: Result<TransactionMetadata, FailedTransactionMetadata>,
) -> Result<Sent, Refused> {
    match result {
        Ok(sent) => Ok(Sent {
            compute_units: sent.compute_units_consumed,
            calls: calls(message, &sent),
            logs: sent.logs,
        }),
        Err(failed) => Err(Refused {
            error: failed.err,
            logs: failed.meta.logs,
        }),
    }
}

/// Each instruction and what came of it, as a node lists them.
pub fn calls(message: &Message, sent: &TransactionMetadata) -> Vec<OuterCall> {
    let program = |index: u8| message.account_keys[usize::from(index)];
    let inner = |call: &InnerInstruction| InnerCall {
        program: program(call.instruction.program_id_index),
        accounts: call
            .instruction
            .accounts
            .iter()
            .copied()
            .map(program)
            .collect(),
        data: call.instruction.data.clone(),
        height: Some(u32::from(call.stack_height)),
    };
    let instructions = message.instructions.iter().zip(&sent.inner_instructions);
    instructions
        .map(|(instruction, calls)| OuterCall {
            program: program(instruction.program_id_index),
            inner: calls.iter().map(inner).collect(),
        })
        .collect()
}
