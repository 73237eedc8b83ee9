//! Packets, compared with what is serialised.

use super::*;
use crate::{
    job::Task,
    message::{self, Budget},
};
use proptest::prelude::*;
use solana_hash::Hash;
use solana_instruction::AccountMeta;
use solana_message::{AddressLookupTableAccount, VersionedMessage};

const PAYER: Address = Address::new_from_array([255; 32]);

fn account(number: u16) -> Address {
    let mut bytes = [1; 32];
    bytes[..2].copy_from_slice(&number.to_le_bytes());
    Address::new_from_array(bytes)
}

/// A job that names the program, some accounts that all share, and some of its own.
fn job(number: u16, own: u16, shared: &[(u16, bool)], data: usize, units: u32) -> Job {
    let own = (0..own).map(|at| AccountMeta::new(account(1_000 + number * 32 + at), false));
    let shared = shared.iter().map(|(at, written)| AccountMeta {
        pubkey: account(*at),
        is_signer: false,
        is_writable: *written,
    });
    let placeholder = AccountMeta::new_readonly(ID, false);
    Job {
        subscription: account(1_000 + number * 32),
        next_due: number.into(),
        task: Task::Charge,
        instruction: Instruction {
            program_id: ID,
            accounts: own.chain(shared).chain([placeholder]).collect(),
            data: vec![7; data],
        },
        changes_at: i64::MAX,
        seq: 1,
        worth: None,
        units,
        kin: [account(1); 4],
    }
}

fn jobs() -> impl Strategy<Value = Vec<Job>> {
    let shared = proptest::collection::vec((0_u16..40, any::<bool>()), 0..12);
    let one = (1_u16..12, shared, 0_usize..40, 1_000_u32..60_000);
    proptest::collection::vec(one, 1..90).prop_map(|jobs| {
        let jobs = jobs.into_iter().zip(0..);
        jobs.map(|((own, shared, data, units), at)| job(at, own, &shared, data, units))
            .collect()
    })
}

/// Tables that hold every `nth` account, 256 each.
fn tables(jobs: &[Job], nth: usize) -> (Places, Vec<AddressLookupTableAccount>) {
    let mut addresses: Vec<Address> = jobs
        .iter()
        .flat_map(|job| &job.instruction.accounts)
        .map(|account| account.pubkey)
        .filter(|address| *address != ID)
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let held: Vec<Address> = addresses.into_iter().step_by(nth).collect();
    let tables: Vec<_> = (0_u16..)
        .zip(held.chunks(256))
        .map(|(at, addresses)| AddressLookupTableAccount {
            key: account(60_000 + at),
            addresses: addresses.to_vec(),
        })
        .collect();
    let places = tables.iter().enumerate().flat_map(|(at, table)| {
        let places = table.addresses.iter().map(move |address| (*address, at));
        places.collect::<Vec<_>>()
    });
    (places.collect(), tables)
}

/// The message of a packet, with the longest budget.
fn written(
    packet: &Packet,
    limits: &Limits,
    tables: &[AddressLookupTableAccount],
) -> VersionedMessage {
    let named: Vec<_> = packet.tables().map(|at| tables[at].clone()).collect();
    message::write(
        packet.jobs.iter().map(|job| job.instruction.clone()),
        &PAYER,
        limits.format,
        Budget {
            unit_price: u64::MAX / 2_000_000,
            ..Budget::MOST
        },
        &named,
        Hash::default(),
    )
    .expect("it compiles")
}

fn pack(mut jobs: Vec<Job>, limits: &Limits, places: &Places) -> Vec<Packet> {
    sort(&mut jobs, places);
    fill(jobs, &PAYER, limits, places)
}

fn locked(message: &VersionedMessage) -> usize {
    let looked_up: usize = message
        .address_table_lookups()
        .unwrap_or_default()
        .iter()
        .map(|table| table.writable_indexes.len() + table.readonly_indexes.len())
        .sum();
    message.static_account_keys().len() + looked_up
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_job_goes_once_and_no_transaction_breaks_a_limit(
        jobs in jobs(), nth in 1_usize..4, one: bool, locks in prop_oneof![Just(64_usize), Just(128)],
    ) {
        let format = if one { Format::One } else { Format::Zero };
        let limits = Limits::new(format, locks);
        let (places, tables) = tables(&jobs, nth);
        let packets = pack(jobs.clone(), &limits, &places);
        let mut packed: Vec<Address> = packets
            .iter()
            .flat_map(|packet| packet.jobs.iter().map(|job| job.subscription))
            .collect();
        packed.sort_unstable();
        let mut asked: Vec<Address> = jobs.iter().map(|job| job.subscription).collect();
        asked.sort_unstable();
        prop_assert_eq!(packed, asked);
        for packet in &packets {
            let message = written(packet, &limits, &tables);
            let bytes = message::length(&message);
            // The estimate equals what is serialised, to the byte.
            prop_assert_eq!(packet.bytes(format, packet.jobs.len()), bytes);
            prop_assert!(bytes <= limits.bytes);
            prop_assert_eq!(packet.keys.len(), locked(&message));
            prop_assert!(locked(&message) <= locks);
            prop_assert!(message.instructions().len() <= 64);
            let units: u32 = packet.jobs.iter().map(|job| job.units).sum();
            prop_assert!(units <= Budget::MOST.units);
            prop_assert!(packet.tables().count() <= tables.len());
        }
    }
}

/// A charge without referrers: four accounts of its own, plan, org, treasury and token program.
fn charge(number: u16) -> Job {
    let shared = [(0, false), (1, false), (2, true), (3, false)];
    job(number, 4, &shared, 1, 4_000)
}

#[test]
fn accounts_are_what_charges_run_out_of_first_except_without_tables() {
    let jobs: Vec<Job> = (0..300).map(charge).collect();
    let none = Places::new();
    let most = |limits: Limits, places: &Places| {
        let packets = pack(jobs.clone(), &limits, places);
        packets.iter().map(|packet| packet.jobs.len()).max()
    };
    let (places, _) = tables(&jobs, 1);
    assert_eq!(most(Limits::new(Format::Zero, 64), &none), Some(6));
    assert_eq!(most(Limits::new(Format::Zero, 64), &places), Some(14));
    assert_eq!(most(Limits::new(Format::Zero, 128), &places), Some(30));
    assert_eq!(most(Limits::new(Format::One, 64), &none), Some(14));
    assert_eq!(most(Limits::new(Format::One, 128), &none), Some(14));
    for (format, locks) in [(Format::Zero, 64), (Format::Zero, 128), (Format::One, 64)] {
        let limits = Limits::new(format, locks);
        let places = if format == Format::Zero {
            &places
        } else {
            &none
        };
        assert_eq!(most(limits, places), usize::try_from(limits.charges()).ok());
    }
}

#[test]
fn version_1_asks_in_its_header_for_what_it_would_not_get_otherwise() {
    let limits = Limits::new(Format::One, 64);
    let packets = pack(vec![charge(1)], &limits, &Places::new());
    let VersionedMessage::V1(message) = written(&packets[0], &limits, &[]) else {
        panic!("version 1")
    };
    assert_eq!(message.config.compute_unit_limit, Some(Budget::MOST.units));
    assert_eq!(
        message.config.loaded_accounts_data_size_limit,
        Some(Budget::MOST.loaded)
    );
    assert!(message.config.priority_fee.is_some_and(|fee| fee > 0));
    assert_eq!(message.instructions.len(), 1);
    // The serialised message is read back unchanged.
    let bytes = VersionedMessage::V1(message.clone()).serialize();
    let read = solana_message::v1::deserialize(&bytes[1..]).expect("version 1");
    assert_eq!(read, message);
}

#[test]
fn what_fits_no_transaction_is_left_out_and_the_rest_goes() {
    let monster = job(5, 30, &[], 1_300, 1_000);
    let limits = Limits::new(Format::Zero, 64);
    let packets = pack(vec![charge(1), monster, charge(2)], &limits, &Places::new());
    assert_eq!(packets.iter().map(|it| it.jobs.len()).sum::<usize>(), 2);
}
