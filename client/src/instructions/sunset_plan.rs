use super::{readonly, signer, with_args, writable};
use solana_instruction::Instruction;
use tessera_types::{
    Address, ID,
    args::{InstructionNumber, SunsetPlanArgs},
};

/// Ends new subscriptions to a plan.
#[derive(Debug, Clone, Copy)]
pub struct SunsetPlan {
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// The plan.
    pub plan: Address,
    /// When they end, Unix seconds.
    pub at: i64,
}

impl From<SunsetPlan> for Instruction {
    fn from(ix: SunsetPlan) -> Self {
        with_args(
            InstructionNumber::SunsetPlan,
            &SunsetPlanArgs { at: ix.at },
            vec![
                signer(ix.authority),
                readonly(ix.org),
                writable(ix.plan),
                readonly(ID),
            ],
        )
    }
}
