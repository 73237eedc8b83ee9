use super::{ANN, BOB, CODE, OWNER, Scene, member, org};
use crate::{address, audit::Check, decode::Event};
use tessera_types::{
    Address, NO_ADDRESS,
    events::{CodeCreated, CodeOffered, CodeTransferred, MemberRegistered},
};

fn registered(
    scene: &mut Scene,
    wallet: Address,
    referrers: [Address; 3],
    code: [u8; 16],
) -> Vec<Check> {
    let receipt = scene.next(member(&wallet), 10);
    scene.found(Event::MemberRegistered(MemberRegistered {
        receipt,
        org: org(),
        wallet,
        referrers,
        code,
    }))
}

fn claimed(scene: &mut Scene, code: &[u8; 16], owner: Address) -> Vec<Check> {
    let receipt = scene.next(address::code(&org(), code), 10);
    scene.found(Event::CodeCreated(CodeCreated {
        receipt,
        org: org(),
        owner,
        code: *code,
    }))
}

const BOBS: [u8; 16] = *b"BOB\0\0\0\0\0\0\0\0\0\0\0\0\0";

#[test]
fn nobody_registers_twice_or_is_above_himself() {
    let nobody = [NO_ADDRESS; 3];
    let found = registered(&mut Scene::new(), ANN, nobody, [0; 16]);
    assert_eq!(found, [Check::Referrals]);
    for wallet in [ANN, BOB] {
        let mut scene = Scene::new();
        assert_eq!(claimed(&mut scene, &BOBS, BOB), []);
        let found = registered(&mut scene, wallet, [BOB, ANN, NO_ADDRESS], BOBS);
        assert_eq!(found, [Check::Referrals; 2]);
    }
}

#[test]
fn a_member_is_under_the_owner_of_the_code_and_those_above() {
    let mut scene = Scene::new();
    let found = registered(&mut scene, OWNER, [BOB, ANN, NO_ADDRESS], BOBS);
    assert_eq!(found, [Check::Referrals]);
    for referrers in [[BOB, NO_ADDRESS, NO_ADDRESS], [ANN, BOB, NO_ADDRESS]] {
        let mut scene = Scene::new();
        claimed(&mut scene, &BOBS, BOB);
        let found = registered(&mut scene, OWNER, referrers, BOBS);
        assert_eq!(found, [Check::Referrals]);
    }
    let mut scene = Scene::new();
    claimed(&mut scene, &BOBS, BOB);
    let found = registered(&mut scene, OWNER, [BOB, ANN, NO_ADDRESS], BOBS);
    assert_eq!(found, []);
}

#[test]
fn a_code_is_short_and_plain_and_of_a_member() {
    let claimed = |code, owner| claimed(&mut Scene::new(), code, owner);
    for code in [
        b"AB\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"ABc\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"ABC\0D\0\0\0\0\0\0\0\0\0\0\0",
        b"ABC D\0\0\0\0\0\0\0\0\0\0\0",
        &[0; 16],
    ] {
        assert_eq!(claimed(code, BOB), [Check::Configuration], "{code:?}");
    }
    assert_eq!(claimed(b"A-0_Z9AAAAAAAAAA", OWNER), [Check::Configuration]);
    assert_eq!(claimed(b"A-0_Z9AAAAAAAAAA", BOB), []);
}

#[test]
fn a_code_goes_to_the_member_whom_it_was_offered_to() {
    let code = address::code(&org(), &CODE);
    for (owner, found) in [
        (BOB, vec![]),
        (ANN, vec![Check::Configuration]),
        (OWNER, vec![Check::Configuration; 2]),
    ] {
        let mut scene = Scene::new();
        let receipt = scene.next(code, 10);
        let pending_owner = BOB;
        scene.apply(Event::CodeOffered(CodeOffered {
            receipt,
            pending_owner,
        }));
        let receipt = scene.next(code, 11);
        let taken = CodeTransferred { receipt, owner };
        assert_eq!(scene.found(Event::CodeTransferred(taken)), found);
    }
}
