use super::{instruction, readonly, subscription, writable};
use crate::{address, keeper};
use solana_instruction::Instruction;
use tessera_types::{ID, accounts::Subscription, args::InstructionNumber};

/// Records a payment that was missed, or that nothing can be collected any more; nobody signs.
#[derive(Debug, Clone, Copy)]
pub struct MarkPastDue<'a> {
    /// The subscription.
    pub subscription: &'a Subscription,
}

impl From<MarkPastDue<'_>> for Instruction {
    fn from(ix: MarkPastDue) -> Self {
        let it = ix.subscription;
        instruction(
            InstructionNumber::MarkPastDue,
            &[],
            vec![
                writable(subscription(it)),
                readonly(keeper::plan(it)),
                writable(address::authority(&it.payer_token)),
                readonly(it.payer_token),
                readonly(ID),
            ],
        )
    }
}
