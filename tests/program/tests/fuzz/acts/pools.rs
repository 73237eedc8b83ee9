//! Stake pools.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use tessera_client::{
    instructions::{CreatePool, FundPool, Harvest, Stake, Unstake},
    types::accounts::{Org, Position, StakePool},
};

impl Scene<'_> {
    pub(super) fn create_pool(&self, dice: &mut Dice) -> Option<Attempt> {
        let (org, it) = self.org(dice)?;
        let stake = dice.pick(&self.people.money)?;
        let reward = dice.pick(&self.people.money)?;
        let create = CreatePool {
            payer: self.payer(dice, it.authority),
            authority: it.authority,
            org,
            stake_mint: stake.mint,
            stake_token_program: stake.program,
            reward_mint: reward.mint,
            reward_token_program: reward.program,
            id: it.highest_pool_id + u64::from(!dice.once_in(12)),
        };
        Some(create.into())
    }

    pub(super) fn fund_pool(&self, dice: &mut Dice) -> Option<Attempt> {
        let pools = self.copies::<StakePool>();
        let (_, pool) = dice.pick(&pools)?;
        let org: &Org = self.books.get(&pool.org)?;
        let treasury = org.settings.treasury;
        let source = self.receiver(dice, &treasury, &pool.reward_mint)?;
        let owner = self.chain.token(&source).map(|it| it.owner);
        let fund = FundPool {
            authority: org.authority,
            source_owner: owner
                .filter(|it| self.people.can_sign(it))
                .unwrap_or(treasury),
            pool: &pool,
            source,
            amount: match dice.once_in(6) {
                true => dice.amount(self.chain.balance(&source)),
                false => dice.amount(1_000_000).min(1 << 40),
            },
            secs: dice.of_these([
                86_400, 3_600, 2_592_000, 604_800, 40_000, 3_601, 7_777_777, 3_599,
            ]),
        };
        Some(fund.into())
    }

    pub(super) fn stake(&self, dice: &mut Dice) -> Option<Attempt> {
        let pools = self.copies::<StakePool>();
        let (_, pool) = dice.pick(&pools)?;
        let wallet = dice.pick(&self.people.wallets)?;
        let source = self.receiver(dice, &wallet, &pool.stake_mint)?;
        let stake = Stake {
            payer: self.payer(dice, wallet),
            wallet,
            pool: &pool,
            source,
            amount: match dice.once_in(6) {
                true => dice.amount(self.chain.balance(&source)),
                false => dice.amount(100_000).min(1 << 40),
            },
        };
        Some(stake.into())
    }

    /// A position and its pool.
    fn position(
        &self,
        dice: &mut Dice,
        makes_sense: impl Fn(&Position, &StakePool) -> bool,
    ) -> Option<(Position, StakePool)> {
        let all: Vec<(Position, StakePool)> = self
            .books
            .all::<Position>()
            .into_iter()
            .filter_map(|(_, it)| Some((*it, *self.books.get::<StakePool>(&it.pool)?)))
            .collect();
        dice.likely(&all, |(it, pool)| makes_sense(it, pool))
    }

    fn can_leave(&self, vault: &Address) -> bool {
        self.chain.token(vault).is_some_and(|it| !it.is_frozen())
    }

    pub(super) fn unstake(&self, dice: &mut Dice) -> Option<Attempt> {
        let (it, pool) = self.position(dice, |it, pool| {
            it.staked > 0 && self.can_leave(&pool.stake_vault)
        })?;
        let unstake = Unstake {
            wallet: it.wallet,
            pool: &pool,
            destination: self.receiver(dice, &it.wallet, &pool.stake_mint)?,
            amount: match dice.once_in(2) {
                true => u64::MAX,
                false => dice.amount(it.staked),
            },
        };
        Some(unstake.into())
    }

    pub(super) fn harvest(&self, dice: &mut Dice) -> Option<Attempt> {
        let (it, pool) = self.position(dice, |it, pool| {
            let (mut pool, mut it) = (*pool, *it);
            pool.advance(self.now()).is_ok() && it.settle(&pool).is_ok() && it.owed > 0
        })?;
        let harvest = Harvest {
            wallet: it.wallet,
            pool: &pool,
            destination: self.receiver(dice, &it.wallet, &pool.reward_mint)?,
        };
        Some(harvest.into())
    }

    pub(super) fn close_pool(&self, dice: &mut Dice) -> Option<Attempt> {
        let pools = self.copies::<StakePool>();
        let (_, pool) = dice.likely(&pools, |(_, it)| it.positions == 0)?;
        let org: &Org = self.books.get(&pool.org)?;
        let treasury = org.settings.treasury;
        let close = tessera_client::instructions::ClosePool {
            authority: org.authority,
            pool: &pool,
            stake_destination: self.receiver(dice, &treasury, &pool.stake_mint)?,
            reward_destination: self.receiver(dice, &treasury, &pool.reward_mint)?,
        };
        Some(close.into())
    }
}
