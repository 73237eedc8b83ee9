use super::{instruction, mint_for, payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address, ID,
    accounts::StakePool,
    args::{InstructionNumber, StakeArgs},
};

/// Stakes tokens in a pool, at [`address::position`].
#[derive(Debug, Clone, Copy)]
pub struct Stake<'a> {
    /// Pays the rent of a new position; signs.
    pub payer: Address,
    /// The staker's wallet; signs.
    pub wallet: Address,
    /// The pool.
    pub pool: &'a StakePool,
    /// Token account that pays.
    pub source: Address,
    /// In the mint's smallest unit.
    pub amount: u64,
}

impl From<Stake<'_>> for Instruction {
    fn from(ix: Stake) -> Self {
        let pool = ix.pool;
        let address = address::pool(&pool.org, pool.id);
        with_args(
            InstructionNumber::Stake,
            &StakeArgs { amount: ix.amount },
            vec![
                payer(ix.payer),
                signer(ix.wallet),
                writable(address),
                writable(address::position(&address, &ix.wallet)),
                writable(ix.source),
                writable(pool.stake_vault),
                readonly(pool.stake_token_program),
                readonly(system_program::ID),
                readonly(ID),
                mint_for(pool.stake_token_program, pool.stake_mint),
            ],
        )
    }
}

/// Unstakes tokens.
#[derive(Debug, Clone, Copy)]
pub struct Unstake<'a> {
    /// The staker's wallet; signs.
    pub wallet: Address,
    /// The pool.
    pub pool: &'a StakePool,
    /// Token account that receives it.
    pub destination: Address,
    /// In the mint's smallest unit; `u64::MAX` is all.
    pub amount: u64,
}

impl From<Unstake<'_>> for Instruction {
    fn from(ix: Unstake) -> Self {
        let pool = ix.pool;
        let address = address::pool(&pool.org, pool.id);
        with_args(
            InstructionNumber::Unstake,
            &StakeArgs { amount: ix.amount },
            vec![
                signer(ix.wallet),
                writable(address),
                writable(address::position(&address, &ix.wallet)),
                writable(pool.stake_vault),
                writable(ix.destination),
                readonly(pool.stake_token_program),
                readonly(ID),
                mint_for(pool.stake_token_program, pool.stake_mint),
            ],
        )
    }
}

/// Pays the rewards that a stake earned.
#[derive(Debug, Clone, Copy)]
pub struct Harvest<'a> {
    /// The staker's wallet; signs.
    pub wallet: Address,
    /// The pool.
    pub pool: &'a StakePool,
    /// Token account that receives them.
    pub destination: Address,
}

impl From<Harvest<'_>> for Instruction {
    fn from(ix: Harvest) -> Self {
        let pool = ix.pool;
        let address = address::pool(&pool.org, pool.id);
        instruction(
            InstructionNumber::Harvest,
            &[],
            vec![
                signer(ix.wallet),
                writable(address),
                writable(address::position(&address, &ix.wallet)),
                writable(pool.reward_vault),
                writable(ix.destination),
                readonly(pool.reward_token_program),
                readonly(ID),
                mint_for(pool.reward_token_program, pool.reward_mint),
            ],
        )
    }
}
