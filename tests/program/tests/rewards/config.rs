use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        TesseraError, accounts::Config, args::ConfigArgs, events::ConfigSet,
        limits::MAX_COMMISSION_BPS,
    },
};
use world::{World, key, replace};

#[test]
fn the_config_is_made_by_who_may_upgrade_the_program_and_nobody_else() {
    let mut world = World::without_config();
    let create = world.create_org(world.create_org_args());
    world
        .send(&[create], &[&key(2)])
        .expect_err("nothing before the config")
        .assert_is(TesseraError::AccountMissing);
    let good = world.set_config(world.config_args());
    for other in [key(2), key(40)] {
        let attack = replace(&good, &key(6).pubkey(), &other.pubkey());
        world
            .send(&[attack], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    // Whatever says so of itself elsewhere.
    let (data, forged) = (address::program_data(), Address::new_from_array([99; 32]));
    let mut copy = world.svm.get_account(&data).expect("program data");
    copy.data[13..45].copy_from_slice(key(40).pubkey().as_ref());
    world.svm.set_account(forged, copy).expect("set account");
    let attack = replace(&good, &key(6).pubkey(), &key(40).pubkey());
    let attack = replace(&attack, &data, &forged);
    world
        .send(&[attack], &[&key(40)])
        .expect_err("forged")
        .assert_is(TesseraError::WrongAuthority);
    // Nor once nobody may upgrade it any more.
    let account = world.svm.get_account(&data).expect("program data");
    let mut locked = account.clone();
    locked.data[12] = 0;
    world.svm.set_account(data, locked).expect("set account");
    world
        .send(std::slice::from_ref(&good), &[&key(6)])
        .expect_err("locked")
        .assert_is(TesseraError::WrongAuthority);
    world.svm.set_account(data, account).expect("set account");
    let mut other_seq = world.config_args();
    other_seq.seq = 1;
    world
        .send(&[world.set_config(other_seq)], &[&key(6)])
        .expect_err("another seq")
        .assert_is(TesseraError::StaleSeq);
    let sent = world.send(&[good], &[&key(6)]).expect("set_config");
    let Event::ConfigSet(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(
        event,
        ConfigSet {
            receipt: event.receipt,
            admin: key(6).pubkey(),
            max_commission_bps: MAX_COMMISSION_BPS,
            pause_flags: 0,
            spare: [0; 5],
        }
    );
    world.assert_receipts::<Config>(&address::config());
}

#[test]
fn a_config_beyond_the_limits_is_refused() {
    let mut world = World::new();
    let good = ConfigArgs {
        seq: world.config().header.receipt_seq,
        ..world.config_args()
    };
    for (args, expected) in [
        (
            ConfigArgs {
                max_commission_bps: MAX_COMMISSION_BPS + 1,
                ..good
            },
            TesseraError::CommissionTooHigh,
        ),
        (
            ConfigArgs {
                pause_flags: 2,
                ..good
            },
            TesseraError::SpareNotZero,
        ),
        (
            ConfigArgs {
                spare: [0, 0, 0, 0, 1],
                ..good
            },
            TesseraError::SpareNotZero,
        ),
        (ConfigArgs { seq: 0, ..good }, TesseraError::StaleSeq),
        (ConfigArgs { seq: 2, ..good }, TesseraError::StaleSeq),
    ] {
        world
            .send(&[world.set_config(args)], &[&key(6)])
            .expect_err("refused")
            .assert_is(expected);
    }
}
