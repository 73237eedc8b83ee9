//! Accounts that stand in for a token account's authority where nothing is moved, so that no token
//! program asks whose signature it is.

use super::*;
use bytemuck::{bytes_of, pod_read_unaligned};
use std::mem::offset_of;
use tessera_client::{
    address,
    instructions::CreateOrg,
    types::accounts::{AccountType, Authority, DISCRIMINATOR_LEN, Org, OrgSettings},
};
use world::{metered, replace};

/// Owner of accounts that another program made.
const FORGER: Address = Address::new_from_array([251; 32]);

/// A subscriber to a metered plan, of whom nothing is stated yet.
fn running() -> (World, Keypair, Address) {
    subscriber(world_of(metered))
}

/// Requires that a statement of nothing takes `forged`, which the token account approves, for no
/// authority, and takes the right one.
#[track_caller]
fn assert_no_authority(world: &mut World, wallet: &Keypair, token: Address, forged: Address) {
    let (ours, before) = (world.delegate(&token), world.authority_of(&token));
    let approved = world.token(&token).delegated_amount;
    let honest = world.charge_up_to(wallet, 0);
    world.approve(&token, wallet, &forged, approved);
    let attack = replace(&honest, &ours, &forged);
    refused(world, wallet, attack, TesseraError::AccountMissing);
    assert_eq!(world.authority_of(&token), before);
    world.approve(&token, wallet, &ours, approved);
    done(world, wallet, honest);
    assert!(world.authority_of(&token).outstanding < before.outstanding);
}

/// Whose bytes are the authority's, or spell its fields behind the name of no kind; there is nothing
/// outstanding in them, so that nothing of it would be written.
#[test]
fn an_account_of_another_program_is_no_authority() {
    for discriminator in [Authority::DISCRIMINATOR, [7; DISCRIMINATOR_LEN]] {
        let (mut world, wallet, token) = running();
        let genuine = world.svm.get_account(&world.delegate(&token));
        let fields = Authority {
            outstanding: 0,
            ..world.authority_of(&token)
        };
        let forged = Address::new_from_array([99; 32]);
        let account = Account {
            owner: FORGER,
            data: [&discriminator[..], bytes_of(&fields)].concat(),
            ..genuine.expect("authority")
        };
        world.svm.set_account(forged, account).expect("set account");
        assert_no_authority(&mut world, &wallet, token, forged);
    }
}

/// What an org may set reaches over an authority's token account, generation and outstanding sum.
#[test]
fn an_org_whose_settings_spell_an_authority_is_none() {
    let (mut world, wallet, token) = running();
    let spelled = world.authority_of(&token);
    let mut fields = bytes_of(&world.org_account()).to_vec();
    let from = offset_of!(Org, settings) + offset_of!(OrgSettings, quote_authority);
    let to = offset_of!(Authority, live_subscriptions);
    assert!(from <= offset_of!(Authority, token_account));
    assert!(to <= offset_of!(Org, settings) + offset_of!(OrgSettings, treasury));
    fields[from..to].copy_from_slice(&bytes_of(&spelled)[from..to]);

    let attacker = key(77);
    let forged = address::org(&attacker.pubkey(), 9);
    let mut args = world.create_org_args();
    args.id = 9;
    args.settings = pod_read_unaligned::<Org>(&fields).settings;
    let create = CreateOrg {
        payer: world.payer.pubkey(),
        authority: attacker.pubkey(),
        args,
    };
    world
        .send(&[create.into()], &[&attacker])
        .expect("create_org");
    assert_no_authority(&mut world, &wallet, token, forged);
}

/// Of a wallet of the same person, who has as much outstanding there.
#[test]
fn the_authority_of_another_token_account_is_none() {
    let (mut world, wallet, token) = running();
    let other = key(31);
    let theirs = world.join(&other, None);
    world.subscribed(&other, theirs);
    let (ours, forged) = (world.delegate(&token), world.delegate(&theirs));
    let generation = world.authority_of(&token).generation;
    world.rewrite(&forged, |it: &mut Authority| it.generation = generation);
    world.approve(&token, &wallet, &forged, u64::MAX);
    let attack = replace(&world.charge_up_to(&wallet, 0), &ours, &forged);
    refused(&mut world, &wallet, attack, TesseraError::NotApproved);
}
