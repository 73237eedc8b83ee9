//! One account of each kind that closes, ready for it, its rent paid by a sponsor.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{address, types::accounts::Campaign, voucher::Gift};
use world::{PERIOD, World, code, key};

/// Who paid the rent, key 61.
pub(crate) fn sponsor() -> Keypair {
    key(61)
}

/// An account that nothing needs any more.
pub(crate) struct Closable {
    pub(crate) name: &'static str,
    pub(crate) world: World,
    pub(crate) address: Address,
    /// Who may close it.
    pub(crate) owners: Vec<Keypair>,
    /// Makes it again.
    pub(crate) open: Vec<Instruction>,
    pub(crate) signers: Vec<Keypair>,
}

/// The same instruction, its rent paid by the sponsor.
pub(crate) fn sponsored(mut instruction: Instruction) -> Instruction {
    instruction.accounts[0].pubkey = sponsor().pubkey();
    instruction
}

fn world() -> World {
    let mut world = World::new();
    let sponsor = sponsor().pubkey();
    world
        .svm
        .airdrop(&sponsor, 10_000_000_000)
        .expect("airdrop");
    world
}

fn send(world: &mut World, instructions: &[Instruction], signers: &[&Keypair]) {
    let sponsor = sponsor();
    let mut signers = signers.to_vec();
    signers.push(&sponsor);
    world.send(instructions, &signers).expect("made");
}

pub(crate) fn plan() -> Closable {
    let mut world = world();
    let mut args = world.create_plan_args();
    args.id = 2;
    let create = sponsored(world.create_plan(args));
    send(&mut world, &[create], &[&key(2)]);
    let place = world.place_of_plan(2);
    let sunset = world.within(place, |world| world.sunset_plan(world.now()));
    send(&mut world, &[sunset], &[&key(2)]);
    world.advance(1);
    Closable {
        name: "plan",
        address: place.plan,
        owners: vec![key(2)],
        open: vec![],
        signers: vec![],
        world,
    }
}

pub(crate) fn issuer() -> Closable {
    let mut world = world();
    let set = sponsored(world.set_issuer(&key(50), 7));
    send(&mut world, std::slice::from_ref(&set), &[&key(2)]);
    world.advance(1);
    Closable {
        name: "issuer",
        address: world.issuer_address(&key(50)),
        owners: vec![key(2)],
        open: vec![set],
        signers: vec![key(2)],
        world,
    }
}

pub(crate) fn a_code() -> Closable {
    let mut world = world();
    world.join(&key(30), None);
    let create = sponsored(world.create_code(&key(30), code("CODE")));
    send(&mut world, std::slice::from_ref(&create), &[&key(30)]);
    world.advance(1);
    Closable {
        name: "code",
        address: address::code(&world.org, &code("CODE")),
        owners: vec![key(30)],
        open: vec![create],
        signers: vec![key(30)],
        world,
    }
}

pub(crate) fn ledger() -> Closable {
    let mut world = world();
    world.join(&key(30), None);
    let open = sponsored(world.open_ledger(&key(30)));
    send(&mut world, std::slice::from_ref(&open), &[]);
    world.advance(1);
    Closable {
        name: "ledger",
        address: world.ledger_address(&key(30)),
        owners: vec![key(30)],
        open: vec![open],
        signers: vec![],
        world,
    }
}

/// A subscription that was cancelled and whose paid time is over.
pub(crate) fn subscription() -> Closable {
    let mut world = world();
    let token = world.join(&key(30), None);
    let mut args = world.subscribe_args();
    args.terms.deadline = i64::MAX;
    let subscribe = sponsored(world.subscribe(&key(30), token, args));
    send(&mut world, std::slice::from_ref(&subscribe), &[&key(30)]);
    let cancel = world.cancel(&key(30));
    send(&mut world, &[cancel], &[&key(30)]);
    world.advance(i64::from(PERIOD));
    Closable {
        name: "subscription",
        address: world.subscription_address(&key(30)),
        owners: vec![key(30), sponsor()],
        open: vec![subscribe],
        signers: vec![key(30)],
        world,
    }
}

pub(crate) fn authority() -> Closable {
    let subscribed = subscription();
    let token = subscribed.world.subscription(&key(30)).payer_token;
    Closable {
        name: "authority",
        address: address::authority(&token),
        owners: vec![key(30)],
        ..subscribed
    }
}

pub(crate) fn invoice() -> Closable {
    let mut world = world();
    let token = world.join(&key(30), None);
    let [verification, pay] = world.pay_invoice(&key(30), token, world.invoice_args(1, 5));
    send(&mut world, &[verification, sponsored(pay)], &[&key(30)]);
    world.advance(61);
    Closable {
        name: "invoice",
        address: world.invoice_address(&key(30), 1),
        owners: vec![key(30), sponsor()],
        open: vec![],
        signers: vec![],
        world,
    }
}

fn campaign(world: &mut World, flags: u8) -> Gift {
    let gift = Gift {
        wallet: key(30).pubkey(),
        amount: 5,
        index: 0,
    };
    let tree = world.giver(1).tree(&[gift]).expect("a gift");
    let mut args = world.campaign_args(tree.root());
    args.flags = flags;
    let create = world.create_campaign(args);
    send(world, &[create], &[&key(2)]);
    let vault = world.campaign(1).vault;
    world.edit_token(&vault, |token| token.amount = 100);
    gift
}

pub(crate) fn page() -> Closable {
    let mut world = world();
    campaign(&mut world, 0);
    let open = sponsored(world.open_page(1, 0));
    send(&mut world, &[open], &[]);
    world.advance(86_400);
    Closable {
        name: "page",
        address: address::page(&world.campaign_address(1), 0),
        owners: vec![sponsor()],
        open: vec![],
        signers: vec![],
        world,
    }
}

pub(crate) fn claim() -> Closable {
    let mut world = world();
    let gift = campaign(&mut world, Campaign::CUMULATIVE);
    let token = world.create_token_account(&gift.wallet, 0);
    let claim = sponsored(world.claim_voucher(1, &gift, &[], token));
    send(&mut world, &[claim], &[&key(30)]);
    world.advance(86_400);
    Closable {
        name: "claim",
        address: address::claim(&world.campaign_address(1), &gift.wallet),
        owners: vec![key(30), sponsor()],
        open: vec![],
        signers: vec![],
        world,
    }
}

pub(crate) fn position() -> Closable {
    let mut world = world();
    let create = world.create_pool(1, &world.mint);
    send(&mut world, &[create], &[&key(2)]);
    let token = world.create_token_account(&key(30).pubkey(), 100);
    let stake = sponsored(world.stake(1, &key(30), token, 5));
    send(&mut world, std::slice::from_ref(&stake), &[&key(30)]);
    let unstake = world.unstake(1, &key(30), token, 5);
    send(&mut world, &[unstake], &[&key(30)]);
    world.advance(1);
    Closable {
        name: "position",
        address: world.position_address(1, &key(30)),
        owners: vec![key(30)],
        open: vec![stake],
        signers: vec![key(30)],
        world,
    }
}

/// One of each.
pub(crate) fn all() -> [Closable; 10] {
    [
        plan(),
        issuer(),
        a_code(),
        ledger(),
        authority(),
        subscription(),
        invoice(),
        page(),
        claim(),
        position(),
    ]
}
