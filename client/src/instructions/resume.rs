use super::{readonly, signer, subscription, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{
    ID,
    accounts::{Plan, Subscription},
    args::{InstructionNumber, ResumeArgs},
};

/// Takes a cancellation back while the paid time lasts. The subscription's wallet signs.
#[derive(Debug, Clone, Copy)]
pub struct Resume<'a> {
    /// The subscription, as the wallet sees it.
    pub subscription: &'a Subscription,
    /// The plan that it is under.
    pub plan: &'a Plan,
    /// The transaction is void after this time, Unix seconds.
    pub deadline: i64,
    /// Whether another program's delegate on the token account is replaced.
    pub replace_delegate: bool,
}

impl From<Resume<'_>> for Instruction {
    fn from(ix: Resume) -> Self {
        let it = ix.subscription;
        with_args(
            InstructionNumber::Resume,
            &ResumeArgs {
                life: it.header.life,
                seq: it.header.receipt_seq,
                deadline: ix.deadline,
                replace_delegate: ix.replace_delegate.into(),
                spare: [0; 7],
            },
            vec![
                signer(it.wallet),
                readonly(ix.plan.org),
                readonly(it.plan),
                writable(subscription(it)),
                writable(address::authority(&it.payer_token)),
                writable(it.payer_token),
                readonly(ix.plan.token_program),
                readonly(ID),
            ],
        )
    }
}
