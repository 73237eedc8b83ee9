//! The precompile verified a signature: of whom, over what, and where it stands is the program's to
//! look at.

use super::signed::{KINDS, Kind, customer, held, send, signed};
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_sdk_ids::ed25519_program;
use solana_signer::Signer;
use tessera_client::{
    quote::{CHANGE_DOMAIN, INVOICE_DOMAIN, Quote, SUBSCRIBE_DOMAIN, message},
    types::{
        ID, TesseraError,
        quote::{MESSAGE_LEN, MESSAGE_OFFSET},
    },
};
use world::{World, forwarder::FORWARDER, key};

/// Where a verification names the instructions that signature, key and message stand in.
const PLACES: [usize; 3] = [4, 8, 14];

/// The same quote, a unit dearer.
fn dearer(quote: &Quote) -> Quote {
    Quote {
        price: quote.price + 1,
        ..*quote
    }
}

/// Requires that the customer cannot use `quote` behind these instructions.
#[track_caller]
fn assert_refused(
    world: &mut World,
    before: &[Instruction],
    uses: &Instruction,
    expected: TesseraError,
) {
    let money = held(world, uses);
    let instructions = [before, std::slice::from_ref(uses)].concat();
    world
        .send(&instructions, &[&customer()])
        .expect_err("no quote")
        .assert_is(expected);
    assert_eq!(held(world, uses), money);
}

/// The bytes beside the header are those that the customer wishes for; what was verified is the
/// authority's signature over another quote, in another instruction.
#[test]
fn offsets_into_another_instruction_verify_no_quote() {
    for kind in KINDS {
        let mut world = World::new();
        world.add_forwarder();
        let (quote, uses) = signed(&mut world, kind);
        let authority = world.quote_authority.insecure_clone();
        let genuine = world.sign_quote(&authority, &dearer(&quote));
        let mut of_the_precompile = genuine.clone();
        // So that it is no quote itself.
        let aside = AccountMeta::new_readonly(ID, false);
        of_the_precompile.accounts.push(aside);
        let of_another = Instruction {
            program_id: FORWARDER,
            ..genuine.clone()
        };
        for elsewhere in [&[2][..], &[0, 2], &[1, 2], &[0, 1, 2]] {
            let mut forged = genuine.clone();
            forged.data[MESSAGE_OFFSET..].copy_from_slice(&message(&quote));
            for field in elsewhere {
                let place = PLACES[*field];
                forged.data[place..place + 2].copy_from_slice(&[0, 0]);
            }
            for carrier in [&of_the_precompile, &of_another] {
                let before = [carrier.clone(), forged.clone()];
                assert_refused(&mut world, &before, &uses, TesseraError::QuoteMalformed);
            }
        }
        send(&mut world, &quote, &uses).expect("the authority's own");
    }
}

/// A verification of two signatures.
fn two(entries: [(&Keypair, &Quote); 2]) -> Instruction {
    let mut data = vec![2, 0];
    let entry = 32 + 64 + MESSAGE_LEN;
    for place in 0..2 {
        let key = 2 + 2 * 14 + place * entry;
        for value in [key + 32, 0xffff, key, 0xffff, key + 96, MESSAGE_LEN, 0xffff] {
            data.extend(u16::try_from(value).expect("short").to_le_bytes());
        }
    }
    for (signer, quote) in entries {
        data.extend(signer.pubkey().as_ref());
        data.extend(signer.sign_message(&message(quote)).as_ref());
        data.extend(message(quote));
    }
    Instruction {
        program_id: ed25519_program::ID,
        accounts: vec![],
        data,
    }
}

/// His own signature over what he wishes for, and the authority's over something else.
#[test]
fn signatures_over_mixed_messages_make_no_quote() {
    for kind in KINDS {
        let mut world = World::new();
        let (quote, uses) = signed(&mut world, kind);
        let (authority, own) = (world.quote_authority.insecure_clone(), customer());
        let other = dearer(&quote);
        for entries in [
            [(&own, &quote), (&authority, &other)],
            [(&authority, &other), (&own, &quote)],
        ] {
            let both = [two(entries)];
            assert_refused(&mut world, &both, &uses, TesseraError::QuoteMalformed);
            let apart = entries.map(|(signer, quote)| world.sign_quote(signer, quote));
            assert_refused(&mut world, &apart, &uses, TesseraError::QuoteMismatch);
        }
        // Nor is one sort of message another, however much of it is the same.
        for domain in [SUBSCRIBE_DOMAIN, CHANGE_DOMAIN, INVOICE_DOMAIN] {
            if domain == quote.domain {
                continue;
            }
            let mixed = [world.sign_quote(&authority, &Quote { domain, ..quote })];
            assert_refused(&mut world, &mixed, &uses, TesseraError::QuoteMismatch);
        }
        send(&mut world, &quote, &uses).expect("the authority's own");
    }
}

/// One signature counts for one use, however often it stands there.
#[test]
fn a_signature_twice_is_not_two() {
    for kind in KINDS {
        let mut world = World::new();
        let (quote, uses) = signed(&mut world, kind);
        let authority = world.quote_authority.insecure_clone();
        let doubled = [two([(&authority, &quote); 2])];
        assert_refused(&mut world, &doubled, &uses, TesseraError::QuoteMalformed);
        let once = world.sign_quote(&authority, &quote);
        let money = held(&world, &uses);
        for count in [1, 2] {
            let mut instructions = vec![once.clone(); count];
            instructions.extend([uses.clone(), uses.clone()]);
            let result = world.send(&instructions, &[&customer()]);
            result.expect_err("used twice").assert_is(match kind {
                Kind::Subscribe => TesseraError::AlreadySubscribed,
                Kind::Change => TesseraError::WrongPlan,
                Kind::Invoice => TesseraError::AccountExists,
            });
            assert_eq!(held(&world, &uses), money);
        }
        send(&mut world, &quote, &uses).expect("once");
    }
}

/// The transaction's own signature by the same key stands for no message.
#[test]
fn a_signer_of_the_transaction_has_not_signed_a_quote() {
    for kind in KINDS {
        let mut world = World::new();
        let mut settings = world.org_settings();
        settings.quote_authority = customer().pubkey();
        let update = world.update_org(settings);
        world.send(&[update], &[&key(2)]).expect("update_org");
        let (quote, uses) = signed(&mut world, kind);
        assert_refused(&mut world, &[], &uses, TesseraError::QuoteMissing);
        let verification = world.sign_quote(&customer(), &quote);
        world
            .send(&[verification, uses], &[&customer()])
            .expect("both");
    }
}
