use super::pools::Pools;
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event, address,
    instructions::CreatePool,
    types::{
        TesseraError,
        accounts::{Org, StakePool},
        events::PoolCreated,
        limits::MIN_STREAM_SECS,
    },
};
use world::{
    START, World,
    extended::{Extension, PYUSD},
    key, replace,
};

#[test]
fn every_account_and_byte_of_both_is_bound() {
    let mut world = World::new();
    let mint = key(71);
    world.create_mint(&mint);
    let create = world.create_pool(1, &mint.pubkey());
    world.assert_withstands_except(&[5, 6, 9, 10], &create, &[&key(2)]);
    let mut pools = Pools::new();
    let fund = pools.world.fund_pool(1, pools.source, 1_000, 3_600);
    pools
        .world
        .assert_withstands_except(&[7, 8], &fund, &[&key(2), &key(4)]);
}

#[test]
fn only_the_authority_creates_and_funds() {
    let mut pools = Pools::new();
    let create = pools.world.create_pool(2, &pools.reward_mint);
    let fund = pools.world.fund_pool(1, pools.source, 1_000, 3_600);
    for other in [key(3), key(4), key(6)] {
        for good in [&create, &fund] {
            let attack = replace(good, &key(2).pubkey(), &other.pubkey());
            pools
                .world
                .send(&[attack], &[&other, &key(4)])
                .expect_err("another signer")
                .assert_is(TesseraError::WrongAuthority);
        }
    }
    let attack = replace(&fund, &key(4).pubkey(), &key(3).pubkey());
    pools
        .world
        .send(&[attack], &[&key(2), &key(3)])
        .expect_err("not the source's owner")
        .assert_error(&InstructionError::Custom(TokenError::OwnerMismatch as u32));
    // The org is the pool's.
    let elsewhere = pools.world.second_org();
    let attack = replace(&fund, &pools.world.org, &elsewhere.org);
    pools
        .world
        .send(&[attack], &[&key(2), &key(4)])
        .expect_err("another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn ids_rise() {
    let mut pools = Pools::new();
    for id in [0, 1] {
        let create = pools.world.create_pool(id, &pools.reward_mint);
        pools
            .world
            .send(&[create], &[&key(2)])
            .expect_err("not above")
            .assert_is(TesseraError::IdNotRising);
    }
}

#[test]
fn a_mint_that_takes_a_part_of_each_transfer_is_refused() {
    let mut world = World::new();
    let mint = key(72);
    world.create_extended_mint(&mint, &[Extension::TransferFee(1, 1)]);
    let create = world.create_pool(1, &mint.pubkey());
    world
        .send(&[create], &[&key(2)])
        .expect_err("a fee")
        .assert_is(TesseraError::TransferFeeActive);
}

#[test]
fn nothing_and_short_streams_are_refused() {
    let mut pools = Pools::new();
    for (amount, secs, expected) in [
        (0, 3_600, TesseraError::ZeroAmount),
        (1_000, MIN_STREAM_SECS - 1, TesseraError::StreamTooShort),
        (1_000, 0, TesseraError::StreamTooShort),
    ] {
        let fund = pools.world.fund_pool(1, pools.source, amount, secs);
        pools
            .world
            .send(&[fund], &[&key(2), &key(4)])
            .expect_err("refused")
            .assert_is(expected);
    }
    let mut spare = pools.world.fund_pool(1, pools.source, 1, 3_600);
    *spare.data.last_mut().expect("bytes") = 1;
    pools
        .world
        .send(&[spare], &[&key(2), &key(4)])
        .expect_err("spare")
        .assert_is(TesseraError::SpareNotZero);
    pools.fund(1, MIN_STREAM_SECS);
}

#[test]
fn a_kept_signature_funds_once() {
    let mut pools = Pools::new();
    let fund = pools.world.fund_pool(1, pools.source, 1_000, 3_600);
    let signers = [&key(2), &key(4)];
    pools
        .world
        .send(std::slice::from_ref(&fund), &signers)
        .expect("first");
    pools.world.advance(1);
    pools
        .world
        .send(&[fund], &signers)
        .expect_err("again")
        .assert_is(TesseraError::StaleSeq);
}

#[test]
fn more_than_a_word_is_never_funded() {
    let mut pools = Pools::new();
    let address = address::pool(&pools.world.org, 1);
    pools
        .world
        .rewrite(&address, |pool: &mut StakePool| pool.funded = u64::MAX - 9);
    let fund = pools.world.fund_pool(1, pools.source, 10, 3_600);
    pools
        .world
        .send(&[fund], &[&key(2), &key(4)])
        .expect_err("overflow")
        .assert_is(TesseraError::ArithmeticOverflow);
}

#[test]
fn the_vault_is_the_pools() {
    let mut pools = Pools::new();
    let fund = pools.world.fund_pool(1, pools.source, 1_000, 3_600);
    let pool = pools.world.pool(1);
    for vault in [pool.stake_vault, pools.rewards[0]] {
        let attack = replace(&fund, &pool.reward_vault, &vault);
        pools
            .world
            .send(&[attack], &[&key(2), &key(4)])
            .expect_err("another vault")
            .assert_is(TesseraError::WrongVault);
    }
}

#[test]
fn a_pool_is_written_as_announced_and_is_a_receipt() {
    let mut world = World::new();
    let mint = key(71);
    world.create_mint(&mint);
    let create = world.create_pool(5, &mint.pubkey());
    let sent = world.send(&[create], &[&key(2)]).expect("create_pool");
    let Event::PoolCreated(event) = sent.event() else {
        panic!("another event");
    };
    let address = address::pool(&world.org, 5);
    let (stake_vault, reward_vault) = (
        address::stake_vault(&address),
        address::reward_vault(&address),
    );
    assert_eq!(
        event,
        PoolCreated {
            receipt: event.receipt,
            org: world.org,
            stake_mint: world.mint,
            reward_mint: mint.pubkey(),
            stake_vault,
            reward_vault,
            id: 5,
        }
    );
    assert_eq!((event.receipt.account, event.receipt.seq), (address, 1));
    for (vault, mint) in [(stake_vault, world.mint), (reward_vault, mint.pubkey())] {
        let token = world.token(&vault);
        assert_eq!((token.owner, token.mint, token.amount), (vault, mint, 0));
    }
    let org: Org = world.account(&world.org);
    assert_eq!((org.highest_pool_id, org.open_accounts), (5, 2));
    world.assert_receipts::<StakePool>(&address);
}

#[test]
fn a_stream_takes_over_what_is_left_and_what_was_forfeited() {
    let mut pools = Pools::new();
    let event = pools.fund(3_600, 3_600);
    assert_eq!((event.budget, event.receipt.seq), (3_600, 2));
    assert_eq!(event.streams_until, START + 3_600);
    // A thousand seconds are nobody's, a thousand are a staker's.
    pools.world.advance(1_000);
    pools.stake(0, 10);
    pools.world.advance(1_000);
    let event = pools.fund(400, 3_600);
    assert_eq!(event.budget, 400 + 1_600 + 1_000);
    assert_eq!(event.streams_until, START + 2_000 + 3_600);
    let pool = pools.world.pool(1);
    assert_eq!((pool.streamed, pool.forfeited, pool.funded), (0, 0, 4_000));
    pools.world.advance(10_000);
    assert_eq!(pools.harvested(0), 4_000);
    assert_eq!(pools.world.balance(&pool.reward_vault), 0);
}

#[test]
fn pyusd_is_staked_and_given() {
    let world = World::with_extensions(PYUSD);
    let mint = world.mint;
    let mut pools = Pools::within(world, mint);
    pools.fund(36_000, 3_600);
    pools.stake(0, 10);
    pools.world.advance(1_800);
    assert_eq!(pools.harvested(0), 18_000);
    pools.unstake(0, u64::MAX);
    let pool = pools.world.pool(1);
    assert_eq!(pools.world.balance(&pool.stake_vault), 0);
    assert_eq!(pools.world.balance(&pool.reward_vault), 18_000);
}

#[test]
fn a_deposit_that_would_not_arrive_in_full_is_refused_later_too() {
    let world = World::with_extensions(&[Extension::TransferFee(0, 0)]);
    let mint = world.mint;
    let mut pools = Pools::within(world, mint);
    pools.stake(0, 10);
    pools.world.set_transfer_fee(1, 1);
    let fund = pools.world.fund_pool(1, pools.source, 1_000, 3_600);
    let stake = pools.world.stake(1, &key(30), pools.stakes[0], 1);
    for deposit in [fund, stake] {
        pools
            .world
            .send(&[deposit], &[&key(2), &key(4), &key(30)])
            .expect_err("a fee")
            .assert_is(TesseraError::TransferFeeActive);
    }
    // The way out stays open.
    pools.unstake(0, 10);
}

#[test]
fn a_pool_of_mints_of_two_programs_pays_both_ways() {
    let mut world = World::new();
    let mint = key(72);
    world.create_extended_mint(&mint, PYUSD);
    let create: CreatePool = CreatePool {
        payer: world.payer.pubkey(),
        authority: key(2).pubkey(),
        org: world.org,
        stake_mint: world.mint,
        stake_token_program: world.token_program,
        reward_mint: mint.pubkey(),
        reward_token_program: spl_token_2022_interface::ID,
        id: 1,
    };
    let swapped = CreatePool {
        stake_token_program: spl_token_2022_interface::ID,
        reward_token_program: world.token_program,
        ..create
    };
    world
        .send(&[swapped.into()], &[&key(2)])
        .expect_err("another program's")
        .assert_is(TesseraError::MintMissing);
    let mut pools = Pools::within(world, mint.pubkey());
    pools.fund(7_200, 7_200);
    pools.stake(1, 10);
    pools.world.advance(7_200);
    assert_eq!(pools.harvested(1), 7_200);
}
