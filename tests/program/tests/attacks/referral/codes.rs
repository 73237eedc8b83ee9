//! Codes: taken, written otherwise, mistaken for one another, and raced for.

use super::*;

/// A sorted-out customer's registration under `CODE` by its announced owner, key 30.
fn announced(world: &mut World) -> (Keypair, solana_instruction::Instruction) {
    let owner = key(30);
    world.join(&owner, None);
    let customer = key(40);
    let register = world.register(&customer, Some(("CODE", &owner)));
    (customer, register)
}

#[test]
fn a_squatter_needs_to_be_a_member_and_takes_no_code_that_is_used() {
    let mut world = World::new();
    let (owner, squatter) = (key(30), key(31));
    world.join(&owner, None);
    let squat = world.create_code(&squatter, code("CODE"));
    world
        .send(&[squat], &[&squatter])
        .expect_err("a stranger")
        .assert_is(TesseraError::AccountMissing);
    world.join(&squatter, None);
    world.make_referrer(&owner, "CODE");
    let before = world.account::<Code>(&address::code(&world.org, &code("CODE")));
    let squat = world.create_code(&squatter, code("CODE"));
    world
        .send(std::slice::from_ref(&squat), &[&squatter])
        .expect_err("taken")
        .assert_is(TesseraError::AccountExists);
    let close = world.close_account(&squatter, &address::code(&world.org, &code("CODE")));
    world
        .send(&[close], &[&squatter])
        .expect_err("not his to close")
        .assert_is(TesseraError::WrongAuthority);
    let after = world.account::<Code>(&address::code(&world.org, &code("CODE")));
    assert_eq!(after, before);
}

/// What its owner gave up another may take; who came by it before stays whose he was.
#[test]
fn a_squatter_of_a_code_that_was_given_up_gains_nobody_of_before() {
    let mut world = World::new();
    let (owner, squatter, early) = (key(30), key(31), key(41));
    let (customer, prepared) = announced(&mut world);
    world.join(&squatter, None);
    world.make_referrer(&owner, "CODE");
    world.join(&early, Some(("CODE", &owner)));
    world.advance(1);
    let close = world.close_account(&owner, &address::code(&world.org, &code("CODE")));
    world.send(&[close], &[&owner]).expect("given up");
    let squat = world.create_code(&squatter, code("CODE"));
    world.send(&[squat], &[&squatter]).expect("free again");
    world
        .send(&[prepared], &[&customer])
        .expect_err("another owner than the one that was named")
        .assert_is(TesseraError::WrongReferrer);
    assert_eq!(world.member(&early).referrers[0], owner.pubkey());
}

/// No letter case and no look-alike: 38 bytes are allowed, at every place, and no other.
#[test]
fn no_code_differs_from_another_by_case_or_look() {
    let mut world = World::new();
    let wallet = key(30);
    world.join(&wallet, None);
    let mut allowed = 0;
    for place in [0, 2, 15] {
        for byte in 0..=u8::MAX {
            let mut bytes = *b"ABCDEFGHIJKLMNOP";
            bytes[place] = byte;
            let create = world.create_code(&wallet, bytes);
            // The last may be padding.
            let good = matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-')
                || (place == 15 && byte == 0);
            match world.simulate(&[create], &[&wallet]) {
                Ok(_) => assert!(good, "{byte} at {place}"),
                Err(refused) => {
                    assert!(!good, "{byte} at {place}");
                    refused.assert_is(TesseraError::InvalidCode);
                }
            }
            allowed += usize::from(good);
        }
    }
    assert_eq!(allowed, 3 * 38 + 1);
    let small = world.create_code(&wallet, code("Code"));
    world
        .send(&[small], &[&wallet])
        .expect_err("small letters")
        .assert_is(TesseraError::InvalidCode);
}

#[test]
fn no_two_codes_share_an_account() {
    let mut world = World::new();
    let (wallet, thief) = (key(30), key(31));
    world.join(&wallet, None);
    world.join(&thief, None);
    // Behind the padding nothing stands, so no code has a twin.
    for hidden in 4..16 {
        let mut twin = code("CODE");
        twin[hidden] = b'X';
        let create = world.create_code(&wallet, twin);
        match hidden {
            4 => drop(world.simulate(&[create], &[&wallet]).expect("CODEX")),
            _ => world
                .simulate(&[create], &[&wallet])
                .expect_err("a twin")
                .assert_is(TesseraError::InvalidCode),
        }
    }
    // One that begins like another, or stands in another org, is another.
    world.make_referrer(&wallet, "CODE");
    for (text, other) in [("CODE", "CODE2"), ("CODE2", "COD")] {
        let create = world.create_code(&thief, code(other));
        let (right, wrong) = [other, text]
            .map(|it| address::code(&world.org, &code(it)))
            .into();
        let attack = replace(&create, &right, &wrong);
        world
            .send(&[attack], &[&thief])
            .expect_err("another code's account")
            .assert_is(TesseraError::WrongAddress);
        world.send(&[create], &[&thief]).expect("its own");
    }
    let home = address::code(&world.org, &code("CODE"));
    let elsewhere = world.second_org();
    world.within(elsewhere, |world| {
        world.join(&thief, None);
        world.make_referrer(&thief, "CODE");
        let customer = key(40);
        let register = world.register(&customer, Some(("CODE", &thief)));
        let there = address::code(&world.org, &code("CODE"));
        world
            .send(&[replace(&register, &there, &home)], &[&customer])
            .expect_err("the other org's")
            .assert_is(TesseraError::WrongOrg);
    });
    assert_eq!(world.account::<Code>(&home).owner, wallet.pubkey());
}

/// Who sees a code on its way and is faster has the code, and nobody who was sent to another owner.
#[test]
fn who_is_faster_with_a_code_gets_nobody_who_was_sent_to_another() {
    let mut world = World::new();
    let (owner, racer) = (key(30), key(31));
    let (customer, register) = announced(&mut world);
    world.join(&racer, None);
    let slow = world.create_code(&owner, code("CODE"));
    world.make_referrer(&racer, "CODE");
    world
        .send(&[slow], &[&owner])
        .expect_err("too late")
        .assert_is(TesseraError::AccountExists);
    world
        .send(std::slice::from_ref(&register), &[&customer])
        .expect_err("not the owner that was named")
        .assert_is(TesseraError::WrongReferrer);
    assert!(
        world
            .svm
            .get_account(&world.member_address(&customer))
            .is_none()
    );
    // Nor is anybody kept from a code by lamports at its address.
    let other = address::code(&world.org, &code("OTHER"));
    world.prefund(&other);
    world.make_referrer(&owner, "OTHER");
    assert_eq!(world.account::<Code>(&other).owner, owner.pubkey());
}
