//! A pool that gives another mint than it takes, and who stands around it.

use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        accounts::{Position, StakePool},
        events::{Harvested, PoolFunded, Staked, Unstaked},
    },
};
use world::{World, key};

/// Stakers, keys 30 to 32.
pub(crate) const STAKERS: usize = 3;

pub(crate) struct Pools {
    pub(crate) world: World,
    pub(crate) reward_mint: Address,
    /// The treasury's, which pays rewards.
    pub(crate) source: Address,
    /// Token accounts of the stakers: what they stake from, and what they harvest to.
    pub(crate) stakes: [Address; STAKERS],
    pub(crate) rewards: [Address; STAKERS],
}

pub(crate) fn staker(place: usize) -> Keypair {
    key(30 + u8::try_from(place).expect("few"))
}

impl Pools {
    /// One pool, id 1, of nothing yet.
    pub(crate) fn new() -> Self {
        let mut world = World::new();
        let mint = key(71);
        world.create_mint(&mint);
        Self::within(world, mint.pubkey())
    }

    /// The same where what is staked is what is given.
    pub(crate) fn of_one_mint() -> Self {
        let world = World::new();
        let mint = world.mint;
        Self::within(world, mint)
    }

    pub(crate) fn within(mut world: World, reward_mint: Address) -> Self {
        let create = world.create_pool(1, &reward_mint);
        world.send(&[create], &[&key(2)]).expect("create_pool");
        let treasury = world.treasury.pubkey();
        let source = world.create_account_of(&treasury, &reward_mint, u64::MAX / 4);
        let mut stakes = [Address::default(); STAKERS];
        let mut rewards = stakes;
        for place in 0..STAKERS {
            let wallet = staker(place).pubkey();
            stakes[place] = world.create_token_account(&wallet, u64::MAX / 8);
            rewards[place] = world.create_account_of(&wallet, &reward_mint, 0);
        }
        Self {
            world,
            reward_mint,
            source,
            stakes,
            rewards,
        }
    }

    #[track_caller]
    pub(crate) fn fund(&mut self, amount: u64, secs: u32) -> PoolFunded {
        let fund = self.world.fund_pool(1, self.source, amount, secs);
        let before = self.world.balance(&self.world.pool(1).reward_vault);
        let sent = self
            .world
            .send(&[fund], &[&key(2), &key(4)])
            .expect("fund_pool");
        let Event::PoolFunded(event) = sent.event() else {
            panic!("another event");
        };
        let pool = self.world.pool(1);
        assert_eq!(event.amount, amount);
        assert_eq!(
            (event.budget, event.streams_until),
            (pool.budget, pool.streams_until)
        );
        assert_eq!(self.world.balance(&pool.reward_vault), before + amount);
        self.world
            .assert_receipts::<StakePool>(&event.receipt.account);
        self.assert_sound();
        event
    }

    #[track_caller]
    pub(crate) fn stake(&mut self, place: usize, amount: u64) -> Staked {
        let wallet = staker(place);
        let stake = self.world.stake(1, &wallet, self.stakes[place], amount);
        let before = self.world.balance(&self.stakes[place]);
        let sent = self.world.send(&[stake], &[&wallet]).expect("stake");
        let Event::Staked(event) = sent.event() else {
            panic!("another event");
        };
        assert_eq!(event.amount, amount);
        assert_eq!(event.wallet, wallet.pubkey());
        assert_eq!(event.staked, self.position(place).staked);
        assert_eq!(self.world.balance(&self.stakes[place]), before - amount);
        self.world
            .assert_receipts::<Position>(&event.receipt.account);
        self.assert_sound();
        event
    }

    #[track_caller]
    pub(crate) fn unstake(&mut self, place: usize, amount: u64) -> Unstaked {
        let wallet = staker(place);
        let unstake = self.world.unstake(1, &wallet, self.stakes[place], amount);
        let before = self.world.balance(&self.stakes[place]);
        let sent = self.world.send(&[unstake], &[&wallet]).expect("unstake");
        let Event::Unstaked(event) = sent.event() else {
            panic!("another event");
        };
        assert_eq!(event.staked, self.position(place).staked);
        assert_eq!(
            self.world.balance(&self.stakes[place]),
            before + event.amount
        );
        self.world
            .assert_receipts::<Position>(&event.receipt.account);
        self.assert_sound();
        event
    }

    /// What is harvested; `None` when there is nothing.
    #[track_caller]
    pub(crate) fn harvest(&mut self, place: usize) -> Option<Harvested> {
        let wallet = staker(place);
        let harvest = self.world.harvest(1, &wallet, self.rewards[place]);
        let before = self.world.balance(&self.rewards[place]);
        let sent = match self.world.send(&[harvest], &[&wallet]) {
            Ok(sent) => sent,
            Err(refused) => {
                refused.assert_is(tessera_client::types::TesseraError::NothingToHarvest);
                return None;
            }
        };
        let Event::Harvested(event) = sent.event() else {
            panic!("another event");
        };
        assert_eq!(event.destination, self.rewards[place]);
        assert_eq!(
            self.world.balance(&self.rewards[place]),
            before + event.amount
        );
        self.world
            .assert_receipts::<Position>(&event.receipt.account);
        self.assert_sound();
        Some(event)
    }

    /// What is harvested, 0 when there is nothing.
    #[track_caller]
    pub(crate) fn harvested(&mut self, place: usize) -> u64 {
        self.harvest(place).map_or(0, |event| event.amount)
    }

    #[track_caller]
    pub(crate) fn position(&self, place: usize) -> Position {
        self.world.position(1, &staker(place))
    }

    /// Requires that both vaults hold at least what they owe.
    #[track_caller]
    pub(crate) fn assert_sound(&self) {
        let pool = self.world.pool(1);
        let positions: Vec<Position> = (0..STAKERS)
            .filter_map(|place| {
                let address = self.world.position_address(1, &staker(place));
                self.world.find(&address)
            })
            .collect();
        let staked: u64 = positions.iter().map(|it| it.staked).sum();
        let harvested: u64 = positions.iter().map(|it| it.harvested).sum();
        let owed: u64 = positions.iter().map(|it| it.owed).sum();
        assert_eq!(pool.staked, staked);
        assert_eq!(pool.positions as usize, positions.len());
        assert!(self.world.balance(&pool.stake_vault) >= staked);
        assert!(harvested <= pool.paid);
        assert!(self.world.balance(&pool.reward_vault) >= pool.funded - pool.paid);
        let unstreamed = pool.budget - pool.streamed + pool.forfeited;
        assert!(owed + unstreamed <= pool.funded - pool.paid);
    }
}
