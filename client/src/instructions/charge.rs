use super::{commission, instruction, itself, mint, optional, readonly, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address,
    accounts::{Plan, Subscription},
    args::InstructionNumber,
};

/// Collects a due period; nobody signs.
#[derive(Debug, Clone, Copy)]
pub struct Charge<'a> {
    /// The subscription.
    pub subscription: &'a Subscription,
    /// Its plan.
    pub plan: &'a Plan,
    /// Token account that receives the keeper's fee.
    pub keeper_token: Option<Address>,
}

impl From<Charge<'_>> for Instruction {
    fn from(ix: Charge) -> Self {
        let (subscription, plan) = (ix.subscription, ix.plan);
        let wallet = subscription.wallet;
        let mut accounts = vec![
            writable(address::subscription(&subscription.plan, &wallet)),
            readonly(subscription.plan),
            readonly(plan.org),
            writable(address::member(&plan.org, &wallet)),
            writable(address::authority(&subscription.payer_token)),
            writable(subscription.payer_token),
            writable(plan.destination),
            readonly(plan.token_program),
            mint(plan),
            optional(ix.keeper_token, writable),
        ];
        accounts.extend(commission(plan.vault, subscription.ledgers));
        accounts.extend(itself(plan.token_program));
        instruction(InstructionNumber::Charge, &[], accounts)
    }
}
