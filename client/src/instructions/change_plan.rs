use super::{commission, mint, optional, readonly, signer, subscription, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::sysvar;
use tessera_types::{
    ID,
    accounts::{Plan, Subscription},
    args::{ChangePlanArgs, InstructionNumber, SignedTerms},
};

/// Moves a subscription to another plan of its org and mint. The subscription's wallet signs. With
/// a quote, [`crate::quote::verification`] stands anywhere in the transaction.
#[derive(Debug, Clone, Copy)]
pub struct ChangePlan<'a> {
    /// The subscription, as the wallet sees it.
    pub subscription: &'a Subscription,
    /// The new plan.
    pub new_plan: &'a Plan,
    /// What the wallet agrees to.
    pub terms: SignedTerms,
    /// Most that may be debited now, in the mint's smallest unit.
    pub most_debit: u64,
    /// Whether the new plan follows when the period ends, and not now.
    pub at_period_end: bool,
}

impl From<ChangePlan<'_>> for Instruction {
    fn from(ix: ChangePlan) -> Self {
        let (it, plan) = (ix.subscription, ix.new_plan);
        let instructions = (ix.terms.quoted == 1).then_some(sysvar::instructions::ID);
        let mut accounts = vec![
            signer(it.wallet),
            readonly(plan.org),
            readonly(it.plan),
            readonly(address::plan(&plan.org, plan.id)),
            writable(address::member(&plan.org, &it.wallet)),
            writable(subscription(it)),
            writable(address::authority(&it.payer_token)),
            writable(it.payer_token),
            writable(plan.destination),
            readonly(plan.token_program),
            readonly(ID),
            mint(plan),
            optional(instructions, readonly),
        ];
        accounts.extend(commission(plan.vault, it.ledgers));
        let args = ChangePlanArgs {
            terms: ix.terms,
            life: it.header.life,
            agreement_seq: it.agreement_seq,
            most_debit: ix.most_debit,
            at_period_end: ix.at_period_end.into(),
            spare: [0; 7],
        };
        with_args(InstructionNumber::ChangePlan, &args, accounts)
    }
}
