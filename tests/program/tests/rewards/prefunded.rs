//! Lamports that anybody sent to an address before stand in nobody's way, and no receipt is lost.

use super::pools::Pools;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    address,
    types::accounts::{
        AccountType, Campaign, Claim, Config, Invoice, NullifierPage, Position, StakePool,
    },
    voucher::Gift,
};
use world::{World, key};

/// Sends the fewest lamports possible to each address first.
#[track_caller]
fn made<T: AccountType>(
    world: &mut World,
    addresses: &[Address],
    instructions: &[Instruction],
    signers: &[&Keypair],
) {
    for address in addresses {
        world.prefund(address);
    }
    world
        .send(instructions, signers)
        .expect("made all the same");
    for address in addresses {
        let account = world.svm.get_account(address).expect("account");
        let rent = world
            .svm
            .minimum_balance_for_rent_exemption(account.data.len());
        assert_eq!(account.lamports, rent);
    }
    world.assert_receipts::<T>(&addresses[0]);
}

#[test]
fn a_config_is_made() {
    let mut world = World::without_config();
    let set = world.set_config(world.config_args());
    made::<Config>(&mut world, &[address::config()], &[set], &[&key(6)]);
}

#[test]
fn a_campaign_its_page_and_a_claim_are_made() {
    let mut world = World::new();
    let gift = Gift {
        wallet: key(30).pubkey(),
        amount: 5,
        index: 0,
    };
    for (id, flags) in [(1, 0), (2, Campaign::CUMULATIVE)] {
        let campaign = world.campaign_address(id);
        let tree = world.giver(id).tree(&[gift]).expect("a gift");
        let mut args = world.campaign_args(tree.root());
        args.flags = flags;
        let create = world.create_campaign(args);
        let vault = address::campaign_vault(&campaign);
        made::<Campaign>(&mut world, &[campaign, vault], &[create], &[&key(2)]);
        world.edit_token(&vault, |token| token.amount = 5);
        let token = world.create_token_account(&gift.wallet, 0);
        if flags == 0 {
            let open = world.open_page(id, 0);
            let page = address::page(&campaign, 0);
            made::<NullifierPage>(&mut world, &[page], &[open], &[]);
        } else {
            let claim = world.claim_voucher(id, &gift, &[], token);
            let address = address::claim(&campaign, &gift.wallet);
            made::<Claim>(&mut world, &[address], &[claim], &[&key(30)]);
        }
    }
}

#[test]
fn a_pool_and_a_position_are_made() {
    let mut world = World::new();
    let pool = address::pool(&world.org, 1);
    let create = world.create_pool(1, &world.mint);
    let addresses = [
        pool,
        address::stake_vault(&pool),
        address::reward_vault(&pool),
    ];
    made::<StakePool>(&mut world, &addresses, &[create], &[&key(2)]);
    let mut pools = Pools::new();
    let stake = pools.world.stake(1, &key(30), pools.stakes[0], 5);
    let position = pools.world.position_address(1, &key(30));
    made::<Position>(&mut pools.world, &[position], &[stake], &[&key(30)]);
}

#[test]
fn an_invoice_is_paid() {
    let mut world = World::new();
    let [_, _, _, (wallet, token)] = world.referral_chain();
    let pay = world.pay_invoice(&wallet, token, world.invoice_args(1, 1_000));
    let invoice = world.invoice_address(&wallet, 1);
    made::<Invoice>(&mut world, &[invoice], &pay, &[&wallet]);
}
