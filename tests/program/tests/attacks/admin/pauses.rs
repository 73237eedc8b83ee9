//! A pause by the org, or by the program's admin, stops every way in, and no way out.

use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    address,
    types::{
        TesseraError,
        accounts::{Config, Org},
        args::ConfigArgs,
    },
};
use world::{PERIOD, PRICE, World, forwarder::forwarded, key, metered, replace};

/// An instruction that a pause stops, behind what it needs in its transaction.
struct Way {
    name: &'static str,
    flag: u8,
    before: Vec<Instruction>,
    it: Instruction,
}

/// One customer for each way: keys 30 to 35.
fn customers() -> [Keypair; 6] {
    [30, 31, 32, 33, 34, 35].map(key)
}

fn signers() -> Vec<Keypair> {
    customers()
        .into_iter()
        .chain([2, 4, 6, 10].map(key))
        .collect()
}

fn sent(world: &mut World, instructions: &[Instruction]) -> Result<world::Sent, world::Refused> {
    let signers = signers();
    world.send(instructions, &signers.iter().collect::<Vec<_>>())
}

fn tried(world: &World, way: &Way, it: Instruction) -> Result<world::Sent, world::Refused> {
    let signers = signers();
    let instructions = [way.before.clone(), vec![it]].concat();
    world.simulate(&instructions, &signers.iter().collect::<Vec<_>>())
}

fn scene() -> (World, Vec<Way>) {
    let mut world = World::new();
    world.add_forwarder();
    let [due, newcomer, leaver, changer, user, billed] = customers();
    let token = world.join(&due, None);
    world.subscribed(&due, token);
    world.advance(i64::from(PERIOD));
    let tokens = [&newcomer, &leaver, &changer, &user, &billed].map(|it| world.join(it, None));
    world.subscribed(&leaver, tokens[1]);
    let cancel = world.cancel(&leaver);
    sent(&mut world, &[cancel]).expect("cancel");
    world.subscribed(&changer, tokens[2]);
    let other = world.second_plan();
    let usage = world.add_plan(metered(world.create_plan_args()));
    let stated = world.within(usage, |world| {
        world.subscribed(&user, tokens[3]);
        world.charge_up_to(&user, 5)
    });
    let (subscribe, pay) = (Org::PAUSE_SUBSCRIBE, Org::PAUSE_CHARGE);
    let deadline = world.now() + 60;
    let (_, quote) = world.quote(&newcomer, PRICE - 1, deadline);
    let quoted = world.quoted_args(PRICE - 1, deadline);
    let terms = world.change_terms(other);
    let [verification, invoice] = world.pay_invoice(&billed, tokens[4], world.invoice_args(1, 5));
    let way = |name, flag, before: &[Instruction], it| Way {
        name,
        flag,
        before: before.to_vec(),
        it,
    };
    let ways = vec![
        way(
            "subscribe",
            subscribe,
            &[],
            world.subscribe(&newcomer, tokens[0], world.subscribe_args()),
        ),
        way(
            "subscribe on a quote",
            subscribe,
            &[quote],
            world.subscribe(&newcomer, tokens[0], quoted),
        ),
        way("resume", subscribe, &[], world.resume(&leaver)),
        way(
            "change_plan now",
            subscribe,
            &[],
            world.change_plan(&changer, other, terms, false),
        ),
        way(
            "change_plan later",
            subscribe,
            &[],
            world.change_plan(&changer, other, terms, true),
        ),
        way("charge", pay, &[], world.charge(&due, None)),
        way("charge_up_to", pay, &[], stated),
        way("pay_invoice", pay, &[verification], invoice),
    ];
    for way in &ways {
        tried(&world, way, way.it.clone()).expect(way.name);
    }
    (world, ways)
}

/// The org pauses by its settings, the admin from outside.
fn pause(world: &World, by_the_admin: bool, flags: u8) -> Instruction {
    match by_the_admin {
        true => world.pause_org(flags),
        false => {
            let mut settings = world.org_settings();
            settings.pause_flags = flags;
            world.update_org(settings)
        }
    }
}

#[test]
fn a_pause_stops_every_way_in_directly_and_through_programs() {
    for by_the_admin in [true, false] {
        for flags in [Org::PAUSE_SUBSCRIBE, Org::PAUSE_CHARGE] {
            let (mut world, ways) = scene();
            let pause = pause(&world, by_the_admin, flags);
            sent(&mut world, &[pause]).expect("paused");
            for way in &ways {
                for it in [way.it.clone(), forwarded(&way.it)] {
                    match (tried(&world, way, it), way.flag == flags) {
                        (Ok(_), false) => {}
                        (Err(refused), true) => refused.assert_is(TesseraError::Paused),
                        (result, _) => panic!("{}: {}", way.name, result.is_ok()),
                    }
                }
            }
        }
    }
}

/// Another org that is not paused, a copy of this one from before, a forged one, or none.
#[test]
fn no_other_org_account_stands_in_for_a_paused_one() {
    let (mut world, ways) = scene();
    let elsewhere = world.second_org().org;
    let before = world.svm.get_account(&world.org).expect("org");
    let [copied, forged] = [[98; 32], [99; 32]].map(Address::new_from_array);
    let owner = Address::new_from_array([251; 32]);
    let foreign = Account {
        owner,
        ..before.clone()
    };
    world.svm.set_account(copied, before).expect("set account");
    world.svm.set_account(forged, foreign).expect("set account");
    let pause = world.pause_org(Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE);
    sent(&mut world, &[pause]).expect("paused");
    for way in &ways {
        for other in [
            elsewhere,
            copied,
            forged,
            Address::new_from_array([253; 32]),
        ] {
            let attack = replace(&way.it, &world.org, &other);
            let refused = tried(&world, way, attack).expect_err(way.name);
            refused.assert_is(TesseraError::WrongOrg);
        }
    }
}

#[test]
fn nobody_lifts_a_pause_but_who_set_it() {
    let (mut world, ways) = scene();
    let all = Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE;
    // Signed while nothing was paused, and kept.
    let kept = [pause(&world, true, 0), pause(&world, false, 0)];
    let paused = pause(&world, true, all);
    sent(&mut world, &[paused]).expect("paused");
    for lift in kept {
        let refused = sent(&mut world, &[lift]).expect_err("kept back");
        refused.assert_is(TesseraError::StaleSeq);
    }
    // The org's own settings leave the admin's pause as it is, and others reach neither.
    let lift = pause(&world, false, 0);
    sent(&mut world, &[lift]).expect("its own settings");
    let admin = pause(&world, true, 0);
    for other in [key(2), key(30)] {
        let attack = replace(&admin, &key(6).pubkey(), &other.pubkey());
        let refused = sent(&mut world, &[attack]).expect_err("not the admin");
        refused.assert_is(TesseraError::WrongAuthority);
    }
    for way in &ways {
        let refused = tried(&world, way, way.it.clone()).expect_err(way.name);
        refused.assert_is(TesseraError::Paused);
    }
    // The reverse: what the org paused the admin cannot lift.
    let own = pause(&world, false, all);
    sent(&mut world, &[own]).expect("paused by itself");
    let lift = pause(&world, true, 0);
    sent(&mut world, &[lift]).expect("the admin's is lifted");
    for way in &ways {
        let refused = tried(&world, way, way.it.clone()).expect_err(way.name);
        refused.assert_is(TesseraError::Paused);
    }
    let lift = pause(&world, false, 0);
    sent(&mut world, &[lift]).expect("and its own");
    for way in &ways {
        tried(&world, way, way.it.clone()).expect(way.name);
    }
}

#[test]
fn a_pause_stops_no_way_out() {
    let (mut world, _) = scene();
    for by_the_admin in [true, false] {
        let pause = pause(
            &world,
            by_the_admin,
            Org::PAUSE_SUBSCRIBE | Org::PAUSE_CHARGE,
        );
        sent(&mut world, &[pause]).expect("paused");
    }
    let [due, _, _, changer, ..] = customers();
    let (redeem, later) = (
        world.redeem(&due, 1),
        world.pause(&changer, world.now() + 10),
    );
    sent(&mut world, &[redeem, later]).expect("ways out");
    let refund = world.refund(&changer, 1);
    sent(&mut world, &[refund]).expect("refund");
    let (cancel, at_once) = (world.cancel(&due), world.cancel_now(&changer));
    sent(&mut world, &[cancel, at_once]).expect("the last ones");
}

/// What the program's admin pauses for all: that anything is created which others could be drawn into.
#[test]
fn a_pause_of_creation_has_no_way_around_it() {
    let mut world = World::new();
    let mut org = world.create_org_args();
    org.id = 2;
    let mut plan = world.create_plan_args();
    plan.id = 2;
    let ways = [
        world.create_org(org),
        world.create_plan(plan),
        world.create_campaign(world.campaign_args([7; 32])),
        world.create_pool(1, &world.mint),
    ];
    for way in &ways {
        let way = std::slice::from_ref(way);
        world.simulate(way, &[&key(2)]).expect("not yet");
    }
    let unpaused = world.svm.get_account(&address::config()).expect("config");
    let owner = Address::new_from_array([251; 32]);
    let (forged, foreign) = (
        Address::new_from_array([99; 32]),
        Account { owner, ..unpaused },
    );
    world.svm.set_account(forged, foreign).expect("set account");
    let kept = world.set_config(ConfigArgs {
        seq: world.config().header.receipt_seq,
        ..world.config_args()
    });
    let paused = world.set_config(ConfigArgs {
        seq: world.config().header.receipt_seq,
        pause_flags: Config::PAUSE_CREATION,
        ..world.config_args()
    });
    world.send(&[paused], &[&key(6)]).expect("paused");
    world
        .send(&[kept], &[&key(6)])
        .expect_err("kept back")
        .assert_is(TesseraError::StaleSeq);
    let org = world.org;
    for way in ways {
        for other in [forged, org, Address::new_from_array([253; 32])] {
            // Twice the same account is refused for itself.
            if way.accounts.iter().any(|meta| meta.pubkey == other) {
                continue;
            }
            let attack = replace(&way, &address::config(), &other);
            world
                .send(&[attack], &[&key(2)])
                .expect_err("not the config")
                .assert_is(TesseraError::AccountMissing);
        }
        world
            .send(&[way], &[&key(2)])
            .expect_err("paused")
            .assert_is(TesseraError::Paused);
    }
}
