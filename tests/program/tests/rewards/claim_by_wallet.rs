//! Vouchers whose claims are kept by wallet: sums that rise, and what vests.

use super::given::{Given, fill};
use proptest::prelude::*;
use solana_signer::Signer;
use tessera_client::{
    address,
    types::{
        TesseraError,
        accounts::{Campaign, Claim},
        args::CreateCampaignArgs,
    },
    voucher::Gift,
};
use world::{START, World, key, replace};

#[test]
fn a_cliff_holds_all_of_it_and_the_rest_is_linear() {
    let mut given = Given::new(|args| {
        args.vesting_starts_at = START + 100;
        args.cliff_secs = 50;
        args.vesting_secs = 300;
    });
    for secs in [0, 100, 49] {
        given.world.advance(secs);
        let early = given.claim(0);
        given.refused(early, 0, TesseraError::VoucherClaimed);
    }
    given.world.advance(1);
    assert_eq!(given.claimed(0).amount, 1_000 * 50 / 300);
    let again = given.claim(0);
    given.refused(again, 0, TesseraError::VoucherClaimed);
    given.world.advance(1);
    assert_eq!(given.claimed(0).amount, 1_000 * 51 / 300 - 1_000 * 50 / 300);
    given.world.advance(248);
    assert_eq!(
        given.claimed(0).amount,
        1_000 * 299 / 300 - 1_000 * 51 / 300
    );
    given.world.advance(1);
    assert_eq!(given.claimed(0).amount, 1_000 - 1_000 * 299 / 300);
    given.world.advance(1);
    let over = given.claim(0);
    given.refused(over, 0, TesseraError::VoucherClaimed);
    let claim: Claim = given.world.account(&address::claim(
        &given.world.campaign_address(1),
        &key(30).pubkey(),
    ));
    assert_eq!((claim.entitled, claim.claimed), (1_000, 1_000));
}

#[test]
fn a_cliff_beyond_the_vesting_ends_it_in_one_step() {
    let mut given = Given::new(|args| {
        args.vesting_starts_at = START;
        args.cliff_secs = 500;
        args.vesting_secs = 300;
    });
    given.world.advance(499);
    let early = given.claim(0);
    given.refused(early, 0, TesseraError::VoucherClaimed);
    given.world.advance(1);
    assert_eq!(given.claimed(0).amount, 1_000);
}

#[test]
fn of_two_vouchers_of_a_wallet_the_higher_counts_once() {
    let mut given = Given::new(|args| args.flags = Campaign::CUMULATIVE);
    assert_eq!(given.claimed(0).amount, 1_000);
    assert_eq!(given.claimed(5).amount, 5_000);
    let lower = given.claim(0);
    given.refused(lower, 0, TesseraError::VoucherClaimed);
}

#[test]
fn a_claim_is_its_wallets() {
    let mut given = Given::new(|args| args.flags = Campaign::CUMULATIVE);
    given.claimed(0);
    let campaign = given.world.campaign_address(1);
    let [own, other] = [31, 30].map(|wallet| address::claim(&campaign, &key(wallet).pubkey()));
    let attack = replace(&given.claim(1), &own, &other);
    given.refused(attack, 1, TesseraError::WrongWallet);
    let attack = replace(&given.claim(1), &own, &key(90).pubkey());
    given.refused(attack, 1, TesseraError::WrongAddress);
}

#[test]
fn a_root_that_rises_pays_the_difference() {
    let mut given = Given::new(|args| {
        args.flags = Campaign::CUMULATIVE;
        args.cap = 10_000;
    });
    given.claimed(0);
    let mut raised = given.gifts.clone();
    raised[0].amount = 2_500;
    let tree = given.world.giver(1).tree(&raised).expect("gifts");
    // What was claimed stays within any cap.
    let low = given.world.set_root(1, tree.root(), 999);
    given
        .world
        .send(&[low], &[&key(2)])
        .expect_err("below what was claimed")
        .assert_is(TesseraError::CampaignCap);
    let old = given.claim(0);
    let set = given.world.set_root(1, tree.root(), 2_400);
    given.world.send(&[set], &[&key(2)]).expect("set_root");
    given.refused(old, 0, TesseraError::WrongProof);
    (given.gifts, given.tree) = (raised, tree);
    let capped = given.claim(0);
    given.refused(capped, 0, TesseraError::CampaignCap);
    let root = given.tree.root();
    let set = given.world.set_root(1, root, 2_500);
    given.world.send(&[set], &[&key(2)]).expect("set_root");
    assert_eq!(given.claimed(0).amount, 1_500);
    // One that falls takes nothing back and gives nothing.
    let mut lowered = given.gifts.clone();
    lowered[0].amount = 10;
    let tree = given.world.giver(1).tree(&lowered).expect("gifts");
    let set = given.world.set_root(1, tree.root(), 10_000);
    given.world.send(&[set], &[&key(2)]).expect("set_root");
    (given.gifts, given.tree) = (lowered, tree);
    let lower = given.claim(0);
    given.refused(lower, 0, TesseraError::VoucherClaimed);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_has_vested_is_the_floor_of_the_exact_part(
        amount in 1..u64::MAX,
        vesting: u32,
        cliff: u32,
        waits in prop::collection::vec(0..u32::MAX, 1..6),
    ) {
        let mut world = World::new();
        let gift = Gift { wallet: key(30).pubkey(), amount, index: 0 };
        let tree = world.giver(1).tree(&[gift]).expect("a gift");
        let vesting = vesting.max(1);
        let create = world.create_campaign(CreateCampaignArgs {
            closes_at: i64::MAX,
            vesting_starts_at: world.now(),
            cliff_secs: cliff,
            vesting_secs: vesting,
            ..world.campaign_args(tree.root())
        });
        world.send(&[create], &[&key(2)]).expect("create_campaign");
        fill(&mut world, 1, amount);
        let token = world.create_token_account(&gift.wallet, 0);
        let mut elapsed = 0u64;
        for wait in waits {
            world.advance(i64::from(wait));
            elapsed += u64::from(wait);
            let claim = world.claim_voucher(1, &gift, &[], token);
            // Refused where nothing more has vested, which the balance shows, too.
            let _ = world.send(&[claim], &[&key(30)]);
            let vested = if elapsed < u64::from(cliff) {
                0
            } else {
                let part = u128::from(elapsed.min(u64::from(vesting)));
                u128::from(amount) * part / u128::from(vesting)
            };
            prop_assert_eq!(u128::from(world.balance(&token)), vested);
        }
    }
}
