//! Each kind of mint and account that cannot be paid with, and the error that says so.

use super::*;
use Extension::*;

#[test]
fn every_account_is_bound() {
    let mut world = World::with_extensions(PYUSD);
    let chain = world.referral_chain();
    let (payer, token) = &chain[3];
    let mut subscribe = world.subscribe(payer, *token, world.subscribe_args());
    // Without a quote the program is named already, where the sysvar would stand.
    assert_eq!(subscribe.accounts.pop().expect("itself").pubkey, ID);
    world.assert_withstands(&subscribe, &[payer]);
    world.subscribed(payer, *token);
    world.advance(STEP + i64::from(GRACE));
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let charge = world.charge(payer, Some(keeper));
    // A cranker need not be paid.
    world.assert_withstands_except(&[9], &charge, &[]);
    let (third, token) = &chain[2];
    let claim = world.claim(third, *token, 1);
    world.assert_withstands(&claim, &[third]);
}

#[test]
fn a_mint_that_takes_a_fee_is_refused() {
    for (bps, maximum) in [(1, u64::MAX), (10_000, 0), (0, 1)] {
        assert_no_plan(
            &[TransferFee(bps, maximum)],
            TesseraError::TransferFeeActive,
        );
    }
}

#[test]
fn a_fee_that_begins_with_a_later_epoch_is_refused_from_now_on() {
    let (mut world, wallet, _) = due(PYUSD);
    world.set_transfer_fee(10, 1_000);
    assert_all_refused(&mut world, &wallet, TesseraError::TransferFeeActive);
    world.set_transfer_fee(0, 0);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("the fee is off again");
}

#[test]
fn a_mint_that_calls_a_program_in_each_transfer_is_refused() {
    let hook = Some(Address::new_from_array([9; 32]));
    assert_no_plan(&[TransferHook(hook)], TesseraError::TransferHookActive);
    let (mut world, wallet, _) = due(PYUSD);
    world.set_transfer_hook(hook);
    assert_all_refused(&mut world, &wallet, TesseraError::TransferHookActive);
    world.set_transfer_hook(None);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("the hook is off again");
}

#[test]
fn tokens_that_cannot_move_are_refused() {
    assert_no_plan(&[NonTransferable], TesseraError::NonTransferable);
}

#[test]
fn extensions_that_are_not_on_the_list_are_refused() {
    assert_no_plan(&[InterestBearing], TesseraError::UnknownExtension);
    assert_no_plan(&[ScaledUiAmount], TesseraError::UnknownExtension);
    assert_no_plan(
        &[CloseAuthority, InterestBearing],
        TesseraError::UnknownExtension,
    );
}

/// Puts `bytes` where the mint's extensions begin, and requires that nothing is accepted.
#[track_caller]
fn assert_bytes_refused(bytes: &[u8], expected: TesseraError) {
    let (mut world, wallet, _) = due(&[CloseAuthority]);
    let mint = world.mint;
    let mut account = world.svm.get_account(&mint).expect("mint");
    account.data.truncate(166);
    account.data.extend_from_slice(bytes);
    // As long as today's account, so that Token-2022 itself can still read the mint.
    world.svm.set_account(mint, account).expect("set account");
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("charge")
        .assert_is(expected);
    let authority = world.authority.insecure_clone();
    let mut args = world.create_plan_args();
    args.id = 9;
    let create = world.create_plan(args);
    world
        .send(&[create], &[&authority])
        .expect_err("create_plan")
        .assert_is(expected);
}

#[test]
fn an_extension_of_the_future_is_refused() {
    assert_bytes_refused(&[200, 0, 1, 0, 0], TesseraError::UnknownExtension);
    assert_bytes_refused(&[255, 255, 0, 0], TesseraError::UnknownExtension);
    // Behind one that is known.
    let behind = [&[3, 0, 32, 0][..], &[0; 32], &[200, 0, 0, 0]].concat();
    assert_bytes_refused(&behind, TesseraError::UnknownExtension);
}

#[test]
fn extensions_that_end_too_early_are_refused() {
    assert_bytes_refused(&[3, 0, 33, 0, 0], TesseraError::MalformedExtensions);
    assert_bytes_refused(
        &[&[1, 0, 107, 0][..], &[0; 107]].concat(),
        TesseraError::MalformedExtensions,
    );
    assert_bytes_refused(
        &[&[14, 0, 63, 0][..], &[0; 63]].concat(),
        TesseraError::MalformedExtensions,
    );
    assert_bytes_refused(
        &[&[26, 0, 32, 0][..], &[0; 32]].concat(),
        TesseraError::MalformedExtensions,
    );
    assert_bytes_refused(&[12, 0, 0, 0], TesseraError::MalformedExtensions);
}

#[test]
fn a_permanent_delegate_needs_the_plans_consent() {
    let mut world = World::with_extended_mint(PYUSD);
    let authority = world.authority.insecure_clone();
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&authority]).expect("create_org");
    let mut args = world.create_plan_args();
    args.flags = 0;
    let create = world.create_plan(args);
    world
        .send(&[create], &[&authority])
        .expect_err("no consent")
        .assert_is(TesseraError::PermanentDelegate);
}

#[test]
fn a_permanent_delegate_needs_each_subscribers_consent() {
    let mut world = World::with_extensions(PYUSD);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let mut args = world.subscribe_args();
    args.terms.consents = 0;
    let subscribe = world.subscribe(&wallet, token, args);
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("no consent")
        .assert_is(TesseraError::PermanentDelegate);
    world.subscribed(&wallet, token);
    assert_eq!(
        world.subscription(&wallet).consents,
        Plan::PERMANENT_DELEGATE
    );
    assert_eq!(world.plan_account().flags, Plan::PERMANENT_DELEGATE);
}

#[test]
fn a_permanent_delegate_that_was_given_up_needs_no_consent() {
    let mut world = World::with_extended_mint(PYUSD);
    let (mint, issuer) = (world.mint, world.mint_authority.pubkey());
    let give_up = spl_token_2022_interface::instruction::set_authority(
        &world.token_program,
        &mint,
        None,
        spl_token_2022_interface::instruction::AuthorityType::PermanentDelegate,
        &issuer,
        &[],
    );
    world.issue(give_up.expect("valid"));
    world.consents = 0;
    world.create_org_and_plan();
    let (wallet, _) = world.subscriber();
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
}

#[test]
fn a_paused_mint_pays_nothing_until_it_goes_on() {
    let (mut world, wallet, _) = due(USDPT);
    world.set_paused(true);
    let newcomer = world.create_token_account(&key(31).pubkey(), 0);
    let register = world.register(&key(31), None);
    world.send(&[register], &[&key(31)]).expect("register");
    let subscribe = world.subscribe(&key(31), newcomer, world.subscribe_args());
    let charge = world.charge(&wallet, None);
    for instruction in [subscribe, charge.clone()] {
        world
            .send(&[instruction], &[&key(31)])
            .expect_err("paused")
            .assert_is(TesseraError::MintPaused);
    }
    let before = world.subscription(&wallet);
    world.advance(STEP / 2);
    world.set_paused(false);
    world.send(&[charge], &[]).expect("it goes on");
    let after = world.subscription(&wallet);
    assert_eq!(after.periods_paid, before.periods_paid + 1);
}

#[test]
fn no_plan_is_made_in_a_paused_mint() {
    let mut world = World::with_extended_mint(USDPT);
    world.set_paused(true);
    let authority = world.authority.insecure_clone();
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&authority]).expect("create_org");
    let create = world.create_plan(world.create_plan_args());
    world
        .send(&[create], &[&authority])
        .expect_err("paused")
        .assert_is(TesseraError::MintPaused);
}

#[test]
fn the_mint_is_the_plans_and_is_not_left_out() {
    let (mut world, wallet, _) = due(PYUSD);
    let other = key(71);
    world.create_extended_mint(&other, PYUSD);
    let charge = world.charge(&wallet, None);
    world
        .send(&[replace(&charge, &world.mint, &other.pubkey())], &[])
        .expect_err("another mint")
        .assert_is(TesseraError::WrongMint);
    let mut omitted = charge;
    omitted.accounts[8] = AccountMeta::new_readonly(ID, false);
    world
        .send(&[omitted], &[])
        .expect_err("left out")
        .assert_is(TesseraError::MintMissing);
}

#[test]
fn a_claim_in_token_2022_names_the_mint() {
    let mut world = World::with_extensions(PYUSD);
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    world.subscribed(&payer, payer_token);
    world.advance(2 * i64::from(HOLD));
    let claim = world.claim(&third, token, 1);
    let with = |index: usize, address: Address| -> Instruction {
        let mut changed = claim.clone();
        changed.accounts[index] = AccountMeta::new_readonly(address, false);
        changed
    };
    world
        .send(&[with(5, ID)], &[&third])
        .expect_err("no mint")
        .assert_is(TesseraError::MintMissing);
    world
        .send(&[with(4, Address::new_from_array([9; 32]))], &[&third])
        .expect_err("another program")
        .assert_is(TesseraError::UnsupportedTokenProgram);
    let wrong = world.send(&[with(4, spl_token_interface::ID)], &[&third]);
    assert!(wrong.is_err(), "the other token program");
    world.send(&[claim], &[&third]).expect("claim");
}

#[test]
fn mint_and_token_program_belong_together() {
    for (extensions, program) in [
        (PYUSD, spl_token_interface::ID),
        (&[][..], spl_token_interface::ID),
    ] {
        let mut world = World::with_extended_mint(extensions);
        let authority = world.authority.insecure_clone();
        let create = world.create_org(world.create_org_args());
        world.send(&[create], &[&authority]).expect("create_org");
        let create = world.create_plan(world.create_plan_args());
        world
            .send(
                &[replace(&create, &world.token_program, &program)],
                &[&authority],
            )
            .expect_err("not its program")
            .assert_is(TesseraError::MintMissing);
        let nobodys = Address::new_from_array([9; 32]);
        world
            .send(
                &[replace(&create, &world.token_program, &nobodys)],
                &[&authority],
            )
            .expect_err("no token program")
            .assert_is(TesseraError::UnsupportedTokenProgram);
    }
}
