use super::{commission, mint, payer, readonly, referral_ledgers, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::{system_program, sysvar};
use tessera_types::{
    Address, ID,
    accounts::{Member, Plan},
    args::{InstructionNumber, PayInvoiceArgs},
};

/// Pays an invoice that the org signed, once, at [`address::invoice`]. The signature's
/// [`crate::quote::verification`] stands anywhere in the transaction.
#[derive(Debug, Clone, Copy)]
pub struct PayInvoice<'a> {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The plan whose mint, destination and vault it is paid by.
    pub plan: &'a Plan,
    /// The payer's member account: its wallet signs, its referrers' ledgers must be open.
    pub member: &'a Member,
    /// The wallet's token account that pays.
    pub payer_token: Address,
    /// What the invoice says.
    pub args: PayInvoiceArgs,
}

impl From<PayInvoice<'_>> for Instruction {
    fn from(ix: PayInvoice) -> Self {
        let (plan, wallet) = (ix.plan, ix.member.wallet);
        let plan_address = address::plan(&plan.org, plan.id);
        let mut accounts = vec![
            payer(ix.payer),
            signer(wallet),
            readonly(plan.org),
            readonly(plan_address),
            writable(address::member(&plan.org, &wallet)),
            writable(address::invoice(&plan_address, &wallet, ix.args.id)),
            writable(ix.payer_token),
            writable(plan.destination),
            readonly(plan.token_program),
            readonly(system_program::ID),
            readonly(ID),
            mint(plan),
            readonly(sysvar::instructions::ID),
        ];
        accounts.extend(commission(plan.vault, referral_ledgers(plan, ix.member)));
        with_args(InstructionNumber::PayInvoice, &ix.args, accounts)
    }
}
