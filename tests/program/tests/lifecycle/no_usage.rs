//! A period without usage: no token moves, so no token program looks at who signs for it.

use super::support::world_of;
use tessera_client::types::TesseraError;
use world::{key, metered, replace};

#[test]
fn a_statement_of_nothing_uses_up_no_approval_of_another_token_account() {
    let mut world = world_of(metered);
    let (wallet, token) = world.subscriber();
    let other = key(31);
    let others = world.join(&other, None);
    world.subscribed(&other, others);
    let before = world.authority_of(&others);
    // Signed in one slot, so the generations are the same.
    assert_eq!(before.generation, world.authority_of(&token).generation);
    let (ours, theirs) = (world.delegate(&token), world.delegate(&others));
    world.approve(&token, &wallet, &theirs, 1);
    let charge = replace(&world.charge_up_to(&wallet, 0), &ours, &theirs);
    let refused = world.send(&[charge], &[&key(10)]);
    assert_eq!(world.authority_of(&others).outstanding, before.outstanding);
    refused
        .expect_err("not the token account's own authority")
        .assert_is(TesseraError::NotApproved);
}
