use super::*;

#[test]
fn every_account_and_byte_is_bound() {
    let (mut world, chain, subscribe) = referred();
    // A plan of SPL Token asks for no mint, and without a quote nobody looks for one.
    world.assert_withstands_except(&[MINT, INSTRUCTIONS], &subscribe, &[&chain[3].0]);
}

#[test]
fn every_account_is_bound_when_all_exist() {
    let (mut world, chain, _) = referred();
    let (payer, token) = &chain[3];
    world.subscribed(payer, *token);
    world
        .send(&[world.cancel(payer)], &[payer])
        .expect("cancel");
    let subscribe = world.subscribe(payer, *token, world.subscribe_args());
    // Nothing is created.
    let ignored = [SYSTEM_PROGRAM, MINT, INSTRUCTIONS];
    world.assert_withstands_except(&ignored, &subscribe, &[payer]);
}

#[test]
fn the_member_is_the_wallets_and_of_the_plans_org() {
    let (mut world, wallet, token) = member();
    let other = key(31);
    world.join(&other, None);
    let elsewhere = world.second_org();
    world.within(elsewhere, |world| world.join(&wallet, None));
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let right = world.member_address(&wallet);
    for (wrong, expected) in [
        (world.member_address(&other), TesseraError::WrongWallet),
        (
            address::member(&elsewhere.org, &wallet.pubkey()),
            TesseraError::WrongOrg,
        ),
    ] {
        world
            .send(&[replace(&subscribe, &right, &wrong)], &[&wallet])
            .expect_err("wrong member")
            .assert_is(expected);
    }
}

#[test]
fn nobody_subscribes_another_wallet() {
    let (mut world, wallet, token) = member();
    let thief = key(31);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let subscribe = replace(&subscribe, &wallet.pubkey(), &thief.pubkey());
    let subscribe = replace(
        &subscribe,
        &world.subscription_address(&wallet),
        &world.subscription_address(&thief),
    );
    world
        .send(&[subscribe], &[&thief])
        .expect_err("foreign member and tokens")
        .assert_is(TesseraError::WrongWallet);
}

#[test]
fn the_org_is_the_plans() {
    let (mut world, wallet, token) = member();
    let elsewhere = world.second_org();
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(
            &[replace(&subscribe, &world.org, &elsewhere.org)],
            &[&wallet],
        )
        .expect_err("another org")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn the_destination_is_the_plans() {
    let (mut world, wallet, token) = member();
    let treasury = world.treasury.pubkey();
    let other = world.create_token_account(&treasury, 0);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(
            &[replace(&subscribe, &world.destination, &other)],
            &[&wallet],
        )
        .expect_err("another account of the treasury")
        .assert_is(TesseraError::WrongDestination);
}

#[test]
fn the_subscription_follows_from_plan_and_wallet() {
    let (mut world, wallet, token) = member();
    let other = world.second_plan().plan;
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let right = world.subscription_address(&wallet);
    let wrong = address::subscription(&other, &wallet.pubkey());
    world
        .send(&[replace(&subscribe, &right, &wrong)], &[&wallet])
        .expect_err("address for another plan")
        .assert_is(TesseraError::WrongAddress);
}

#[test]
fn the_token_account_is_the_wallets_in_the_plans_mint() {
    let (mut world, wallet, _) = member();
    let other_mint = key(7);
    world.create_mint(&other_mint);
    let foreign = world.create_token_account(&key(31).pubkey(), FUNDS);
    let wrong_mint = world.create_account_of(&wallet.pubkey(), &other_mint.pubkey(), FUNDS);
    for (token, expected) in [
        (foreign, TesseraError::WrongTokenOwner),
        (wrong_mint, TesseraError::WrongMint),
    ] {
        let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
        world
            .send(&[subscribe], &[&wallet])
            .expect_err("token")
            .assert_is(expected);
    }
}

#[test]
fn the_token_authority_is_the_token_accounts() {
    let (mut world, wallet, token) = member();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    for (wrong, expected) in [
        (
            world.delegate(&other_token),
            TesseraError::WrongTokenAuthority,
        ),
        (Address::new_from_array([8; 32]), TesseraError::WrongAddress),
    ] {
        world
            .send(
                &[replace(&subscribe, &world.delegate(&token), &wrong)],
                &[&wallet],
            )
            .expect_err("foreign authority")
            .assert_is(expected);
    }
}

#[test]
fn the_wallet_may_pay_the_rent() {
    let (mut world, _, _) = member();
    let wallet = world.payer.insecure_clone();
    let token = world.join(&wallet, None);
    world.subscribed(&wallet, token);
    let rent_payer = world.subscription(&wallet).header.rent_payer;
    assert_eq!(rent_payer, wallet.pubkey());
    let rent_payer = world.authority_of(&token).header.rent_payer;
    assert_eq!(rent_payer, wallet.pubkey());
}

/// Ended ones, so that nothing but plan and wallet stands in the way.
#[test]
fn an_existing_subscription_is_of_the_same_plan_and_wallet() {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let other = key(31);
    let other_token = world.join(&other, None);
    world.subscribed(&other, other_token);
    let second = world.second_plan();
    let of_another_plan = world.within(second, |world| {
        world.subscribed(&wallet, token);
        world.subscription_address(&wallet)
    });
    let cancels = [
        world.cancel(&other),
        world.within(second, |world| world.cancel(&wallet)),
        world.cancel(&wallet),
    ];
    world.send(&cancels, &[&wallet, &other]).expect("cancel");
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    let right = world.subscription_address(&wallet);
    for (wrong, expected) in [
        (of_another_plan, TesseraError::WrongPlan),
        (
            world.subscription_address(&other),
            TesseraError::WrongWallet,
        ),
    ] {
        let attack = replace(&subscribe, &right, &wrong);
        world
            .send(&[attack], &[&wallet])
            .expect_err("another subscription")
            .assert_is(expected);
    }
}
