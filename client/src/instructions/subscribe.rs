use super::{
    commission, itself, mint, optional, payer, readonly, referral_ledgers, signer, with_args,
    writable,
};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::{system_program, sysvar};
use tessera_types::{
    Address,
    accounts::{Member, Plan},
    args::{InstructionNumber, SubscribeArgs},
};

/// Signs terms, approves later periods and pays the first, or begins a trial, at [`address::subscription`].
/// With a quote, [`crate::quote::verification`] stands anywhere in the transaction.
#[derive(Debug, Clone, Copy)]
pub struct Subscribe<'a> {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The plan's address.
    pub plan_address: Address,
    /// The plan.
    pub plan: &'a Plan,
    /// The subscriber's member account: its wallet signs, its referrers' ledgers must be open.
    pub member: &'a Member,
    /// The wallet's token account that pays.
    pub payer_token: Address,
    /// Terms.
    pub args: SubscribeArgs,
}

impl From<Subscribe<'_>> for Instruction {
    fn from(ix: Subscribe) -> Self {
        let (plan, wallet) = (ix.plan, ix.member.wallet);
        let instructions = (ix.args.terms.quoted == 1).then_some(sysvar::instructions::ID);
        let mut accounts = vec![
            payer(ix.payer),
            signer(wallet),
            readonly(plan.org),
            readonly(ix.plan_address),
            writable(address::member(&plan.org, &wallet)),
            writable(address::subscription(&ix.plan_address, &wallet)),
            writable(address::authority(&ix.payer_token)),
            writable(ix.payer_token),
            writable(plan.destination),
            readonly(plan.token_program),
            readonly(system_program::ID),
            mint(plan),
            optional(instructions, readonly),
        ];
        accounts.extend(commission(plan.vault, referral_ledgers(plan, ix.member)));
        accounts.extend(itself(plan.token_program));
        with_args(InstructionNumber::Subscribe, &ix.args, accounts)
    }
}
