//! Until when each kind stays, and what its close means for the others.

use super::{
    closable::{self, sponsor},
    closing::{assert_in_use, close},
};
use solana_signer::Signer;
use tessera_client::{
    address,
    types::{
        TesseraError,
        accounts::{Ledger, NullifierPage, StakePool},
        args::CreateCampaignArgs,
        limits::LEDGER_QUIET_SECS,
    },
};
use world::{HOLD, PERIOD, World, key, replace};

#[test]
fn a_plan_stays_until_its_sunset_and_with_the_vault_that_it_created() {
    let mut world = World::new();
    let second = world.second_plan();
    world.advance(1);
    assert_in_use(&mut world, &key(2), &second.plan);
    let at = world.now() + 100;
    let sunsets = [
        world.sunset_plan(at),
        world.within(second, |world| world.sunset_plan(at)),
    ];
    world.send(&sunsets, &[&key(2)]).expect("sunset_plan");
    world.advance(99);
    assert_in_use(&mut world, &key(2), &second.plan);
    world.advance(1);
    let first = world.plan;
    assert_in_use(&mut world, &key(2), &first);
    let org = world.org_account();
    assert_eq!((org.open_accounts, org.plans_on_vaults), (2, 1));
    close(&mut world, &key(2), &second.plan);
    let org = world.org_account();
    assert_eq!((org.open_accounts, org.plans_on_vaults), (1, 0));
    assert_eq!(world.plan_account().vault_rent_payer, world.payer.pubkey());
    // Its id is not free again.
    let mut args = world.create_plan_args();
    args.id = 2;
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect_err("used")
        .assert_is(TesseraError::IdNotRising);
}

#[test]
fn an_org_that_is_not_the_parents_closes_nothing() {
    for mut it in [closable::plan(), closable::issuer()] {
        let elsewhere = it.world.second_org();
        let close = it.world.close_account(&key(2), &it.address);
        let attack = replace(&close, &it.world.org, &elsewhere.org);
        it.world
            .send(&[attack], &[&key(2)])
            .expect_err(it.name)
            .assert_is(TesseraError::WrongOrg);
    }
}

#[test]
fn a_ledger_stays_while_anything_is_owed_and_a_year_and_a_month_after() {
    let mut world = World::new();
    let [_, _, (third, to), (wallet, token)] = world.referral_chain();
    world.subscribed(&wallet, token);
    let address = world.ledger_address(&third);
    world.advance(i64::from(HOLD));
    assert_in_use(&mut world, &third, &address);
    world.send(&[world.release(&third)], &[]).expect("release");
    assert_in_use(&mut world, &third, &address);
    super::support::claim_all(&mut world, &third, to);
    world.advance(i64::from(LEDGER_QUIET_SECS) - i64::from(HOLD) - 1);
    assert_in_use(&mut world, &third, &address);
    world.advance(1);
    for change in [
        |ledger: &mut Ledger| ledger.debt = 1,
        |ledger: &mut Ledger| (ledger.debt, ledger.held) = (0, 1),
        |ledger: &mut Ledger| (ledger.held, ledger.queued) = (0, 1),
        |ledger: &mut Ledger| (ledger.queued, ledger.claimable) = (0, 1),
    ] {
        world.rewrite(&address, change);
        assert_in_use(&mut world, &third, &address);
    }
    world.rewrite(&address, |ledger: &mut Ledger| ledger.claimable = 0);
    close(&mut world, &third, &address);
}

#[test]
fn a_subscription_stays_while_it_lives_or_is_paid() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let address = world.subscription_address(&wallet);
    world.advance(1);
    assert_in_use(&mut world, &wallet, &address);
    let payer = world.payer.insecure_clone();
    assert_in_use(&mut world, &payer, &address);
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    world.advance(i64::from(PERIOD) - 2);
    assert_in_use(&mut world, &wallet, &address);
    world.advance(1);
    close(&mut world, &wallet, &address);
}

#[test]
fn a_subscription_that_lapsed_unseen_is_marked_first() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let address = world.subscription_address(&wallet);
    world.revoke(&token, &wallet);
    world.advance(3 * i64::from(PERIOD));
    assert_in_use(&mut world, &wallet, &address);
    let mark = world.mark_past_due(&wallet);
    world.send(&[mark], &[]).expect("mark_past_due");
    close(&mut world, &wallet, &address);
}

#[test]
fn a_subscription_stays_while_its_quote_is_good() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let deadline = world.now() + 2 * i64::from(PERIOD);
    let price = world.plan_account().price;
    let (_, verification) = world.quote(&wallet, price, deadline);
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(price, deadline));
    world
        .send(&[verification.clone(), subscribe], &[&wallet])
        .expect("subscribe");
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    let address = world.subscription_address(&wallet);
    world.advance(2 * i64::from(PERIOD));
    assert_in_use(&mut world, &wallet, &address);
    world.advance(1);
    close(&mut world, &wallet, &address);
    let subscribe = world.subscribe(&wallet, token, world.quoted_args(price, deadline));
    world
        .send(&[verification, subscribe], &[&wallet])
        .expect_err("the same quote")
        .assert_is(TesseraError::QuoteExpired);
}

#[test]
fn a_trial_that_was_used_survives_the_close() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let place = world.add_plan(world::with_trial(world.create_plan_args(), 86_400));
    world.within(place, |world| {
        world.subscribed(&wallet, token);
        let cancel = world.cancel(&wallet);
        world.send(&[cancel], &[&wallet]).expect("cancel");
        world.advance(86_400);
        let address = world.subscription_address(&wallet);
        close(world, &wallet, &address);
        let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        world
            .send(&[subscribe], &[&wallet])
            .expect_err("another trial")
            .assert_is(TesseraError::TrialUsed);
        let mut args = world.subscribe_args();
        args.trial_secs = 0;
        let subscribe = world.subscribe(&wallet, token, args);
        world.send(&[subscribe], &[&wallet]).expect("without");
    });
}

#[test]
fn an_authority_stays_while_a_subscription_counts_on_it() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let address = world.delegate(&token);
    world.advance(1);
    assert_in_use(&mut world, &wallet, &address);
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    close(&mut world, &wallet, &address);
}

#[test]
fn an_authority_that_was_closed_revives_nothing_that_was_signed_before() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let second = world.second_plan();
    let address = world.delegate(&token);
    let first = world.authority_of(&token).generation;
    // The wallet takes its approval back and signs another plan: the first one is stale.
    world.advance(1);
    world.revoke(&token, &wallet);
    world.within(second, |world| {
        world.subscribed(&wallet, token);
        let cancel = world.cancel(&wallet);
        world.send(&[cancel], &[&wallet]).expect("cancel");
    });
    // In the slot that the generation is of, it stays.
    assert_in_use(&mut world, &wallet, &address);
    let stale = world.authority_of(&token).generation;
    world.advance(1);
    let charge = world.charge(&wallet, None);
    close(&mut world, &wallet, &address);
    world.advance(i64::from(PERIOD));
    world
        .send(std::slice::from_ref(&charge), &[])
        .expect_err("no delegate")
        .assert_is(TesseraError::NotApproved);
    // Nor when the address is approved by hand.
    world.approve(&token, &wallet, &address, u64::MAX);
    world
        .send(std::slice::from_ref(&charge), &[])
        .expect_err("nothing stands there")
        .assert_is(TesseraError::NotApproved);
    world.revoke(&token, &wallet);
    let third = world.second_plan();
    world.within(third, |world| world.subscribed(&wallet, token));
    let generation = world.authority_of(&token).generation;
    assert!(first < stale && stale < generation);
    world
        .send(&[charge], &[])
        .expect_err("signed before")
        .assert_is(TesseraError::StaleGeneration);
    // The way out is open all the same, and lowers nothing of the other's.
    let outstanding = world.authority_of(&token).outstanding;
    let cancel = world.cancel(&wallet);
    world.send(&[cancel], &[&wallet]).expect("cancel");
    assert_eq!(world.authority_of(&token).outstanding, outstanding);
}

#[test]
fn pages_and_claims_stay_until_their_campaign_is_over() {
    for mut it in [closable::page(), closable::claim()] {
        it.world.advance(-1);
        assert_in_use(&mut it.world, &it.owners[0], &it.address);
        it.world.advance(1);
        // Another campaign that is over says nothing.
        let args = CreateCampaignArgs {
            opens_at: 0,
            closes_at: it.world.now() + 1,
            vesting_starts_at: 0,
            ..it.world.campaign_args([1; 32])
        };
        let create = it.world.create_campaign(args);
        it.world.send(&[create], &[&key(2)]).expect("another");
        it.world.advance(1);
        let good = it.world.close_account(&it.owners[0], &it.address);
        let (own, other) = (it.world.campaign_address(1), it.world.campaign_address(2));
        it.world
            .send(&[replace(&good, &own, &other)], &[&it.owners[0]])
            .expect_err(it.name)
            .assert_is(TesseraError::WrongCampaign);
        // The campaign may be closed itself.
        let left = it.world.create_token_account(&key(4).pubkey(), 0);
        let close_campaign = it.world.close_campaign(1, left);
        it.world
            .send(&[close_campaign], &[&key(2)])
            .expect("close_campaign");
        close(&mut it.world, &it.owners[0], &it.address);
    }
}

#[test]
fn a_page_that_was_closed_pays_nothing_again() {
    let mut it = closable::page();
    close(&mut it.world, &sponsor(), &it.address);
    let open = it.world.open_page(1, 0);
    it.world
        .send(&[open], &[])
        .expect_err("the campaign is over")
        .assert_is(TesseraError::CampaignNotOpen);
    assert!(it.world.find::<NullifierPage>(&it.address).is_none());
}

#[test]
fn a_position_stays_while_it_holds_or_is_owed_anything() {
    let mut pools = super::pools::Pools::new();
    pools.fund(36_000, 3_600);
    pools.stake(0, 8);
    let (wallet, address) = (
        super::pools::staker(0),
        pools.world.position_address(1, &super::pools::staker(0)),
    );
    pools.world.advance(1);
    assert_in_use(&mut pools.world, &wallet, &address);
    pools.unstake(0, 8);
    assert_in_use(&mut pools.world, &wallet, &address);
    assert_eq!(pools.harvested(0), 10);
    assert_eq!(pools.world.pool(1).positions, 1);
    close(&mut pools.world, &wallet, &address);
    assert_eq!(pools.world.pool(1).positions, 0);
    // Another pool is not counted down for it.
    let create = pools.world.create_pool(2, &pools.reward_mint);
    pools
        .world
        .send(&[create], &[&key(2)])
        .expect("create_pool");
    let other = address::pool(&pools.world.org, 2);
    pools
        .world
        .rewrite(&other, |pool: &mut StakePool| pool.positions = 1);
    let again = pools.world.stake(1, &wallet, pools.stakes[0], 8);
    let out = pools.world.unstake(1, &wallet, pools.stakes[0], 8);
    pools
        .world
        .send(&[again, out], &[&wallet])
        .expect("in and out");
    pools.world.advance(1);
    let close = pools.world.close_account(&wallet, &address);
    let attack = replace(&close, &address::pool(&pools.world.org, 1), &other);
    pools
        .world
        .send(&[attack], &[&wallet])
        .expect_err("another pool")
        .assert_is(TesseraError::WrongPool);
}

#[test]
fn a_closed_ledgers_share_is_the_merchants_and_flagged() {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    let [(top, _), (second, _), (third, _), (wallet, _)] = chain;
    world.advance(i64::from(PERIOD));
    let ledgers = [&third, &second, &top];
    let flags = [2u8, 4, 8];
    for (place, owner) in ledgers.into_iter().enumerate() {
        let address = world.ledger_address(owner);
        // As if all of it had been claimed long ago.
        world.rewrite(&address, |ledger: &mut Ledger| {
            ledger.claimed = ledger.held + ledger.queued + ledger.claimable;
            (ledger.held, ledger.queued, ledger.claimable) = (0, 0, 0);
            ledger.accrued_at = 0;
        });
        close(&mut world, owner, &address);
        let charge = world.charge(&wallet, None);
        let before = world.balance(&world.destination);
        let sent = world.send(&[charge], &[]).expect("charge");
        let event = sent.event();
        let (money, shares) = event.settlement().expect("payment");
        let gone: u8 = flags[..=place].iter().sum();
        assert_eq!(money.flags, gone);
        let mut expected = world::SHARES;
        expected[..=place].fill(0);
        let amounts: Vec<u64> = shares.iter().map(|share| share.amount).collect();
        assert_eq!(amounts, expected);
        let merchant = world::PRICE - expected.iter().sum::<u64>();
        assert_eq!(money.merchant, merchant);
        assert_eq!(world.balance(&world.destination), before + merchant);
        world.advance(i64::from(PERIOD));
    }
}
