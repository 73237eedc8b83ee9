use super::{readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    ID,
    accounts::{Plan, Subscription},
    args::{CancelArgs, InstructionNumber},
};

/// Ends the agreement that the subscription is under; what is paid stays paid. The subscription's
/// wallet signs.
#[derive(Debug, Clone, Copy)]
pub struct Cancel<'a> {
    /// The subscription.
    pub subscription: &'a Subscription,
    /// Its plan.
    pub plan: &'a Plan,
}

impl From<Cancel<'_>> for Instruction {
    fn from(ix: Cancel) -> Self {
        let subscription = ix.subscription;
        let (plan, wallet) = (&subscription.plan, &subscription.wallet);
        with_args(
            InstructionNumber::Cancel,
            &CancelArgs {
                life: subscription.header.life,
                agreement_seq: subscription.agreement_seq,
            },
            vec![
                signer(*wallet),
                readonly(*plan),
                writable(address::subscription(plan, wallet)),
                writable(address::authority(&subscription.payer_token)),
                writable(subscription.payer_token),
                readonly(ix.plan.token_program),
                readonly(ID),
            ],
        )
    }
}
