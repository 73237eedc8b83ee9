use super::{readonly, signer, subscription, with_args, writable};
use solana_instruction::Instruction;
use tessera_types::{
    ID,
    accounts::Subscription,
    args::{InstructionNumber, PauseArgs},
};

/// Pauses charges until a date. The subscription's wallet signs.
#[derive(Debug, Clone, Copy)]
pub struct Pause<'a> {
    /// The subscription, as the wallet sees it.
    pub subscription: &'a Subscription,
    /// That date, Unix seconds; a time that has passed ends the pause.
    pub until: i64,
}

impl From<Pause<'_>> for Instruction {
    fn from(ix: Pause) -> Self {
        let it = ix.subscription;
        with_args(
            InstructionNumber::Pause,
            &PauseArgs {
                life: it.header.life,
                seq: it.header.receipt_seq,
                until: ix.until,
            },
            vec![signer(it.wallet), writable(subscription(it)), readonly(ID)],
        )
    }
}
