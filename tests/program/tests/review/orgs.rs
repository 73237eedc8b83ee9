//! 12: an announced id is nobody else's, and nobody is forgotten.

use super::*;

/// Finding 12.
#[test]
fn ids_belong_to_their_creator() {
    let mut world = World::without_org();
    let squatter = key(9);
    let mut args = world.create_org_args();
    args.settings.treasury = squatter.pubkey();
    let mine = world.create_org(args);
    let theirs = address::org(&squatter.pubkey(), args.id);
    let squat = replace(&mine, &key(2).pubkey(), &squatter.pubkey());
    world
        .send(std::slice::from_ref(&squat), &[&squatter])
        .expect_err("at the other's address")
        .assert_is(TesseraError::WrongAddress);
    let squat = replace(&squat, &world.org, &theirs);
    world.send(&[squat], &[&squatter]).expect("at its own");
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&key(2)]).expect("the id is free");
    assert_eq!(world.org_account().creator, key(2).pubkey());
    assert_eq!(world.account::<Org>(&theirs).creator, squatter.pubkey());
}

/// Finding 12: the address stays the creator's when the authority changes.
#[test]
fn a_creator_that_handed_its_org_over_cannot_create_it_again() {
    let mut world = World::new();
    let org = world.org;
    world.rewrite(&org, |org: &mut Org| org.authority = key(9).pubkey());
    let create = world.create_org(world.create_org_args());
    world
        .send(&[create], &[&key(2)])
        .expect_err("it exists")
        .assert_is(TesseraError::AccountExists);
    let set = world.set_issuer(&key(50), 1);
    world
        .send(&[set], &[&key(2)])
        .expect_err("handed over")
        .assert_is(TesseraError::WrongAuthority);
}

/// Finding 12.
#[test]
fn a_treasury_and_a_quote_authority_of_zeros_are_refused() {
    let mut world = World::without_org();
    for treasury in [true, false] {
        let mut args = world.create_org_args();
        match treasury {
            true => args.settings.treasury = NO_ADDRESS,
            false => args.settings.quote_authority = NO_ADDRESS,
        }
        let create = world.create_org(args);
        world
            .send(&[create], &[&key(2)])
            .expect_err("zero")
            .assert_is(TesseraError::ZeroAddress);
    }
}
