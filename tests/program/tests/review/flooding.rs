//! 1 and 2: nobody hides a receipt by what else a transaction does.

use super::*;

/// Finding 1: a transaction that only names the program, and floods its logs.
#[test]
fn a_transaction_that_names_the_program_without_calling_it_is_nothing() {
    let mut world = World::new();
    let payer = world.payer.pubkey();
    let mut transfer = solana_system_interface::instruction::transfer(&payer, &payer, 1);
    transfer.accounts.push(AccountMeta::new_readonly(ID, false));
    let mut instructions = vec![transfer];
    instructions.extend((0..50).map(|_| memo(b"")));
    let sent = world.send(&instructions, &[]).expect("accepted");
    assert!(sent.logs.iter().any(|line| line == "Log truncated"));
    assert!(!carried::concerns_program(&sent.calls));
    assert_eq!(carried::receipts(&sent.calls), Ok(vec![]));
}

/// Finding 2: a paid cranker fills the log in front of the charge.
#[test]
fn flooded_logs_hide_no_receipt() {
    let mut world = World::new();
    let (wallet, _) = world.subscriber();
    let address = world.subscription_address(&wallet);
    let flood = |world: &World| {
        let mut instructions: Vec<_> = (0..40).map(|_| memo(b"")).collect();
        instructions.push(world.charge(&wallet, None));
        instructions
    };
    for periods in 2..=4 {
        world.advance(STEP);
        let instructions = flood(&world);
        let sent = world.send(&instructions, &[]).expect("charge");
        assert!(sent.logs.iter().any(|line| line == "Log truncated"));
        assert!(matches!(sent.event(), Event::Charged(..)));
        assert_eq!(world.assert_receipts::<Subscription>(&address), periods);
    }
}

#[test]
fn a_flood_from_within_a_caller_hides_none_either() {
    let mut world = World::new();
    world.add_forwarder();
    let (wallet, _) = world.subscriber();
    let long = forwarded(&memo(&[b'x'; 600]));
    let redeem = forwarded(&world.redeem(&wallet, 1));
    let mut instructions = vec![long; 20];
    instructions.push(redeem);
    let sent = world.send(&instructions, &[&wallet]).expect("redeem");
    assert!(sent.logs.iter().any(|line| line == "Log truncated"));
    assert!(matches!(sent.event(), Event::PointsRedeemed(_)));
}
