//! Vouchers whose claims are kept by number: each is paid once.

use super::given::{DAY, Given, fill};
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    address,
    types::{
        TesseraError,
        accounts::{NullifierPage, Org, PAGE_VOUCHERS},
    },
    voucher::{self, Gift, Node},
};
use world::{START, World, extended::PYUSD, key, replace};

#[test]
fn a_voucher_is_paid_once() {
    let mut given = Given::new(|_| {});
    for place in [0, 1, 2, 3, 4, 5, 6] {
        given.claimed(place);
        let again = given.claim(place);
        given.refused(again, place, TesseraError::VoucherClaimed);
        given.world.advance(1);
    }
    let campaign = given.world.campaign(1);
    assert_eq!(campaign.claimed, 28_000);
    assert_eq!(given.world.balance(&campaign.vault), 0);
}

#[test]
fn bits_are_those_of_the_numbers_and_no_others() {
    let mut given = Given::new(|_| {});
    let campaign = given.world.campaign_address(1);
    for (place, page, word, bit) in [
        (0, 0, 0, 1u64),
        (1, 0, 0, 1 << 63),
        (2, 0, 1, 1),
        (3, 0, 127, 1 << 63),
        (4, 1, 0, 1),
        (6, u32::MAX / PAGE_VOUCHERS, 127, 1 << 63),
    ] {
        let address = address::page(&campaign, page);
        let before: NullifierPage = given.world.account(&address);
        let event = given.claimed(place);
        assert_eq!(event.receipt.account, address);
        let after: NullifierPage = given.world.account(&address);
        let mut expected = before.claimed;
        assert_eq!(expected[word] & bit, 0);
        expected[word] |= bit;
        assert_eq!(after.claimed, expected);
    }
}

#[test]
fn a_voucher_stands_on_its_own_page_only() {
    let mut given = Given::new(|_| {});
    let campaign = given.world.campaign_address(1);
    let [first, second] = [0, 1].map(|number| address::page(&campaign, number));
    for (place, from, to) in [(3, first, second), (4, second, first)] {
        let attack = replace(&given.claim(place), &from, &to);
        given.refused(attack, place, TesseraError::WrongPage);
    }
    // Another campaign's page has the same number.
    let root = given.tree.root();
    let create = given.world.create_campaign(given.world.campaign_args(root));
    let open = given.world.open_page(2, 0);
    given
        .world
        .send(&[create, open], &[&key(2)])
        .expect("another campaign");
    let foreign = address::page(&given.world.campaign_address(2), 0);
    let attack = replace(&given.claim(0), &first, &foreign);
    given.refused(attack, 0, TesseraError::WrongCampaign);
    // A page that nobody opened is none.
    let missing = address::page(&campaign, 2);
    let attack = replace(&given.claim(0), &first, &missing);
    given.refused(attack, 0, TesseraError::AccountMissing);
}

#[test]
fn nothing_is_paid_above_the_cap() {
    let mut given = Given::new(|args| args.cap = 2_999);
    given.claimed(0);
    let over = given.claim(1);
    given.refused(over, 1, TesseraError::CampaignCap);
    assert_eq!(given.world.campaign(1).claimed, 1_000);
    let mut given = Given::new(|args| args.cap = 3_000);
    given.claimed(0);
    given.claimed(1);
    let over = given.claim(2);
    given.refused(over, 2, TesseraError::CampaignCap);
}

#[test]
fn nothing_is_paid_before_it_opens_or_after_it_closes() {
    let mut given = Given::new(|args| args.opens_at = START + 10);
    given.world.advance(9);
    let early = given.claim(0);
    given.refused(early, 0, TesseraError::CampaignNotOpen);
    given.world.advance(1);
    given.claimed(0);
    given.world.advance(DAY - 11);
    given.claimed(1);
    given.world.advance(1);
    let late = given.claim(2);
    given.refused(late, 2, TesseraError::CampaignNotOpen);
}

#[test]
fn an_unfunded_vault_pays_nothing_and_marks_nothing() {
    let mut given = Given::new(|_| {});
    let vault = given.world.campaign(1).vault;
    given.world.edit_token(&vault, |token| token.amount = 999);
    let (claim, wallet) = (given.claim(0), given.wallet(0));
    given
        .world
        .send(&[claim], &[&wallet])
        .expect_err("unfunded")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
    assert_eq!(given.world.campaign(1).claimed, 0);
    given.world.edit_token(&vault, |token| token.amount = 1_000);
    given.claimed(0);
}

#[test]
fn another_vault_or_mint_is_refused() {
    let mut given = Given::new(|_| {});
    let (own, foreign) = (given.world.campaign(1).vault, given.world.vault());
    let attack = replace(&given.claim(0), &own, &foreign);
    given.refused(attack, 0, TesseraError::WrongVault);
    let other = key(7);
    given.world.create_mint(&other);
    let odd = given
        .world
        .create_account_of(&key(30).pubkey(), &other.pubkey(), 0);
    let (attack, wallet) = (replace(&given.claim(0), &given.tokens[0], &odd), key(30));
    given
        .world
        .send(&[attack], &[&wallet])
        .expect_err("another mint")
        .assert_error(&InstructionError::Custom(TokenError::MintMismatch as u32));
}

#[test]
fn a_paused_org_pays_its_vouchers() {
    let mut given = Given::new(|_| {});
    let pause = given
        .world
        .pause_org(Org::PAUSE_CHARGE | Org::PAUSE_SUBSCRIBE);
    given.world.send(&[pause], &[&key(6)]).expect("pause_org");
    given.claimed(0);
}

#[test]
fn a_list_of_a_million_wallets_fits_a_transaction() {
    let mut world = World::new();
    let gift = Gift {
        wallet: key(30).pubkey(),
        amount: 5,
        index: 1_000_000,
    };
    let proof: Vec<Node> = (0..20).map(|level| [level * 12; 32]).collect();
    let leaf = voucher::leaf(&world.giver(1).voucher(&gift));
    let root = proof.iter().fold(leaf, |at, it| voucher::node(&at, it));
    let create = world.create_campaign(world.campaign_args(root));
    let open = world.open_page(1, gift.index / PAGE_VOUCHERS);
    world
        .send(&[create, open], &[&key(2)])
        .expect("create_campaign");
    fill(&mut world, 1, 5);
    let token = world.create_token_account(&gift.wallet, 0);
    let claim = world.claim_voucher(1, &gift, &proof, token);
    let message = world.transaction(std::slice::from_ref(&claim), &[&key(30)]);
    let len = message.message_data().len() + 1 + 64 * message.signatures.len();
    assert!(len <= 1_232, "{len} bytes");
    let sent = world.send(&[claim], &[&key(30)]).expect("claim");
    assert!(sent.compute_units < 30_000, "{}", sent.compute_units);
}

#[test]
fn pyusd_is_given_too() {
    let mut given = Given::within(World::with_extensions(PYUSD), |_| {});
    given.claimed(0);
    given.claimed(4);
    let mut given = Given::within(World::with_extensions(PYUSD), |args| {
        args.vesting_starts_at = START;
        args.vesting_secs = 10;
    });
    given.world.advance(5);
    assert_eq!(given.claimed(0).amount, 500);
}
