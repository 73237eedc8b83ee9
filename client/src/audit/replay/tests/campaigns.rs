use super::{ANN, BOB, MINT, OWNER, Scene, org};
use crate::{address, audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::{
    Address,
    accounts::Campaign,
    args::CreateCampaignArgs,
    events::{CampaignCreated, PageOpened, RootSet, VoucherClaimed},
};

fn campaign() -> Address {
    address::campaign(&org(), 1)
}

/// 100 can be claimed between 100 and 1,000.
fn scene(edit: impl FnOnce(&mut CreateCampaignArgs)) -> Scene {
    let mut scene = Scene::new();
    let mut terms = CreateCampaignArgs {
        id: 1,
        cap: 100,
        opens_at: 100,
        closes_at: 1_000,
        ..CreateCampaignArgs::zeroed()
    };
    edit(&mut terms);
    let created = CampaignCreated {
        receipt: scene.next(campaign(), 50),
        org: org(),
        mint: MINT,
        token_program: MINT,
        vault: address::campaign_vault(&campaign()),
        terms,
    };
    assert_eq!(scene.found(Event::CampaignCreated(created)), []);
    scene
}

fn claimed(
    scene: &mut Scene,
    record: Address,
    edit: impl FnOnce(&mut VoucherClaimed),
) -> Vec<Check> {
    let mut event = VoucherClaimed {
        receipt: scene.next(record, 100),
        campaign: campaign(),
        wallet: BOB,
        destination: OWNER,
        entitled: 60,
        amount: 60,
        index: 8_193,
        spare: [0; 4],
    };
    edit(&mut event);
    scene.found(Event::VoucherClaimed(event))
}

/// With page 1 open.
fn paged() -> (Scene, Address) {
    let mut scene = scene(|_| {});
    let page = address::page(&campaign(), 1);
    let opened = PageOpened {
        receipt: scene.next(page, 60),
        campaign: campaign(),
        number: 1,
        spare: [0; 4],
    };
    assert_eq!(scene.found(Event::PageOpened(opened)), []);
    (scene, page)
}

#[test]
fn a_voucher_on_a_page_is_paid_once_in_full_and_within_the_cap() {
    let found = |edit: fn(&mut VoucherClaimed)| {
        let (mut scene, page) = paged();
        claimed(&mut scene, page, edit)
    };
    assert_eq!(found(|it| it.amount = 59), [Check::Vouchers]);
    assert_eq!(found(|it| it.index = 8_191), [Check::Vouchers]);
    assert_eq!(found(|it| it.receipt.at = 99), [Check::Vouchers]);
    assert_eq!(found(|it| it.receipt.at = 1_000), [Check::Vouchers]);
    let all = |it: &mut VoucherClaimed| (it.entitled, it.amount) = (101, 101);
    assert_eq!(found(all), [Check::Vouchers]);

    let (mut scene, page) = paged();
    assert_eq!(claimed(&mut scene, page, |_| {}), []);
    assert_eq!(scene.replay.pages[&page].claimed[0], 2);
    let twice = claimed(&mut scene, page, |it| (it.entitled, it.amount) = (1, 1));
    assert_eq!(twice, [Check::Vouchers]);
}

#[test]
fn a_page_opens_only_where_vouchers_are_kept_by_number() {
    let mut scene = scene(|it| it.vesting_secs = 10);
    let opened = PageOpened {
        receipt: scene.next(address::page(&campaign(), 0), 60),
        campaign: campaign(),
        ..PageOpened::zeroed()
    };
    let found = scene.found(Event::PageOpened(opened));
    assert_eq!(found, [Check::Vouchers]);
}

#[test]
fn a_cumulative_voucher_pays_what_is_new_of_it() {
    let mut scene = scene(|it| it.flags = Campaign::CUMULATIVE);
    let record = address::claim(&campaign(), &BOB);
    assert_eq!(claimed(&mut scene, record, |_| {}), []);
    let more = |it: &mut VoucherClaimed| (it.entitled, it.amount) = (70, 70);
    assert!(claimed(&mut scene, record, more).contains(&Check::Vouchers));
    let other = claimed(&mut scene, record, |it| it.wallet = ANN);
    assert!(other.contains(&Check::Vouchers));
}

#[test]
fn a_claim_is_paid_as_it_vests() {
    let vesting = |it: &mut CreateCampaignArgs| {
        (it.vesting_starts_at, it.vesting_secs) = (100, 100);
    };
    let record = address::claim(&campaign(), &BOB);
    let found = |at: i64, amount: u64| {
        let edit = |it: &mut VoucherClaimed| (it.receipt.at, it.amount) = (at, amount);
        claimed(&mut scene(vesting), record, edit)
    };
    assert_eq!(found(150, 31), [Check::Vouchers]);
    assert_eq!(found(150, 30), []);
    assert_eq!(found(250, 60), []);
}

#[test]
fn a_root_that_is_fixed_stays_and_a_cap_covers_what_was_claimed() {
    let set = |scene: &mut Scene, cap: u64| {
        let receipt = scene.next(campaign(), 70);
        let root = [1; 32];
        scene.found(Event::RootSet(RootSet { receipt, cap, root }))
    };
    assert_eq!(set(&mut scene(|_| {}), 100), [Check::Vouchers]);
    let mut scene = scene(|it| it.flags = Campaign::CUMULATIVE);
    claimed(&mut scene, address::claim(&campaign(), &BOB), |_| {});
    assert_eq!(set(&mut scene, 59), [Check::Vouchers]);
    assert_eq!(set(&mut scene, 60), []);
}
