//! idl/tessera.json, read as a client in any language would read it, against the bytes that the
//! program writes: accounts, their receipt chains, events, arguments.

use super::closable::all;
use serde_json::Value;
use sha2::{Digest, Sha256};
use solana_signer::Signer;
use std::{collections::BTreeMap, fs};
use world::{World, key};

const IDL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../idl/tessera.json");

struct Idl(Value);

impl Idl {
    fn read() -> Self {
        let text = fs::read_to_string(IDL).expect("idl/tessera.json");
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    fn named<'a>(&'a self, list: &str, name: &str) -> &'a Value {
        let all = self.0[list].as_array().expect("a list");
        let found = all.iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {list}"))
    }

    /// The name of what begins with these bytes.
    fn announced(&self, list: &str, data: &[u8]) -> String {
        let all = self.0[list].as_array().expect("a list");
        let discriminator = Value::from(data[..8].to_vec());
        let found = all.iter().find(|it| it["discriminator"] == discriminator);
        let name = found.expect("a known discriminator")["name"].as_str();
        name.expect("a name").to_owned()
    }

    fn fields(&self, name: &str) -> &Vec<Value> {
        let fields = &self.named("types", name)["type"]["fields"];
        fields.as_array().expect("fields")
    }

    fn len_of(&self, kind: &Value) -> usize {
        if let Some(array) = kind["array"].as_array() {
            let count = array[1].as_u64().and_then(|it| usize::try_from(it).ok());
            return self.len_of(&array[0]) * count.expect("a length");
        }
        if let Some(name) = kind["defined"]["name"].as_str() {
            return self.len(name);
        }
        match kind.as_str().expect("a name") {
            "pubkey" => 32,
            number => number[1..].parse::<usize>().expect("a width") / 8,
        }
    }

    fn len(&self, name: &str) -> usize {
        let fields = self.fields(name).iter();
        fields.map(|it| self.len_of(&it["type"])).sum()
    }

    /// The bytes of a field, by its path of names, of a structure that begins `data`.
    fn field<'a>(&self, name: &str, path: &str, data: &'a [u8]) -> &'a [u8] {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let mut at = 0;
        for field in self.fields(name) {
            let len = self.len_of(&field["type"]);
            if field["name"] == first {
                let found = &data[at..at + len];
                return match field["type"]["defined"]["name"].as_str() {
                    Some(part) if !rest.is_empty() => self.field(part, rest, found),
                    _ => found,
                };
            }
            at += len;
        }
        panic!("{path} in {name}");
    }

    fn number(&self, name: &str, path: &str, data: &[u8]) -> u64 {
        let bytes = self.field(name, path, data).try_into().expect("8 bytes");
        u64::from_le_bytes(bytes)
    }
}

/// Events of a world by the account and life that they say they are about, chained.
fn chains(idl: &Idl, world: &World) -> BTreeMap<(Vec<u8>, u64), (u64, [u8; 32])> {
    let share = idl.len("LedgerShare");
    let mut chains = BTreeMap::new();
    for event in &world.events {
        let name = idl.announced("events", event);
        let body = &event[8..];
        let shares = body.len().checked_sub(idl.len(&name));
        assert_eq!(shares.map(|len| len % share), Some(0), "{name}");
        let account = idl.field(&name, "receipt.account", body).to_vec();
        let life = idl.number(&name, "receipt.life", body);
        let (seq, head) = chains.entry((account, life)).or_insert((0, [0; 32]));
        *seq += 1;
        assert_eq!(idl.number(&name, "receipt.seq", body), *seq, "{name}");
        *head = Sha256::new()
            .chain_update(*head)
            .chain_update(event)
            .finalize()
            .into();
    }
    chains
}

#[test]
fn it_reads_every_account_and_every_event() {
    let idl = Idl::read();
    let mut seen = Vec::new();
    for closable in all() {
        let world = &closable.world;
        let chains = chains(&idl, world);
        let member = tessera_client::address::member(&world.org, &key(30).pubkey());
        for address in [closable.address, world.org, world.plan, member] {
            let Some(account) = world.svm.get_account(&address) else {
                continue;
            };
            let name = idl.announced("accounts", &account.data);
            let body = &account.data[8..];
            assert_eq!(body.len(), idl.len(&name), "{name}");
            assert_eq!(idl.field(&name, "header.version", body), [1], "{name}");
            let life = idl.number(&name, "header.life", body);
            let (seq, head) = chains
                .get(&(address.to_bytes().to_vec(), life))
                .copied()
                .unwrap_or_default();
            assert_eq!(idl.number(&name, "header.receipt_seq", body), seq, "{name}");
            assert_eq!(
                idl.field(&name, "header.receipt_head", body),
                head,
                "{name}"
            );
            seen.push(name);
        }
    }
    seen.sort();
    seen.dedup();
    assert!(seen.len() >= 12, "{seen:?}");
}
