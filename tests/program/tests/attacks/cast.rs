//! What the same people did in two orgs, so that every instruction can be called in both.

use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;
use tessera_client::{
    address,
    types::{accounts::Campaign, args::CreateCampaignArgs},
    voucher::{Gift, Tree},
};
use world::{PERIOD, Place, World, key, metered, prorated};

/// Seeds of the keys of who takes part. Each of these four was referred by the one before.
pub(crate) const TOP: u8 = 20;
pub(crate) const THIRD: u8 = 22;
/// Pays for plan 1, and a period is due.
pub(crate) const PAYER: u8 = 23;
/// The others have three levels above them, too. Pays for plan 3, which credits unused time.
pub(crate) const CHANGER: u8 = 31;
/// Cancelled within the paid time of plan 2.
pub(crate) const LEAVER: u8 = 32;
/// Pays for plan 2, stakes, and has paid an invoice.
pub(crate) const ACTIVE: u8 = 33;
/// Owes a period of plan 1 and has taken the approval back.
pub(crate) const DEBTOR: u8 = 34;
/// Uses plan 5, which is metered.
pub(crate) const METERED: u8 = 35;
/// Left plan 2 when it was new; the paid time is over.
pub(crate) const GONE: u8 = 36;
/// A member that has done nothing yet.
pub(crate) const NEW: u8 = 37;
/// Has an empty ledger and an empty position.
pub(crate) const EMPTY: u8 = 38;
/// Nobody's member.
pub(crate) const STRANGER: u8 = 39;
/// Proposed as the org's authority.
pub(crate) const NEXT: u8 = 40;
/// Proposed as the program's admin.
pub(crate) const NEXT_ADMIN: u8 = 41;
/// Awards points.
pub(crate) const ISSUER: u8 = 50;
/// Is paid for charging.
pub(crate) const KEEPER: u8 = 60;
/// Pays the rent of pages, and of all that is called for.
pub(crate) const SPONSOR: u8 = 61;

/// Invoice that [`ACTIVE`] paid.
pub(crate) const PAID_INVOICE: u64 = 7;
/// A campaign by number with page 0, one that vests, and the like where both are over.
pub(crate) const NUMBERED: u64 = 1;
pub(crate) const VESTING: u64 = 2;
pub(crate) const NUMBERED_OVER: u64 = 3;
pub(crate) const VESTING_OVER: u64 = 4;

/// The token accounts of all of them.
pub(crate) struct Cast {
    tokens: BTreeMap<u8, Address>,
    /// What pools give.
    pub(crate) reward_mint: Address,
    /// The treasury's and [`ACTIVE`]'s in that mint.
    pub(crate) reward_source: Address,
    pub(crate) reward_token: Address,
}

impl Cast {
    pub(crate) fn new(world: &mut World) -> Self {
        let funds = 1_000_000_000_000;
        let seeds = (TOP..=PAYER).chain(CHANGER..=STRANGER).chain([KEEPER]);
        let tokens = seeds
            .map(|seed| {
                let owner = key(seed).pubkey();
                (seed, world.create_token_account(&owner, funds))
            })
            .collect();
        let mint = key(71);
        match world.token_program == spl_token_interface::ID {
            true => world.create_mint(&mint),
            false => world.create_extended_mint(&mint, world::extended::PYUSD),
        }
        let mint = mint.pubkey();
        Self {
            tokens,
            reward_mint: mint,
            reward_source: world.create_account_of(&world.treasury.pubkey(), &mint, funds),
            reward_token: world.create_account_of(&key(ACTIVE).pubkey(), &mint, 0),
        }
    }

    pub(crate) fn token(&self, seed: u8) -> Address {
        self.tokens[&seed]
    }
}

/// Every key that signs anything.
pub(crate) fn keys() -> Vec<Keypair> {
    let seeds = (1..=11).chain(TOP..=NEXT_ADMIN);
    seeds.chain([50, 51, KEEPER, SPONSOR]).map(key).collect()
}

/// The vouchers of every campaign.
pub(crate) fn gifts() -> [Gift; 2] {
    [(ACTIVE, 0), (NEW, 1)].map(|(seed, index)| Gift {
        wallet: key(seed).pubkey(),
        amount: 1_000_000,
        index,
    })
}

pub(crate) fn tree(world: &World, id: u64) -> Tree {
    world.giver(id).tree(&gifts()).expect("gifts")
}

/// An org of the same authority with nothing in it, and one with a plan that ends.
pub(crate) fn empty_org(world: &World) -> Address {
    address::org(&world.authority.pubkey(), 10)
}

pub(crate) fn ending_place(world: &World) -> Place {
    let org = address::org(&world.authority.pubkey(), 20);
    let plan = address::plan(&org, 1);
    Place { org, plan }
}

fn subscribed(world: &mut World, plan: u64, wallet: u8, cast: &Cast) {
    let place = world.place_of_plan(plan);
    let token = cast.token(wallet);
    world.within(place, |world| world.subscribed(&key(wallet), token));
}

fn cancelled(world: &mut World, plan: u64, wallet: u8) {
    let place = world.place_of_plan(plan);
    let wallet = key(wallet);
    world.within(place, |world| {
        let cancel = world.cancel(&wallet);
        world.send(&[cancel], &[&wallet]).expect("cancel");
    });
}

/// What happens in the world's org at the start.
pub(crate) fn begin(world: &mut World, cast: &Cast) {
    const CODES: [&str; 4] = ["TOP", "SECOND", "THIRD", "FOURTH"];
    let authority = world.authority.insecure_clone();
    for (level, seed) in (TOP..=PAYER).enumerate() {
        let above = level.checked_sub(1);
        let referral = above.map(|above| (CODES[above], key(seed - 1)));
        let referral = referral.as_ref().map(|(text, owner)| (*text, owner));
        let register = world.register(&key(seed), referral);
        world.send(&[register], &[&key(seed)]).expect("register");
        world.make_referrer(&key(seed), CODES[level]);
    }
    for seed in CHANGER..STRANGER {
        let register = world.register(&key(seed), Some(("FOURTH", &key(PAYER))));
        world.send(&[register], &[&key(seed)]).expect("register");
    }
    codes(world);
    plans(world);
    subscribed(world, 1, PAYER, cast);
    subscribed(world, 1, DEBTOR, cast);
    subscribed(world, 5, METERED, cast);
    subscribed(world, 2, GONE, cast);
    cancelled(world, 2, GONE);
    let args = world.invoice_args(PAID_INVOICE, 1_000);
    let pay = world.pay_invoice(&key(ACTIVE), cast.token(ACTIVE), args);
    world.send(&pay, &[&key(ACTIVE)]).expect("invoice");
    let open = world.open_ledger(&key(EMPTY));
    let issuer = world.set_issuer(&key(ISSUER), 1_000);
    let propose = world.propose_authority(&authority, key(NEXT).pubkey());
    world
        .send(&[open, issuer, propose], &[&authority])
        .expect("ledger, issuer, proposal");
    campaigns(world, cast);
    pools(world, cast);
}

fn codes(world: &mut World) {
    let more = [
        world.create_code(&key(THIRD), world::code("OFFERED")),
        world.create_code(&key(PAYER), world::code("SPARE")),
    ];
    world
        .send(&more, &[&key(THIRD), &key(PAYER)])
        .expect("codes");
    let offer = world.transfer_code(&key(THIRD), "OFFERED", key(PAYER).pubkey());
    world.send(&[offer], &[&key(THIRD)]).expect("offer");
}

fn plans(world: &mut World) {
    let authority = world.authority.insecure_clone();
    let args = world.create_plan_args();
    for args in [args, prorated(args), prorated(args), metered(args), args] {
        world.add_plan(args);
    }
    let sixth = world.place_of_plan(6);
    let sunset = world.within(sixth, |world| world.sunset_plan(world.now()));
    world.send(&[sunset], &[&authority]).expect("sunset");
    let mut org = world.create_org_args();
    org.id = 10;
    let empty = world.create_org(org);
    org.id = 20;
    let other = world.create_org(org);
    world.send(&[empty, other], &[&authority]).expect("orgs");
    let ending = ending_place(world);
    world.within(ending, |world| {
        let create = world.create_plan(world.create_plan_args());
        let sunset = world.sunset_plan(world.now());
        world.send(&[create, sunset], &[&authority]).expect("plan");
    });
}

fn campaigns(world: &mut World, cast: &Cast) {
    let authority = world.authority.insecure_clone();
    let start = world.now();
    let long = |args: CreateCampaignArgs| CreateCampaignArgs {
        closes_at: start + 10 * i64::from(PERIOD),
        ..args
    };
    let vesting = |args: CreateCampaignArgs| CreateCampaignArgs {
        flags: Campaign::CUMULATIVE,
        vesting_starts_at: start,
        vesting_secs: 2 * PERIOD,
        ..args
    };
    let cumulative = |args: CreateCampaignArgs| CreateCampaignArgs {
        flags: Campaign::CUMULATIVE,
        ..args
    };
    for id in [NUMBERED, VESTING, NUMBERED_OVER, VESTING_OVER] {
        let args = world.campaign_args(tree(world, id).root());
        let args = match id {
            NUMBERED => long(args),
            VESTING => long(vesting(args)),
            VESTING_OVER => cumulative(args),
            _ => args,
        };
        let create = world.create_campaign(args);
        world.send(&[create], &[&authority]).expect("campaign");
        let vault = world.campaign(id).vault;
        world.edit_token(&vault, |token| token.amount = 1_000_000_000);
    }
    let pages = [NUMBERED, NUMBERED_OVER].map(|id| {
        let mut open = world.open_page(id, 0);
        open.accounts[0].pubkey = key(SPONSOR).pubkey();
        open
    });
    world.send(&pages, &[&key(SPONSOR)]).expect("pages");
    claimed(world, cast, VESTING_OVER);
}

fn claimed(world: &mut World, cast: &Cast, id: u64) {
    let proof = tree(world, id).proof(0).expect("a proof");
    let claim = world.claim_voucher(id, &gifts()[0], &proof, cast.token(ACTIVE));
    world.send(&[claim], &[&key(ACTIVE)]).expect("claim");
}

fn pools(world: &mut World, cast: &Cast) {
    let authority = world.authority.insecure_clone();
    let (active, empty) = (key(ACTIVE), key(EMPTY));
    for id in [1, 2] {
        let create = world.create_pool(id, &cast.reward_mint);
        world.send(&[create], &[&authority]).expect("pool");
    }
    let other = world.pool(2);
    for vault in [other.stake_vault, other.reward_vault] {
        world.edit_token(&vault, |token| token.amount = 5);
    }
    let fund = world.fund_pool(1, cast.reward_source, 100_000_000, 2 * PERIOD);
    let stakes = [
        fund,
        world.stake(1, &active, cast.token(ACTIVE), 1_000),
        world.stake(1, &empty, cast.token(EMPTY), 5),
        world.unstake(1, &empty, cast.token(EMPTY), 5),
    ];
    world
        .send(&stakes, &[&authority, &key(4), &active, &empty])
        .expect("stakes");
}

/// What happens half a period later.
pub(crate) fn go_on(world: &mut World, cast: &Cast) {
    subscribed(world, 3, CHANGER, cast);
    subscribed(world, 2, LEAVER, cast);
    cancelled(world, 2, LEAVER);
    subscribed(world, 2, ACTIVE, cast);
    claimed(world, cast, VESTING);
}
