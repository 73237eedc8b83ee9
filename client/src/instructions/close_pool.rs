use super::{instruction, mint_for, readonly, signer, writable};
use crate::address;
use solana_instruction::Instruction;
use tessera_types::{Address, ID, accounts::StakePool, args::InstructionNumber};

/// Closes a stake pool without positions; what it still holds goes to the org.
#[derive(Debug, Clone, Copy)]
pub struct ClosePool<'a> {
    /// The org's authority; signs.
    pub authority: Address,
    /// The pool.
    pub pool: &'a StakePool,
    /// A token account of the treasury, which receives what is left of the staked token.
    pub stake_destination: Address,
    /// A token account of the treasury, which receives what is left of the reward token.
    pub reward_destination: Address,
}

impl From<ClosePool<'_>> for Instruction {
    fn from(ix: ClosePool) -> Self {
        let pool = ix.pool;
        instruction(
            InstructionNumber::ClosePool,
            &[],
            vec![
                signer(ix.authority),
                writable(pool.org),
                writable(address::pool(&pool.org, pool.id)),
                writable(pool.stake_vault),
                writable(pool.reward_vault),
                writable(ix.stake_destination),
                writable(ix.reward_destination),
                writable(pool.header.rent_payer),
                readonly(pool.stake_token_program),
                readonly(pool.reward_token_program),
                readonly(ID),
                mint_for(pool.stake_token_program, pool.stake_mint),
                mint_for(pool.reward_token_program, pool.reward_mint),
            ],
        )
    }
}
