//! A program in the middle: passes its data on to the program that its first account names, with
//! all the accounts behind it, and with the rights that it was given; for its own vault it signs, as
//! a multisig does that was asked by enough of its members. Without accounts it accepts any data and
//! does nothing.

#![allow(missing_docs, reason = "the macro makes a public structure")]

use crate::World;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_program_runtime::{
    declare_process_instruction, invoke_context::InvokeContext,
    solana_sbpf::program::BuiltinFunctionDefinition,
};

/// Its address.
pub const FORWARDER: Address = Address::new_from_array([77; 32]);

declare_process_instruction!(Forwarder, 1, |context| { forward(context) });

fn forward(context: &mut InvokeContext) -> Result<(), InstructionError> {
    let here = context
        .transaction_context
        .get_current_instruction_context()?;
    let mut accounts = Vec::new();
    for index in 0..here.get_number_of_instruction_accounts() {
        let address = *here.get_key_of_instruction_account(index)?;
        accounts.push(AccountMeta {
            pubkey: address,
            is_signer: here.is_instruction_account_signer(index)? || address == vault(),
            is_writable: here.is_instruction_account_writable(index)?,
        });
    }
    let data = here.get_instruction_data().to_vec();
    let Some((program, accounts)) = accounts.split_first() else {
        return Ok(());
    };
    let instruction = Instruction {
        program_id: program.pubkey,
        accounts: accounts.to_vec(),
        data,
    };
    let (_, bump) = Address::find_program_address(&[VAULT_SEED], &FORWARDER);
    context.native_invoke_signed(instruction, &[&[VAULT_SEED, &[bump]]])
}

const VAULT_SEED: &[u8] = b"vault";

/// The wallet that the forwarder signs for: nobody has its key.
pub fn vault() -> Address {
    Address::find_program_address(&[VAULT_SEED], &FORWARDER).0
}

impl World {
    /// Puts the forwarder on the cluster.
    pub fn add_forwarder(&mut self) {
        self.svm.add_builtin(FORWARDER, Forwarder::register);
    }
}

/// `instruction`, called by the forwarder, which adds its vault's signature.
pub fn forwarded(instruction: &Instruction) -> Instruction {
    let mut accounts = vec![AccountMeta::new_readonly(instruction.program_id, false)];
    let metas = instruction.accounts.iter();
    accounts.extend(metas.map(|meta| AccountMeta {
        is_signer: meta.is_signer && meta.pubkey != vault(),
        ..meta.clone()
    }));
    Instruction {
        program_id: FORWARDER,
        accounts,
        data: instruction.data.clone(),
    }
}
