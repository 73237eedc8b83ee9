//! Attacks on administration: nobody comes before the maker, nobody is the zero address, and a pause
//! has no way around it.

#[path = "admin/pauses.rs"]
mod pauses;

use solana_address::Address;
use solana_instruction::{Instruction, error::InstructionError};
use solana_sdk_ids::ed25519_program;
use solana_signer::Signer;
use tessera_client::{
    address,
    instructions::{AcceptAuthority, ProposeAuthority},
    quote,
    types::{
        NO_ADDRESS, TesseraError,
        accounts::{Config, NullifierPage, Org, OrgSettings, Plan},
        args::ProposeAuthorityArgs,
    },
};
use world::{HOLD, PRICE, START, World, key, replace};

/// Key 40, who watches what is on its way and is faster.
fn rival() -> solana_keypair::Keypair {
    key(40)
}

#[test]
fn nobody_makes_the_config_before_who_may_upgrade_the_program() {
    let mut world = World::without_config();
    let good = world.set_config(world.config_args());
    let admin = key(6).pubkey();
    for faster in [rival(), key(2)] {
        let attack = replace(&good, &admin, &faster.pubkey());
        world
            .send(&[attack], &[&faster])
            .expect_err("not the upgrade authority")
            .assert_is(TesseraError::WrongAuthority);
    }
    let unsigned = world::unsigned(&good, &admin);
    world
        .send(&[unsigned], &[&rival()])
        .expect_err("unsigned")
        .assert_error(&InstructionError::MissingRequiredSignature);
    // Lamports at its address are no config and keep none away.
    world.prefund(&address::config());
    world.send(&[good], &[&key(6)]).expect("set_config");
    assert_eq!(world.config().admin, admin);
    // A second first time does not come, whatever it says of itself.
    let again = world.set_config(world.config_args());
    world
        .send(&[again], &[&key(6)])
        .expect_err("it is made")
        .assert_is(TesseraError::StaleSeq);
}

#[test]
fn nobody_takes_an_announced_org_or_plan() {
    let mut world = World::without_org();
    let (org, vault) = (world.org, world.vault());
    let create_org = world.create_org(world.create_org_args());
    let owner = key(2).pubkey();
    let attack = replace(&create_org, &owner, &rival().pubkey());
    world
        .send(&[attack], &[&rival()])
        .expect_err("another creator's address")
        .assert_is(TesseraError::WrongAddress);
    for address in [org, world.plan, vault] {
        world.prefund(&address);
    }
    world.send(&[create_org], &[&key(2)]).expect("create_org");
    let create_plan = world.create_plan(world.create_plan_args());
    let attack = replace(&create_plan, &owner, &rival().pubkey());
    world
        .send(&[attack], &[&rival()])
        .expect_err("another's org")
        .assert_is(TesseraError::WrongAuthority);
    world.send(&[create_plan], &[&key(2)]).expect("create_plan");
    assert_eq!(world.org_account().creator, owner);
    assert_eq!(world.plan_account().vault, vault);
    // The vault owns itself: who paid for it moves nothing.
    assert_eq!(world.token(&vault).owner, vault);
    assert!(world.token(&vault).delegate.is_none());
    assert!(world.token(&vault).close_authority.is_none());
}

/// A ledger and a page are opened by anybody: all that it decides is who gets the rent back.
#[test]
fn who_opens_another_ones_ledger_or_page_first_decides_nothing() {
    let mut world = World::new();
    let payer = world.payer.pubkey();
    world
        .svm
        .airdrop(&rival().pubkey(), 1_000_000_000)
        .expect("airdrop");
    let [_, _, (third, _), (customer, token)] = world.referral_chain();
    let ledger = world.ledger_address(&third);
    let regular = world.ledger(&third);
    let missing = solana_account::Account::default();
    world.svm.set_account(ledger, missing).expect("set account");
    let open = replace(&world.open_ledger(&third), &payer, &rival().pubkey());
    world.send(&[open], &[&rival()]).expect("open_ledger");
    let mut raced = world.ledger(&third);
    assert_eq!(raced.header.rent_payer, rival().pubkey());
    raced.header = regular.header;
    assert_eq!(raced, regular);
    world.subscribed(&customer, token);
    assert_eq!(world.ledger(&third).release_at, START + i64::from(HOLD));

    let create = world.create_campaign(world.campaign_args([7; 32]));
    world.send(&[create], &[&key(2)]).expect("create_campaign");
    let open = world.open_page(1, 0);
    let first = replace(&open, &payer, &rival().pubkey());
    world.send(&[first], &[&rival()]).expect("open_page");
    world
        .send(&[open], &[])
        .expect_err("it is open")
        .assert_is(TesseraError::AccountExists);
    let page = address::page(&world.campaign_address(1), 0);
    let page: NullifierPage = world.account(&page);
    assert!(page.claimed.iter().all(|word| *word == 0));
}

#[test]
fn no_setting_that_somebody_acts_by_is_the_zero_address() {
    let mut world = World::without_org();
    let changes: [fn(&mut OrgSettings); 2] = [
        |it| it.treasury = NO_ADDRESS,
        |it| it.quote_authority = NO_ADDRESS,
    ];
    for change in changes {
        let mut args = world.create_org_args();
        change(&mut args.settings);
        let create = world.create_org(args);
        world
            .send(&[create], &[&key(2)])
            .expect_err("nobody")
            .assert_is(TesseraError::ZeroAddress);
    }
    world.create_org_and_plan();
    for change in changes {
        let mut settings = world.org_settings();
        change(&mut settings);
        let update = world.update_org(settings);
        world
            .send(&[update], &[&key(2)])
            .expect_err("nobody")
            .assert_is(TesseraError::ZeroAddress);
    }
    assert_eq!(world.org_account().settings, world.org_settings());
}

/// Nobody is proposed where the zero address stands, which is the System program's.
#[test]
fn the_zero_address_accepts_nothing_that_is_offered_to_nobody() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    world.make_referrer(&wallet, "CODE");
    let to_nobody = [
        world.propose_authority(&key(2), NO_ADDRESS),
        world.transfer_code(&wallet, "CODE", NO_ADDRESS),
        ProposeAuthority {
            authority: key(6).pubkey(),
            account: address::config(),
            args: ProposeAuthorityArgs {
                seq: world.config().header.receipt_seq,
                pending: NO_ADDRESS,
            },
        }
        .into(),
    ];
    world
        .send(&to_nobody, &[&key(2), &key(6), &wallet])
        .expect("taken back");
    let config = AcceptAuthority {
        authority: rival().pubkey(),
        account: address::config(),
    };
    for (accept, refusal) in [
        (
            world.accept_authority(&rival()),
            TesseraError::WrongAuthority,
        ),
        (config.into(), TesseraError::WrongAuthority),
        (
            replace(
                &world.accept_code(&rival(), "CODE"),
                &world.member_address(&rival()),
                &world.member_address(&wallet),
            ),
            TesseraError::WrongCode,
        ),
    ] {
        let nobody = replace(&accept, &rival().pubkey(), &NO_ADDRESS);
        let unsigned = world::unsigned(&nobody, &NO_ADDRESS);
        world
            .send(&[unsigned], &[&rival()])
            .expect_err("it cannot sign")
            .assert_error(&InstructionError::MissingRequiredSignature);
        world
            .send(&[accept], &[&rival()])
            .expect_err("not proposed")
            .assert_is(refusal);
    }
    assert_eq!(world.org_account().authority, key(2).pubkey());
    assert_eq!(world.config().admin, key(6).pubkey());
}

/// Points of an order that is small: for such a key somebody could find signatures without a secret.
fn small_order_keys() -> [[u8; 32]; 6] {
    let point = |first: u8, rest: u8, last: u8| {
        let mut bytes = [rest; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    [
        point(0, 0, 0),
        point(0, 0, 0x80),
        point(1, 0, 0),
        point(1, 0, 0x80),
        point(0xec, 0xff, 0x7f),
        point(0xec, 0xff, 0xff),
    ]
}

/// As if an org had been made with such a key: the runtime verifies no signature by it.
#[test]
fn nobody_signs_a_quote_under_the_zero_key_or_its_like() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let org = world.org;
    for key in small_order_keys() {
        let signer = Address::new_from_array(key);
        world.rewrite(&org, |org: &mut Org| org.settings.quote_authority = signer);
        for deadline in START..START + 4 {
            let (quote, _) = world.quote(&wallet, PRICE / 2, deadline);
            for commitment in small_order_keys() {
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(&commitment);
                let verification = quote::verification(&signer, &signature, &quote);
                assert_eq!(verification.program_id, ed25519_program::ID);
                let args = world.quoted_args(PRICE / 2, deadline);
                let subscribe = world.subscribe(&wallet, token, args);
                let attack: [Instruction; 2] = [verification, subscribe];
                assert!(world.simulate(&attack, &[&wallet]).is_err());
            }
        }
    }
    let address = world.subscription_address(&wallet);
    assert!(world.svm.get_account(&address).is_none());
}

/// A metered plan of an org that names no meter is stated by nobody.
#[test]
fn the_zero_address_states_no_usage() {
    let mut world = World::new();
    let mut settings = world.org_settings();
    settings.meter_authority = NO_ADDRESS;
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
    let place = world.add_plan(world::metered(world.create_plan_args()));
    world.plan = place.plan;
    let (wallet, token) = world.subscriber();
    let before = world.balance(&token);
    let state = world.charge_up_to(&wallet, 1);
    let meter = world.meter.pubkey();
    for nobody in [meter, rival().pubkey(), key(2).pubkey()] {
        let attack = replace(&state, &meter, &nobody);
        world
            .send(&[attack], &[&key(10), &rival(), &key(2)])
            .expect_err("not the meter")
            .assert_is(TesseraError::WrongAuthority);
    }
    let zero = replace(&state, &meter, &NO_ADDRESS);
    world
        .send(&[world::unsigned(&zero, &NO_ADDRESS)], &[])
        .expect_err("it cannot sign")
        .assert_error(&InstructionError::MissingRequiredSignature);
    assert_eq!(world.balance(&token), before);
    let plan: Plan = world.account(&place.plan);
    assert!(plan.flags & Plan::METERED != 0);
    let config: Config = world.config();
    assert_eq!(config.pause_flags, 0);
}
