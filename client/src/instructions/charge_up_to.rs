use super::{commission, mint, readonly, signer, subscription, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID,
    accounts::{Plan, Subscription},
    args::{ChargeUpToArgs, InstructionNumber},
};

/// Charges the stated usage of a period of a metered plan.
#[derive(Debug, Clone, Copy)]
pub struct ChargeUpTo<'a> {
    /// The org's meter authority; signs.
    pub meter: Address,
    /// The subscription, as the meter sees it.
    pub subscription: &'a Subscription,
    /// Its plan.
    pub plan: &'a Plan,
    /// In the mint's smallest unit, up to the price.
    pub amount: u64,
}

impl From<ChargeUpTo<'_>> for Instruction {
    fn from(ix: ChargeUpTo) -> Self {
        let (it, plan) = (ix.subscription, ix.plan);
        let mut accounts = vec![
            writable(subscription(it)),
            readonly(it.plan),
            readonly(plan.org),
            writable(address::member(&plan.org, &it.wallet)),
            writable(address::authority(&it.payer_token)),
            writable(it.payer_token),
            writable(plan.destination),
            readonly(plan.token_program),
            mint(plan),
        ];
        accounts.extend(commission(plan.vault, it.ledgers));
        accounts.extend([signer(ix.meter), readonly(ID)]);
        let args = ChargeUpToArgs {
            amount: ix.amount,
            life: it.header.life,
            seq: it.header.receipt_seq,
        };
        with_args(InstructionNumber::ChargeUpTo, &args, accounts)
    }
}
