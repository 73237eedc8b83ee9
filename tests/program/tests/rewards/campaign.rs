use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        TesseraError,
        accounts::{Campaign, Config, NullifierPage, Org},
        args::{ConfigArgs, CreateCampaignArgs},
        events::{CampaignCreated, RootSet},
    },
};
use world::{START, World, key, replace};

const DAY: i64 = 86_400;

#[track_caller]
fn create(world: &mut World, args: CreateCampaignArgs) {
    let create = world.create_campaign(args);
    world.send(&[create], &[&key(2)]).expect("create_campaign");
}

fn cumulative(world: &World) -> CreateCampaignArgs {
    CreateCampaignArgs {
        flags: Campaign::CUMULATIVE,
        ..world.campaign_args([7; 32])
    }
}

#[test]
fn every_account_and_byte_is_bound() {
    let mut world = World::new();
    let create = world.create_campaign(world.campaign_args([7; 32]));
    world.assert_withstands(&create, &[&key(2)]);
    let args = cumulative(&world);
    world.send(&[create], &[&key(2)]).expect("create_campaign");
    world.advance(1);
    let open = world.open_page(1, 0);
    world.assert_withstands(&open, &[]);
    let args = CreateCampaignArgs { id: 2, ..args };
    self::create(&mut world, args);
    let set = world.set_root(2, [8; 32], 9);
    world.assert_withstands(&set, &[&key(2)]);
}

#[test]
fn only_the_authority_creates_one_and_sets_its_root() {
    let mut world = World::new();
    let create = world.create_campaign(cumulative(&world));
    for other in [key(3), key(4), key(6)] {
        let create = replace(&create, &key(2).pubkey(), &other.pubkey());
        world
            .send(&[create], &[&other])
            .expect_err("another signer")
            .assert_is(TesseraError::WrongAuthority);
    }
    world.send(&[create], &[&key(2)]).expect("create_campaign");
    let set = world.set_root(1, [8; 32], 9);
    let set = replace(&set, &key(2).pubkey(), &key(3).pubkey());
    world
        .send(&[set], &[&key(3)])
        .expect_err("another signer")
        .assert_is(TesseraError::WrongAuthority);
}

#[test]
fn another_orgs_campaign_keeps_its_root() {
    let mut world = World::new();
    let args = cumulative(&world);
    create(&mut world, args);
    let elsewhere = world.second_org();
    let there = world.within(elsewhere, |world| {
        let args = cumulative(world);
        create(world, args);
        world.set_root(1, [8; 32], 9)
    });
    let home = world.campaign_address(1);
    let campaign = there.accounts[2].pubkey;
    world
        .send(&[replace(&there, &campaign, &home)], &[&key(2)])
        .expect_err("mixed orgs")
        .assert_is(TesseraError::WrongOrg);
}

#[test]
fn times_follow_on_each_other() {
    let mut world = World::new();
    let good = world.campaign_args([7; 32]);
    let vesting = CreateCampaignArgs {
        vesting_starts_at: START,
        cliff_secs: 10,
        vesting_secs: 20,
        closes_at: START + 21,
        ..good
    };
    for (args, expected) in [
        (
            CreateCampaignArgs {
                closes_at: good.opens_at,
                ..good
            },
            TesseraError::CampaignTimes,
        ),
        (
            CreateCampaignArgs {
                opens_at: START - 2,
                closes_at: START,
                vesting_starts_at: START - 2,
                ..good
            },
            TesseraError::CampaignTimes,
        ),
        (
            CreateCampaignArgs {
                closes_at: START + 20,
                ..vesting
            },
            TesseraError::CampaignTimes,
        ),
        (
            CreateCampaignArgs {
                cliff_secs: 21,
                ..vesting
            },
            TesseraError::CampaignTimes,
        ),
        // A cliff, or a start, of no vesting would not be looked at.
        (
            CreateCampaignArgs {
                vesting_secs: 0,
                ..vesting
            },
            TesseraError::CampaignTimes,
        ),
        (
            CreateCampaignArgs {
                vesting_starts_at: i64::MAX,
                ..vesting
            },
            TesseraError::ArithmeticOverflow,
        ),
        (
            CreateCampaignArgs { cap: 0, ..good },
            TesseraError::CampaignCap,
        ),
        (
            CreateCampaignArgs { flags: 2, ..good },
            TesseraError::SpareNotZero,
        ),
        (
            CreateCampaignArgs {
                spare: [0, 0, 0, 0, 0, 0, 1],
                ..good
            },
            TesseraError::SpareNotZero,
        ),
        (
            CreateCampaignArgs { id: 0, ..good },
            TesseraError::IdNotRising,
        ),
    ] {
        world
            .send(&[world.create_campaign(args)], &[&key(2)])
            .expect_err("refused")
            .assert_is(expected);
    }
    create(&mut world, vesting);
    world
        .send(&[world.create_campaign(good)], &[&key(2)])
        .expect_err("the same id")
        .assert_is(TesseraError::IdNotRising);
}

#[test]
fn nothing_is_created_while_the_admin_pauses_that() {
    let mut world = World::new();
    let seq = world.config().header.receipt_seq;
    let pause = world.set_config(ConfigArgs {
        seq,
        pause_flags: Config::PAUSE_CREATION,
        ..world.config_args()
    });
    world.send(&[pause], &[&key(6)]).expect("set_config");
    let create = world.create_campaign(world.campaign_args([7; 32]));
    let pool = world.create_pool(1, &world.mint);
    for create in [create, pool] {
        world
            .send(&[create], &[&key(2)])
            .expect_err("paused")
            .assert_is(TesseraError::Paused);
    }
}

#[test]
fn it_is_written_as_announced_and_is_a_receipt() {
    let mut world = World::new();
    let args = world.campaign_args([7; 32]);
    let create = world.create_campaign(args);
    let sent = world.send(&[create], &[&key(2)]).expect("create_campaign");
    let Event::CampaignCreated(event) = sent.event() else {
        panic!("another event");
    };
    let address = world.campaign_address(1);
    let vault = address::campaign_vault(&address);
    assert_eq!(
        event,
        CampaignCreated {
            receipt: event.receipt,
            org: world.org,
            mint: world.mint,
            token_program: world.token_program,
            vault,
            terms: args,
        }
    );
    assert_eq!(event.receipt.account, address);
    let campaign = world.campaign(1);
    assert_eq!((campaign.cap, campaign.claimed), (u64::MAX, 0));
    assert_eq!((campaign.root, campaign.decimals), ([7; 32], 6));
    assert_eq!(
        (campaign.opens_at, campaign.closes_at),
        (START, START + DAY)
    );
    assert_eq!(world.token(&vault).owner, vault);
    assert_eq!(world.token(&vault).mint, world.mint);
    let org: Org = world.account(&world.org);
    assert_eq!((org.highest_campaign_id, org.open_accounts), (1, 2));
    world.assert_receipts::<Campaign>(&address);
}

#[test]
fn a_root_is_fixed_where_amounts_are_not_sums() {
    let mut world = World::new();
    let args = world.campaign_args([7; 32]);
    create(&mut world, args);
    let set = world.set_root(1, [8; 32], u64::MAX);
    world
        .send(&[set], &[&key(2)])
        .expect_err("fixed")
        .assert_is(TesseraError::RootFixed);
}

#[test]
fn a_root_is_set_by_the_latest_signature_only() {
    let mut world = World::new();
    let args = cumulative(&world);
    create(&mut world, args);
    let kept = world.set_root(1, [9; 32], 1);
    let set = world.set_root(1, [8; 32], 77);
    let sent = world.send(&[set], &[&key(2)]).expect("set_root");
    let Event::RootSet(event) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(
        event,
        RootSet {
            receipt: event.receipt,
            cap: 77,
            root: [8; 32],
        }
    );
    let campaign = world.campaign(1);
    assert_eq!((campaign.root, campaign.cap), ([8; 32], 77));
    world
        .send(&[kept], &[&key(2)])
        .expect_err("stale")
        .assert_is(TesseraError::StaleSeq);
    let address = world.campaign_address(1);
    assert_eq!(world.assert_receipts::<Campaign>(&address), 2);
}

#[test]
fn a_page_is_opened_once_by_anybody_while_it_can_be_of_use() {
    let mut world = World::new();
    let args = world.campaign_args([7; 32]);
    create(&mut world, args);
    for number in [0, 1, u32::MAX] {
        let open = world.open_page(1, number);
        let sent = world
            .send(std::slice::from_ref(&open), &[])
            .expect("open_page");
        let Event::PageOpened(event) = sent.event() else {
            panic!("another event");
        };
        let address = address::page(&world.campaign_address(1), number);
        assert_eq!(event.receipt.account, address);
        assert_eq!(
            (event.campaign, event.number),
            (world.campaign_address(1), number)
        );
        let page: NullifierPage = world.account(&address);
        assert_eq!((page.number, page.claimed), (number, [0; 128]));
        world.assert_receipts::<NullifierPage>(&address);
        world
            .send(&[open], &[])
            .expect_err("again")
            .assert_is(TesseraError::AccountExists);
    }
    world.advance(DAY);
    let late = world.open_page(1, 2);
    world
        .send(&[late], &[])
        .expect_err("closed")
        .assert_is(TesseraError::CampaignNotOpen);
}

#[test]
fn claims_by_wallet_have_no_pages() {
    let mut world = World::new();
    let args = cumulative(&world);
    create(&mut world, args);
    let vesting = CreateCampaignArgs {
        vesting_secs: 10,
        ..world.campaign_args([7; 32])
    };
    create(&mut world, vesting);
    for id in [1, 2] {
        let open = world.open_page(id, 0);
        world
            .send(&[open], &[])
            .expect_err("no pages")
            .assert_is(TesseraError::WrongPage);
    }
}
