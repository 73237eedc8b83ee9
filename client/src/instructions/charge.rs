use super::{commission, instruction, itself, mint, optional, readonly, subscription, writable};
use crate::{address, keeper};
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
    /// Its plan, or the pending one where there is one: [`keeper::plan`].
    pub plan: &'a Plan,
    /// Token account that receives the keeper's fee.
    pub keeper_token: Option<Address>,
}

impl From<Charge<'_>> for Instruction {
    fn from(ix: Charge) -> Self {
        let (it, plan) = (ix.subscription, ix.plan);
        let mut accounts = vec![
            writable(subscription(it)),
            readonly(keeper::plan(it)),
            readonly(plan.org),
            writable(address::member(&plan.org, &it.wallet)),
            writable(address::authority(&it.payer_token)),
            writable(it.payer_token),
            writable(plan.destination),
            readonly(plan.token_program),
            mint(plan),
            optional(ix.keeper_token, writable),
        ];
        accounts.extend(commission(plan.vault, it.ledgers));
        accounts.extend(itself(plan.token_program));
        instruction(InstructionNumber::Charge, &[], accounts)
    }
}
