use super::{pools::Pools, support::lamports};
use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        TesseraError,
        accounts::{Campaign, Org, Plan, StakePool},
        events::Closed,
    },
};
use world::{START, World, extended::PYUSD, key, replace};

const DAY: i64 = 86_400;

/// Sends a close by the org's authority and requires that the world's payer, who paid the rents, gets
/// them all, less the transaction's fee.
#[track_caller]
fn close(world: &mut World, close: solana_instruction::Instruction, all: &[Address]) -> Closed {
    let payer = world.payer.pubkey();
    let before = lamports(world, &payer);
    let rents: u64 = all.iter().map(|address| lamports(world, address)).sum();
    let sent = world.send(&[close], &[&key(2)]).expect("close");
    let Event::Closed(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(lamports(world, &payer), before + rents - 2 * 5_000);
    for address in all {
        assert_eq!(lamports(world, address), 0);
    }
    event
}

/// A plan that is over, whose vault is empty.
fn over() -> World {
    let mut world = World::new();
    let sunset = world.sunset_plan(START + 10);
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    world.advance(10);
    world
}

#[test]
fn every_account_and_byte_of_a_vaults_close_is_bound() {
    let mut world = over();
    let close = world.close_vault();
    // Which program closes the vault, the vault says.
    world.assert_withstands_except(&[5], &close, &[&key(2)]);
}

#[test]
fn a_vault_stays_until_the_sunset_and_while_other_plans_stand_on_one() {
    let mut world = over();
    world.advance(-1);
    let close_vault = world.close_vault();
    let refused = |world: &mut World| {
        world
            .send(std::slice::from_ref(&close_vault), &[&key(2)])
            .expect_err("in use")
            .assert_is(TesseraError::StillInUse);
    };
    refused(&mut world);
    world.advance(1);
    let second = world.second_plan();
    refused(&mut world);
    let sunset = world.within(second, |world| world.sunset_plan(world.now()));
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    refused(&mut world);
    world.advance(1);
    // The second one did not create it, and closes by itself.
    let close_other = world.within(second, |world| world.close_vault());
    world
        .send(&[close_other], &[&key(2)])
        .expect_err("not its vault")
        .assert_is(TesseraError::StillInUse);
    let close = world.close_account(&key(2), &second.plan);
    world.send(&[close], &[&key(2)]).expect("close");
    world.send(&[close_vault], &[&key(2)]).expect("close_vault");
}

#[test]
fn a_vault_that_holds_commission_stays() {
    let mut world = World::new();
    let [_, _, _, (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let sunset = world.sunset_plan(START);
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    world.advance(1);
    let close = world.close_vault();
    world
        .send(&[close], &[&key(2)])
        .expect_err("owed")
        .assert_is(TesseraError::StillInUse);
}

#[test]
fn a_vault_is_closed_by_the_authority_with_its_own_plan() {
    let mut world = over();
    let close = world.close_vault();
    for other in [key(3), key(6)] {
        let attack = replace(&close, &key(2).pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    let elsewhere = world.second_org();
    let there = address::vault(&elsewhere.org, &world.mint);
    let attack = replace(&close, &world.vault(), &there);
    world
        .send(&[attack], &[&key(2)])
        .expect_err("another vault")
        .assert_is(TesseraError::WrongVault);
    let attack = replace(&close, &world.org, &elsewhere.org);
    world
        .send(&[attack], &[&key(2)])
        .expect_err("another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn plan_and_vault_close_together_and_both_rents_come_back() {
    let mut world = over();
    let (plan, vault) = (world.plan, world.vault());
    let header = world.plan_account().header;
    let rent = lamports(&world, &plan);
    let instruction = world.close_vault();
    let event = close(&mut world, instruction, &[plan, vault]);
    assert_eq!((event.receipt.account, event.lamports), (plan, rent));
    assert_eq!((event.head, event.receipt.seq), (header.receipt_head, 3));
    assert!(world.find::<Plan>(&plan).is_none());
    assert_eq!(world.account::<Org>(&world.org).open_accounts, 0);
    // A later plan makes the vault again.
    let third = world.second_plan();
    assert_eq!(world.balance(&vault), 0);
    let plan: Plan = world.account(&third.plan);
    assert_eq!(
        (plan.vault, plan.vault_rent_payer),
        (vault, world.payer.pubkey())
    );
}

fn campaign(mut world: World) -> (World, Address) {
    let create = world.create_campaign(world.campaign_args([7; 32]));
    world.send(&[create], &[&key(2)]).expect("create_campaign");
    let vault = world.campaign(1).vault;
    world.edit_token(&vault, |token| token.amount = 777);
    let treasury = world.treasury.pubkey();
    let destination = world.create_token_account(&treasury, 0);
    (world, destination)
}

#[test]
fn every_account_and_byte_of_a_campaigns_close_is_bound() {
    let (mut world, destination) = campaign(World::new());
    world.advance(DAY);
    let close = world.close_campaign(1, destination);
    // On SPL Token no mint is asked for, whose absence names the program a second time; the campaign
    // says which token program it is.
    world.assert_withstands_except(&[6, 7, 8], &close, &[&key(2)]);
}

#[test]
fn a_campaign_stays_until_it_closes() {
    let (mut world, destination) = campaign(World::new());
    world.advance(DAY - 1);
    let close = world.close_campaign(1, destination);
    world
        .send(std::slice::from_ref(&close), &[&key(2)])
        .expect_err("open")
        .assert_is(TesseraError::StillInUse);
    world.advance(1);
    for other in [key(3), key(6)] {
        let attack = replace(&close, &key(2).pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    let own = world.create_token_account(&key(2).pubkey(), 0);
    let attack = replace(&close, &destination, &own);
    world
        .send(&[attack], &[&key(2)])
        .expect_err("not the treasury's")
        .assert_is(TesseraError::WrongDestination);
    let (vault, foreign) = (world.campaign(1).vault, world.vault());
    let attack = replace(&close, &vault, &foreign);
    world
        .send(&[attack], &[&key(2)])
        .expect_err("another vault")
        .assert_is(TesseraError::WrongVault);
}

#[test]
fn what_nobody_claimed_goes_to_the_treasury() {
    for world in [World::new(), World::with_extensions(PYUSD)] {
        let (mut world, destination) = campaign(world);
        world.advance(DAY);
        let (address, vault) = (world.campaign_address(1), world.campaign(1).vault);
        let instruction = world.close_campaign(1, destination);
        let event = close(&mut world, instruction.clone(), &[address, vault]);
        assert_eq!((event.receipt.account, event.receipt.seq), (address, 2));
        assert_eq!(world.balance(&destination), 777);
        assert_eq!(world.account::<Org>(&world.org).open_accounts, 1);
        assert!(world.find::<Campaign>(&address).is_none());
        world
            .send(&[instruction], &[&key(2)])
            .expect_err("again")
            .assert_is(TesseraError::AccountMissing);
        let mut args = world.campaign_args([7; 32]);
        args.id = 1;
        world
            .send(&[world.create_campaign(args)], &[&key(2)])
            .expect_err("its id is used")
            .assert_is(TesseraError::IdNotRising);
    }
}

fn destinations(pools: &mut Pools) -> [Address; 2] {
    let treasury = pools.world.treasury.pubkey();
    let reward_mint = pools.reward_mint;
    [
        pools.world.create_token_account(&treasury, 0),
        pools.world.create_account_of(&treasury, &reward_mint, 0),
    ]
}

#[test]
fn every_account_and_byte_of_a_pools_close_is_bound() {
    let mut pools = Pools::new();
    let [stake, reward] = destinations(&mut pools);
    let pool = pools.world.pool(1);
    for vault in [pool.stake_vault, pool.reward_vault] {
        pools.world.edit_token(&vault, |token| token.amount = 5);
    }
    pools.world.advance(1);
    let close = pools.world.close_pool(1, stake, reward);
    // As above.
    pools
        .world
        .assert_withstands_except(&[8, 9, 10, 11, 12], &close, &[&key(2)]);
}

#[test]
fn a_pool_stays_while_anybody_has_a_position() {
    let mut pools = Pools::new();
    let [stake, reward] = destinations(&mut pools);
    pools.stake(0, 8);
    pools.unstake(0, 8);
    pools.world.advance(1);
    let close = pools.world.close_pool(1, stake, reward);
    pools
        .world
        .send(std::slice::from_ref(&close), &[&key(2)])
        .expect_err("a position")
        .assert_is(TesseraError::StillInUse);
    let address = pools.world.position_address(1, &key(30));
    let close_position = pools.world.close_account(&key(30), &address);
    pools
        .world
        .send(&[close_position], &[&key(30)])
        .expect("close");
    for other in [key(3), key(6)] {
        let attack = replace(&close, &key(2).pubkey(), &other.pubkey());
        pools
            .world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    pools.world.send(&[close], &[&key(2)]).expect("close_pool");
}

#[test]
fn neither_pool_nor_vault_closes_in_the_slot_of_its_creation() {
    let mut pools = Pools::new();
    let [stake, reward] = destinations(&mut pools);
    let world = &mut pools.world;
    let sunset = world.sunset_plan(START);
    world.send(&[sunset], &[&key(2)]).expect("sunset_plan");
    let both = [world.close_pool(1, stake, reward), world.close_vault()];
    for close in &both {
        world
            .send(std::slice::from_ref(close), &[&key(2)])
            .expect_err("the same slot")
            .assert_is(TesseraError::StillInUse);
    }
    world.advance(0);
    world.send(&both, &[&key(2)]).expect("the next");
}

#[test]
fn what_a_pool_still_holds_goes_to_the_treasury_and_nobody_else() {
    let mut pools = Pools::new();
    let [stake, reward] = destinations(&mut pools);
    pools.fund(3_600, 3_600);
    pools.stake(0, 8);
    pools.world.advance(100);
    pools.unstake(0, 8);
    assert_eq!(pools.harvested(0), 100);
    let position = pools.world.position_address(1, &key(30));
    let close_position = pools.world.close_account(&key(30), &position);
    pools
        .world
        .send(&[close_position], &[&key(30)])
        .expect("close");
    let pool = pools.world.pool(1);
    // Somebody sent tokens to the stake vault.
    pools
        .world
        .edit_token(&pool.stake_vault, |token| token.amount += 9);
    let good = pools.world.close_pool(1, stake, reward);
    let own = pools.world.create_token_account(&key(2).pubkey(), 0);
    let attack = replace(&good, &stake, &own);
    pools
        .world
        .send(&[attack], &[&key(2)])
        .expect_err("not the treasury's")
        .assert_is(TesseraError::WrongDestination);
    let rewards = pools.rewards[0];
    let attack = replace(&good, &reward, &rewards);
    pools
        .world
        .send(&[attack], &[&key(2)])
        .expect_err("not the treasury's")
        .assert_is(TesseraError::WrongDestination);
    let address = address::pool(&pools.world.org, 1);
    let world = &mut pools.world;
    let event = close(
        world,
        good.clone(),
        &[address, pool.stake_vault, pool.reward_vault],
    );
    assert_eq!((event.receipt.account, event.receipt.seq), (address, 3));
    assert_eq!((world.balance(&stake), world.balance(&reward)), (9, 3_500));
    assert!(world.find::<StakePool>(&address).is_none());
    assert_eq!(world.account::<Org>(&world.org).open_accounts, 1);
    world
        .send(&[good], &[&key(2)])
        .expect_err("again")
        .assert_is(TesseraError::AccountMissing);
}
