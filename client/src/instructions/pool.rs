use super::{mint_for, payer, readonly, signer, with_args, writable};
use crate::address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;
use tessera_types::{
    Address, ID,
    accounts::StakePool,
    args::{CreatePoolArgs, FundPoolArgs, InstructionNumber},
};

/// Creates a stake pool at [`address::pool`], and its two token accounts.
#[derive(Debug, Clone, Copy)]
pub struct CreatePool {
    /// Pays the rent; signs.
    pub payer: Address,
    /// The org's authority; signs.
    pub authority: Address,
    /// The org.
    pub org: Address,
    /// Token that is staked.
    pub stake_mint: Address,
    /// Program that owns it: SPL Token or Token-2022.
    pub stake_token_program: Address,
    /// Token that is given; may be the same.
    pub reward_mint: Address,
    /// Program that owns it.
    pub reward_token_program: Address,
    /// Above that of every earlier pool of the org.
    pub id: u64,
}

impl From<CreatePool> for Instruction {
    fn from(ix: CreatePool) -> Self {
        let pool = address::pool(&ix.org, ix.id);
        with_args(
            InstructionNumber::CreatePool,
            &CreatePoolArgs { id: ix.id },
            vec![
                payer(ix.payer),
                signer(ix.authority),
                readonly(address::config()),
                writable(ix.org),
                writable(pool),
                readonly(ix.stake_mint),
                readonly(ix.reward_mint),
                writable(address::stake_vault(&pool)),
                writable(address::reward_vault(&pool)),
                readonly(ix.stake_token_program),
                readonly(ix.reward_token_program),
                readonly(system_program::ID),
            ],
        )
    }
}

/// Puts rewards into a pool and streams them, and what is left, from now on.
#[derive(Debug, Clone, Copy)]
pub struct FundPool<'a> {
    /// The org's authority; signs.
    pub authority: Address,
    /// Owner or delegate of `source`; signs.
    pub source_owner: Address,
    /// The pool, as the org sees it.
    pub pool: &'a StakePool,
    /// Token account that pays.
    pub source: Address,
    /// In the reward mint's smallest unit.
    pub amount: u64,
    /// How long the stream takes, seconds.
    pub secs: u32,
}

impl From<FundPool<'_>> for Instruction {
    fn from(ix: FundPool) -> Self {
        let pool = ix.pool;
        with_args(
            InstructionNumber::FundPool,
            &FundPoolArgs {
                amount: ix.amount,
                seq: pool.header.receipt_seq,
                secs: ix.secs,
                spare: [0; 4],
            },
            vec![
                signer(ix.authority),
                signer(ix.source_owner),
                readonly(pool.org),
                writable(address::pool(&pool.org, pool.id)),
                writable(ix.source),
                writable(pool.reward_vault),
                readonly(pool.reward_token_program),
                readonly(ID),
                mint_for(pool.reward_token_program, pool.reward_mint),
            ],
        )
    }
}
