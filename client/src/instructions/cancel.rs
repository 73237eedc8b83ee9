use super::{readonly, signer, subscription, with_args, writable};
use crate::address;
use solana_instruction::{AccountMeta, Instruction};
use tessera_types::{
    Address, ID,
    accounts::{Plan, Subscription},
    args::{CancelArgs, InstructionNumber},
};

/// Cancels a subscription; the paid time stays. The subscription's wallet signs.
#[derive(Debug, Clone, Copy)]
pub struct Cancel<'a> {
    /// The subscription.
    pub subscription: &'a Subscription,
    /// Program that owns the token account that pays: SPL Token or Token-2022.
    pub token_program: Address,
}

impl From<Cancel<'_>> for Instruction {
    fn from(ix: Cancel) -> Self {
        let args = agreement(ix.subscription);
        let accounts = accounts(ix.subscription, ix.token_program);
        with_args(InstructionNumber::Cancel, &args, accounts)
    }
}

/// Cancels a subscription together with its paid time. The subscription's wallet signs, too.
#[derive(Debug, Clone, Copy)]
pub struct CancelNow<'a> {
    /// The subscription.
    pub subscription: &'a Subscription,
    /// The plan that it is under.
    pub plan: &'a Plan,
    /// The org's authority; signs.
    pub authority: Address,
}

impl From<CancelNow<'_>> for Instruction {
    fn from(ix: CancelNow) -> Self {
        let mut accounts = accounts(ix.subscription, ix.plan.token_program);
        accounts.extend([
            signer(ix.authority),
            readonly(ix.plan.org),
            readonly(ix.subscription.plan),
        ]);
        let args = agreement(ix.subscription);
        with_args(InstructionNumber::CancelNow, &args, accounts)
    }
}

fn agreement(subscription: &Subscription) -> CancelArgs {
    CancelArgs {
        life: subscription.header.life,
        agreement_seq: subscription.agreement_seq,
    }
}

fn accounts(it: &Subscription, token_program: Address) -> Vec<AccountMeta> {
    vec![
        signer(it.wallet),
        writable(subscription(it)),
        writable(address::authority(&it.payer_token)),
        writable(it.payer_token),
        readonly(token_program),
        readonly(ID),
    ]
}
