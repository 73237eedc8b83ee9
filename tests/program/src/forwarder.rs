//! A program in the middle: passes its data on to the program that its first account names, with
//! all the accounts behind it, and with the rights that it was given. Without accounts it accepts
//! any data and does nothing.

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
        accounts.push(AccountMeta {
            pubkey: *here.get_key_of_instruction_account(index)?,
            is_signer: here.is_instruction_account_signer(index)?,
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
    context.native_invoke_signed(instruction, &[])
}

impl World {
    /// Puts the forwarder on the cluster.
    pub fn add_forwarder(&mut self) {
        self.svm.add_builtin(FORWARDER, Forwarder::register);
    }
}

/// `instruction`, called by the forwarder.
pub fn forwarded(instruction: &Instruction) -> Instruction {
    let mut accounts = vec![AccountMeta::new_readonly(instruction.program_id, false)];
    accounts.extend(instruction.accounts.iter().cloned());
    Instruction {
        program_id: FORWARDER,
        accounts,
        data: instruction.data.clone(),
    }
}
