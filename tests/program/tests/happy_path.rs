use world::*;
use tessera_client::{address, instructions::*, types::args::*};
use solana_signer::Signer;

#[test]
fn a_member_subscribes_is_charged_and_its_referrers_earn() {
    let mut world = World::new();
    let [(top, top_token), (second, _), (third, _), (payer, payer_token)] = world.referral_chain();
    let args = world.subscribe_args();
    let sent = world
        .send(&[world.subscribe(&payer, payer_token, args)], &[&payer])
        .expect("subscribe");
    println!("subscribe {} {:#?}", sent.compute_units, sent.logs);
    world.advance(i64::from(PERIOD));
    let keeper = world.create_token_account(&key(9).pubkey(), &world.mint.clone(), 0);
    let sent = world.send(&[world.charge(&payer, payer_token, None)], &[]).expect("charge");
    println!("charge 3 levels {} {:#?}", sent.compute_units, sent.logs);
    world.advance(i64::from(PERIOD));
    let sent = world.send(&[world.charge(&payer, payer_token, Some(keeper))], &[]).expect("charge");
    println!("charge 3 levels keeper {}", sent.compute_units);
    let sent = world.send(&[world.claim(&top, top_token, u64::MAX)], &[&top]).expect("claim");
    println!("claim {}", sent.compute_units);
    let solo = key(40);
    let sent = world.send(&[world.register(&solo, None)], &[&solo]).unwrap();
    println!("register {}", sent.compute_units);
    let token = world.create_token_account(&solo.pubkey(), &world.mint.clone(), FUNDS);
    let args = world.subscribe_args();
    let sent = world.send(&[world.subscribe(&solo, token, args)], &[&solo]).unwrap();
    println!("subscribe no ref {}", sent.compute_units);
    world.advance(i64::from(PERIOD));
    let sent = world.send(&[world.charge(&solo, token, None)], &[]).unwrap();
    println!("charge no ref {} {:#?}", sent.compute_units, sent.logs);
    let sent = world.send(&[world.cancel(&solo)], &[&solo]).unwrap();
    println!("cancel {}", sent.compute_units);
    let sent = world.send(&[Redeem{wallet: solo.pubkey(), org: world.org, args: PointsArgs{points: 5, reference:[1;16]}}.into()], &[&solo]).unwrap();
    println!("redeem {}", sent.compute_units);
    let issuer = key(50);
    let sent = world.send(&[SetIssuer{payer: world.payer.pubkey(), authority: world.authority.pubkey(), org: world.org, key: issuer.pubkey(), args: SetIssuerArgs{epoch_budget: 1000, epoch_secs: 86400, spare:[0;4]}}.into()], &[&key(2)]).unwrap();
    println!("set issuer {}", sent.compute_units);
    let sent = world.send(&[Award{key: issuer.pubkey(), org: world.org, wallet: solo.pubkey(), args: PointsArgs{points: 5, reference:[1;16]}}.into()], &[&issuer]).unwrap();
    println!("award {}", sent.compute_units);
    let _ = (second, third, address::org(1));
    panic!("show");
}
