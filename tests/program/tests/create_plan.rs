use solana_address::Address;
use solana_signer::Signer;
use spl_token_interface::state::AccountState;
use tessera_client::{
    Event, address,
    types::{
        ID, NO_ADDRESS, TesseraError,
        accounts::{Header, Org, Plan},
        args::CreatePlanArgs,
        limits::{MAX_PERIOD_SECS, MAX_TRIAL_SECS, MIN_PERIOD_SECS},
    },
};
use world::{
    KEEPER_FEE, PERIOD, PRICE, START, START_SLOT, World, key, metered, monthly, replace, with_trial,
};

fn org_only() -> World {
    let mut world = World::without_org();
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&key(2)]).expect("create_org");
    world
}

#[track_caller]
fn assert_refused(change: impl FnOnce(&mut CreatePlanArgs), expected: TesseraError) {
    let mut world = org_only();
    let mut args = world.create_plan_args();
    change(&mut args);
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect_err("refused")
        .assert_is(expected);
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = org_only();
    let create = world.create_plan(world.create_plan_args());
    world.assert_withstands(&create, &[&key(2)]);
}

#[test]
fn only_the_orgs_authority_creates_plans() {
    let mut world = org_only();
    let create = world.create_plan(world.create_plan_args());
    let create = replace(&create, &key(2).pubkey(), &key(9).pubkey());
    world
        .send(&[create], &[&key(9)])
        .expect_err("foreign authority")
        .assert_is(TesseraError::WrongAuthority);
}

#[test]
fn prices_are_positive_and_ordered() {
    for (floor, price, ceiling) in [
        (0, PRICE, PRICE),
        (0, 0, 0),
        (PRICE + 1, PRICE, PRICE + 1),
        (1, PRICE, PRICE - 1),
    ] {
        assert_refused(
            |args| {
                (args.price_floor, args.price, args.price_ceiling) = (floor, price, ceiling);
            },
            TesseraError::PriceOutOfRange,
        );
    }
}

#[test]
fn periods_are_between_an_hour_and_ten_years() {
    for secs in [0, 1, MIN_PERIOD_SECS - 1, MAX_PERIOD_SECS + 1, u32::MAX] {
        assert_refused(
            |args| args.period_secs = secs,
            TesseraError::PeriodOutOfRange,
        );
    }
}

/// Else two charges could come closer than half a period.
#[test]
fn grace_is_at_most_half_a_period() {
    for secs in [PERIOD / 2 + 1, PERIOD, u32::MAX] {
        assert_refused(|args| args.grace_secs = secs, TesseraError::GraceTooLong);
    }
    let mut world = org_only();
    let args = CreatePlanArgs {
        grace_secs: PERIOD / 2,
        ..world.create_plan_args()
    };
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect("half a period");
}

#[test]
fn trials_last_at_most_a_year_and_metered_plans_have_none() {
    assert_refused(
        |args| args.trial_secs = MAX_TRIAL_SECS + 1,
        TesseraError::TrialTooLong,
    );
    assert_refused(
        |args| *args = with_trial(metered(*args), 1),
        TesseraError::TrialTooLong,
    );
}

#[test]
fn months_are_twelve_at_most_and_exclude_seconds() {
    for (secs, months) in [(PERIOD, 1), (0, 13), (0, u8::MAX)] {
        assert_refused(
            |args| (args.period_secs, args.period_months) = (secs, months),
            TesseraError::PeriodOutOfRange,
        );
    }
    // Half of 28 days.
    assert_refused(
        |args| {
            *args = monthly(*args, 1);
            args.grace_secs = 14 * 86_400 + 1;
        },
        TesseraError::GraceTooLong,
    );
}

#[test]
fn nobody_is_paid_to_crank_a_metered_plan() {
    assert_refused(
        |args| {
            *args = metered(*args);
            args.keeper_fee_cap = 1;
        },
        TesseraError::KeeperFeeTooHigh,
    );
}

#[test]
fn reserved_bytes_are_zero() {
    assert_refused(|args| args.spare[0] = 1, TesseraError::SpareNotZero);
    assert_refused(|args| args.flags = 8, TesseraError::SpareNotZero);
}

#[test]
fn a_plan_ends_after_it_begins() {
    assert_refused(|args| args.ends_at = START, TesseraError::PlanEnded);
    assert_refused(|args| args.ends_at = i64::MIN, TesseraError::PlanEnded);
}

#[test]
fn the_merchant_keeps_something_of_the_lowest_price() {
    // Levels of 17.5 % of a floor of 1,000 are 175.
    let floor_of = |keeper_fee_cap| {
        move |args: &mut CreatePlanArgs| {
            args.price_floor = 1_000;
            args.keeper_fee_cap = keeper_fee_cap;
        }
    };
    assert_refused(floor_of(825), TesseraError::KeeperFeeTooHigh);
    assert_refused(floor_of(u64::MAX), TesseraError::ArithmeticOverflow);
    let mut world = org_only();
    let mut args = world.create_plan_args();
    floor_of(824)(&mut args);
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect("one unit is left");
}

#[test]
fn a_price_of_one_unit_leaves_all_of_it_to_the_merchant() {
    let mut world = org_only();
    let args = CreatePlanArgs {
        price: 1,
        price_floor: 1,
        keeper_fee_cap: 0,
        ..world.create_plan_args()
    };
    world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect("create_plan");
}

#[test]
fn the_destination_is_a_token_account_of_the_treasury_in_the_plans_mint() {
    let mut world = org_only();
    let other_mint = key(7);
    world.create_mint(&other_mint);
    let foreign = world.create_token_account(&key(9).pubkey(), 0);
    let treasury = world.treasury.pubkey();
    let wrong_mint = world.create_account_of(&treasury, &other_mint.pubkey(), 0);
    let create = world.create_plan(world.create_plan_args());
    for (destination, expected) in [
        (foreign, TesseraError::WrongDestination),
        (wrong_mint, TesseraError::WrongMint),
        (world.payer.pubkey(), TesseraError::TokenAccountMissing),
        (key(99).pubkey(), TesseraError::TokenAccountMissing),
    ] {
        world
            .send(
                &[replace(&create, &world.destination, &destination)],
                &[&key(2)],
            )
            .expect_err("destination")
            .assert_is(expected);
    }
}

#[test]
fn a_mint_of_another_program_or_without_life_is_refused() {
    let mut world = org_only();
    let original = world.svm.get_account(&world.mint).expect("mint");
    for change in [0, 1] {
        let mut fake = original.clone();
        match change {
            0 => fake.owner = Address::new_from_array([9; 32]),
            _ => fake.data.fill(0),
        }
        let mint = world.mint;
        world.svm.set_account(mint, fake).expect("set account");
        world
            .send(&[world.create_plan(world.create_plan_args())], &[&key(2)])
            .expect_err("fake mint")
            .assert_is(TesseraError::MintMissing);
    }
}

#[test]
fn the_vault_is_derived_from_org_and_mint() {
    let mut world = org_only();
    let thief = world.create_token_account(&key(9).pubkey(), 0);
    let create = replace(
        &world.create_plan(world.create_plan_args()),
        &world.vault(),
        &thief,
    );
    world
        .send(&[create], &[&key(2)])
        .expect_err("vault")
        .assert_is(TesseraError::WrongVault);
}

#[test]
fn ids_rise() {
    assert_refused(|args| args.id = 0, TesseraError::IdNotRising);
    let mut world = World::new();
    let before = world.plan_account();
    for (id, rises) in [(1, false), (7, true), (7, false), (6, false), (8, true)] {
        let args = CreatePlanArgs {
            id,
            price: PRICE + 1,
            ..world.create_plan_args()
        };
        let result = world.send(&[world.create_plan(args)], &[&key(2)]);
        match rises {
            true => assert_eq!(world.org_account().highest_plan_id, id),
            false => result
                .expect_err("not above all before")
                .assert_is(TesseraError::IdNotRising),
        }
    }
    assert_eq!(world.plan_account(), before);
}

#[test]
fn the_address_follows_from_the_id() {
    let mut world = World::new();
    let create = world.create_plan(CreatePlanArgs {
        id: 3,
        ..world.create_plan_args()
    });
    let (right, wrong) = (address::plan(&world.org, 3), address::plan(&world.org, 4));
    world
        .send(&[replace(&create, &right, &wrong)], &[&key(2)])
        .expect_err("another id's address")
        .assert_is(TesseraError::WrongAddress);
}

#[test]
fn every_field_is_written_and_the_vault_owns_itself() {
    let mut world = org_only();
    let args = world.create_plan_args();
    let sent = world
        .send(&[world.create_plan(args)], &[&key(2)])
        .expect("create_plan");
    let bump = |seeds: &[&[u8]]| Address::find_program_address(seeds, &ID).1;
    let payer = world.payer.pubkey();
    let plan = world.plan_account();
    let plan_bump = bump(&[b"plan", world.org.as_ref(), &1u64.to_le_bytes()]);
    let mut header = Header::new(plan_bump, START_SLOT, payer);
    (header.receipt_seq, header.receipt_head) = (1, plan.header.receipt_head);
    let expected = Plan {
        header,
        org: world.org,
        mint: world.mint,
        token_program: spl_token_interface::ID,
        destination: world.destination,
        vault: world.vault(),
        vault_rent_payer: payer,
        id: 1,
        price: PRICE,
        price_floor: PRICE / 2,
        price_ceiling: PRICE * 2,
        points_per_charge: args.points_per_charge,
        keeper_fee_cap: KEEPER_FEE,
        created_at: START,
        ends_at: i64::MAX,
        sunset_at: i64::MAX,
        period_secs: PERIOD,
        trial_secs: 0,
        grace_secs: args.grace_secs,
        period_months: 0,
        flags: 0,
        vault_bump: bump(&[b"vault", world.org.as_ref(), world.mint.as_ref()]),
        decimals: 6,
        spare: [0; 64],
    };
    assert_eq!(plan, expected);

    let Event::PlanCreated(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.receipt.account, world.plan);
    assert_eq!((event.receipt.life, event.receipt.seq), (START_SLOT, 1));
    assert_eq!((event.org, event.mint), (world.org, world.mint));
    assert_eq!(event.token_program, spl_token_interface::ID);
    assert_eq!(
        (event.destination, event.vault),
        (world.destination, world.vault())
    );
    assert_eq!(event.terms, args);
    assert_eq!(world.assert_receipts::<Plan>(&world.plan), 1);

    let vault = world.token(&world.vault());
    assert_eq!((vault.mint, vault.owner), (world.mint, world.vault()));
    assert_eq!((vault.amount, vault.state), (0, AccountState::Initialized));
    assert!(vault.delegate.is_none() && vault.close_authority.is_none());
}

#[test]
fn plans_in_one_mint_share_the_vault() {
    let mut world = World::new();
    let second = world.second_plan();
    let vault = world.plan_account().vault;
    world.within(second, |world| {
        assert_eq!(world.plan_account().vault, vault);
        // Who paid for the vault stands in the plan that it was created with.
        assert_eq!(world.plan_account().vault_rent_payer, NO_ADDRESS);
        assert_eq!(
            world.plan_account().vault_bump,
            world
                .account::<Plan>(&address::plan(&world.org, 1))
                .vault_bump
        );
    });
    let org = world.org_account();
    assert_eq!((org.open_accounts, org.plans_on_vaults), (2, 1));
}

#[test]
fn an_org_that_was_handed_over_gets_no_plan_from_its_creator() {
    let mut world = World::new();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.authority = key(9).pubkey());
    let mut args = world.create_plan_args();
    args.id = 9;
    let create = world.create_plan(args);
    world
        .send(&[create], &[&key(2)])
        .expect_err("handed over")
        .assert_is(TesseraError::WrongAuthority);
}
